// What must not be torn apart (to see that a database is empty, and to take it) is a script, which Redis runs as one
// command. SELECT within a script is over with the script.
//
// Time to live. Keys expire where the schedule says so, and nowhere else. Seconds are long beside a play, which takes
// milliseconds; what is shorter than `shortest_ttl_ms` is made a day long by the same connection right behind the
// command that set it, before anybody can step. That touches the key once more, which whoever watches it has been told
// anyway. What it changes is how long a key says that it lives, so that times to live are compared loosely
// (compare.cc), and EXPIRE with GT or LT on so short a life may come out otherwise.
#include "live/keyspace.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "live/interrupt.h"
#include "live/reach.h"
#include "live/scripts.h"
#include "store/keyvalue/numbers.h"

namespace gapless::live {
namespace {

using keyvalue::Command;

constexpr const char* home_key = "gapless:live";
constexpr std::size_t usual_databases = 16;
constexpr int supported_major = 7;
constexpr const char* shortest_ttl_ms = "5000";
constexpr const char* long_ttl_ms = "86400000";

std::string line_of(const std::string& key, const std::string& kind, const std::vector<std::string>& parts,
                    bool expires) {
  std::string text = key + ": " + kind + " [";
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i > 0 ? ", " : "") + parts[i];
  return text + (expires ? "], expires" : "]");
}

struct Shown {
  std::string kind;
  std::vector<std::string> parts;
};

Shown shown(const keyvalue::Bytes& bytes) { return {"string", {bytes}}; }
Shown shown(const keyvalue::List& list) { return {"list", list}; }
Shown shown(const keyvalue::Set& set) { return {"set", {set.begin(), set.end()}}; }
Shown shown(const keyvalue::Hash& hash) {
  Shown result{"hash", {}};
  for (const auto& [field, value] : hash) result.parts.push_back(field + " = " + value);
  return result;
}
Shown shown(const keyvalue::SortedSet& set) {
  Shown result{"zset", {}};
  for (const auto& [member, score] : set) result.parts.push_back(member + " = " + keyvalue::print_score(score));
  return result;
}

// Pairs go together, and what has no order gets one.
std::vector<std::string> parts_of(const std::string& kind, const std::vector<keyvalue::Reply>& elements) {
  std::vector<std::string> parts;
  const bool pairs = kind == "hash" || kind == "zset";
  for (std::size_t i = 0; i + (pairs ? 1 : 0) < elements.size(); i += pairs ? 2 : 1) {
    parts.push_back(elements[i].text + (pairs ? " = " + elements[i + 1].text : ""));
  }
  if (kind != "list") std::ranges::sort(parts);
  return parts;
}

// "redis_version:7.0.15" in what INFO answers.
std::string field_of(const std::string& info, const std::string& name) {
  const auto at = info.find("\n" + name + ":");
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 2;
  return info.substr(from, info.find_first_of("\r\n", from) - from);
}

bool may_set_ttl(const std::vector<Command>& commands) {
  return std::ranges::any_of(commands, [](const Command& command) {
    return std::ranges::any_of(command, [](const std::string& word) {
      const auto name = keyvalue::upper(word);
      return name == "EX" || name == "PX" || name == "EVAL" || name.ends_with("EXPIRE") || name.ends_with("SETEX");
    });
  });
}

bool is(const Command& command, std::string_view name) { return keyvalue::upper(command.at(0)) == name; }

}  // namespace

Keyspace::Keyspace(const std::string& url) : address_(parse_redis_url(url)), control_(address_) {
  look_at_server();
  // The server draws the name: we are deterministic.
  const auto time = control_.expect({"TIME"});
  owner_ = "gapless-live-" + time.elements.at(0).text + "-" + time.elements.at(1).text + "-" +
           std::to_string(control_.expect({"CLIENT", "ID"}).integer);
  control_.expect({"CLIENT", "SETNAME", owner_});
  empty_leftovers();
}

Keyspace::~Keyspace() { drop(); }

void Keyspace::look_at_server() {
  const auto info = control_.expect({"INFO"}).text;
  const auto version = field_of(info, "redis_version");
  if (version.substr(0, version.find('.')) != std::to_string(supported_major)) {
    warnings_.push_back("the server is Redis " + version + "; the rules here are those of 7");
  }
  if (field_of(info, "role") == "slave")
    throw ServerError("the Redis server is a replica: nothing can be written there");
  if (field_of(info, "cluster_enabled") == "1") {
    throw ServerError("the Redis server is a cluster, which has one database only: none is left for us");
  }
  const auto configured = control_.run(Command{"CONFIG", "GET", "databases"});
  databases_ = configured.elements.size() == 2 ? std::stoul(configured.elements[1].text) : usual_databases;
}

void Keyspace::empty_leftovers() {
  const auto homes = control_.expect({"EVAL", homes_script, "1", home_key, std::to_string(databases_)});
  // Asked after the homes: whoever has one bears its name before it does.
  const auto clients = control_.expect({"CLIENT", "LIST"}).text;
  for (std::size_t i = 0; i + 1 < homes.elements.size(); i += 2) {
    const auto& owner = homes.elements[i + 1].text;
    if (clients.find(" name=" + owner + " ") != std::string::npos) continue;  // in use
    if (release(static_cast<std::size_t>(homes.elements[i].integer), owner)) ++leftovers_;
  }
}

bool Keyspace::release(std::size_t home, const std::string& owner) {
  return control_.expect({"EVAL", release_script, "1", home_key, std::to_string(home), owner}).integer == 1;
}

void Keyspace::take(std::size_t count) {
  const auto taken = control_.expect({"EVAL", take_script, "1", home_key, owner_, std::to_string(count),
                                      std::to_string(databases_), home_ ? std::to_string(*home_) : "-1", what_it_is});
  if (taken.elements.empty()) {
    throw ServerError("of the Redis server's " + std::to_string(databases_) + " databases too few are empty: " +
                      std::to_string(count + (home_ ? 0 : 1)) + " needed, and one that holds a key is not touched");
  }
  home_ = static_cast<std::size_t>(taken.elements.front().integer);
  for (std::size_t i = 1; i < taken.elements.size(); ++i) {
    const auto number = static_cast<std::size_t>(taken.elements[i].integer);
    corners_.emplace_back(RedisConnection(address_, number)).database = number;
  }
}

void Keyspace::open(const model::Model& model) {
  model_ = &model;
  const auto wanted = model.keyvalues.size();
  if (corners_.size() < wanted) take(wanted - corners_.size());
  reset();
  for (std::size_t number = 0; number < wanted; ++number) {
    const auto ours = lines(model.keyvalues[number].initial);
    const auto theirs = lines(number);
    if (ours == theirs) continue;
    std::string text;
    for (const auto& line : theirs) text += "\n  " + line;
    throw ServerError("the server makes other keys of what fills " + model.keyvalues[number].name + ":" + text);
  }
}

void Keyspace::reset() {
  const auto used = model_ == nullptr ? 0 : model_->keyvalues.size();
  for (std::size_t number = 0; number < used; ++number) {
    auto& corner = corners_[number];
    for (auto& session : corner.sessions) {
      if (session && std::exchange(session->watches, false)) session->connection.expect({"UNWATCH"});
    }
    fill(corner, model_->keyvalues[number]);
  }
}

void Keyspace::fill(Corner& corner, const model::KeyValue& keyvalue) {
  std::vector<Command> commands = {{"FLUSHDB"}};
  std::ranges::copy(keyvalue.commands, std::back_inserter(commands));
  for (auto& command : commands) command = within_reach(command, *model_);
  if (may_set_ttl(keyvalue.commands)) commands.push_back({"EVAL", freeze_script, "0", shortest_ttl_ms, long_ttl_ms});
  for (const auto& reply : corner.keeper.run(commands)) {
    if (reply.kind == keyvalue::Reply::Kind::error)
      throw ServerError("Redis refuses what fills " + keyvalue.name + ": " + reply.text);
  }
}

Keyspace::Session& Keyspace::session(std::size_t actor, std::size_t number) {
  check(actor >= 1 && number < corners_.size(), "a session is of an actor on a database");
  auto& corner = corners_[number];
  if (corner.sessions.size() < actor) corner.sessions.resize(actor);
  auto& session = corner.sessions[actor - 1];
  if (!session) session = std::make_unique<Session>(RedisConnection(address_, corner.database));
  return *session;
}

keyvalue::Reply Keyspace::run(std::size_t actor, std::size_t number, const std::vector<Command>& commands,
                              bool transaction) {
  auto& own = session(actor, number);
  std::vector<Command> sent;
  if (transaction) sent.push_back({"MULTI"});
  for (const auto& command : commands) sent.push_back(within_reach(command, *model_));
  if (transaction) sent.push_back({"EXEC"});
  const auto answer = sent.size() - 1;
  if (may_set_ttl(commands)) sent.push_back({"EVAL", freeze_script, "0", shortest_ttl_ms, long_ttl_ms});
  auto replies = own.connection.run(sent);
  if (answer + 1 < replies.size() && replies.back().kind == keyvalue::Reply::Kind::error) {
    throw ServerError("Redis: " + replies.back().text);
  }
  own.watches = !transaction && (own.watches || is(commands.front(), "WATCH"));
  return std::move(replies[answer]);
}

void Keyspace::calm(std::size_t actor) {
  for (auto& corner : corners_) {
    if (corner.sessions.size() < actor || !corner.sessions[actor - 1]) continue;
    auto& session = *corner.sessions[actor - 1];
    if (std::exchange(session.watches, false)) session.connection.expect({"UNWATCH"});
  }
}

void Keyspace::crash(std::size_t actor) {
  for (auto& corner : corners_) {
    if (corner.sessions.size() >= actor) corner.sessions[actor - 1].reset();
  }
}

bool Keyspace::expire(std::size_t number, const std::string& key) {
  return corners_.at(number).keeper.expect({"PEXPIRE", key, "-1"}).integer == 1;
}

std::vector<std::string> Keyspace::lines(std::size_t number) {
  std::vector<std::string> result;
  for (const auto& each : corners_.at(number).keeper.expect({"EVAL", dump_script, "0"}).elements) {
    const auto& kind = each.elements.at(1).text;
    result.push_back(line_of(each.elements.at(0).text, kind, parts_of(kind, each.elements.at(3).elements),
                             each.elements.at(2).integer == 1));
  }
  std::ranges::sort(result);
  return result;
}

std::vector<std::string> Keyspace::lines(const keyvalue::Database& database) {
  std::vector<std::string> result;
  for (const auto& [key, entry] : database.entries) {
    auto [kind, parts] = std::visit([](const auto& value) { return shown(value); }, entry.value);
    if (kind != "list") std::ranges::sort(parts);
    result.push_back(line_of(key, kind, parts, entry.ttl_ms.has_value()));
  }
  std::ranges::sort(result);
  return result;
}

void Keyspace::drop() noexcept {
  ignore_interrupts();
  try {
    corners_.clear();
    if (home_) release(*home_, owner_);
  } catch (const std::exception&) {
    // The server is gone, or we are cut off: the next run finds what is left.
  }
}

}  // namespace gapless::live
