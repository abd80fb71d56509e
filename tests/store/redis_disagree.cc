// Random commands of three connections, to a real Redis and to our rules; all replies and what is left must agree.
//
// usage: redis_disagree SOCKET SEED COMMANDS
#include <hiredis/hiredis.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <thread>

#include "redis_commands.h"
#include "store/keyvalue/machine.h"

namespace gapless::store::keyvalue {
namespace {

constexpr std::size_t sessions = 3;
constexpr std::size_t steps_of_a_case = 100;

struct Disagreement : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string shown(const Reply& reply) {
  static constexpr const char* names[] = {"nil", "integer", "status", "bulk", "error", "array"};
  std::string text = std::string(names[static_cast<std::size_t>(reply.kind)]) + "(";
  if (reply.kind != Reply::Kind::array) return text + to_string(reply) + ")";
  for (const Reply& element : reply.elements) text += shown(element) + " ";
  return text + ")";
}

std::string shown(const Command& command) {
  std::string text;
  for (const std::string& word : command) text += "'" + word + "' ";
  return text;
}

// ------------------------------------------------------------------------------------------------- the real one

Reply converted(const redisReply& reply) {
  std::string text = reply.str == nullptr ? std::string() : std::string(reply.str, reply.len);
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return integer(reply.integer);
    case REDIS_REPLY_STATUS:
      return status(text);
    case REDIS_REPLY_STRING:
      return bulk(text);
    case REDIS_REPLY_ERROR:
      return error(text);
    case REDIS_REPLY_ARRAY: {
      std::vector<Reply> elements;
      for (std::size_t i = 0; i < reply.elements; ++i) elements.push_back(converted(*reply.element[i]));
      return array(elements);
    }
    default:
      return {};
  }
}

class Connection {
 public:
  explicit Connection(const char* socket) : context_(redisConnectUnix(socket), redisFree) {
    if (context_ == nullptr || context_->err != 0) throw std::runtime_error("cannot connect");
  }

  Reply send(const Command& command) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string& word : command) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    std::unique_ptr<void, decltype(&freeReplyObject)> reply(
        redisCommandArgv(context_.get(), static_cast<int>(command.size()), texts.data(), sizes.data()),
        freeReplyObject);
    if (reply == nullptr) throw std::runtime_error(std::string("no reply: ") + context_->errstr);
    return converted(*static_cast<redisReply*>(reply.get()));
  }

 private:
  std::unique_ptr<redisContext, decltype(&redisFree)> context_;
};

// ------------------------------------------------------------------------------------------------- comparing

// Redis promises no order where ours is sorted.
void sort_unordered(const Command& command, Reply& reply) {
  std::string name = upper(command[0]);
  std::size_t width = name == "HGETALL"                                                            ? 2
                      : name == "HKEYS" || name == "HVALS" || name == "SMEMBERS" || name == "SPOP" ? 1
                                                                                                   : 0;
  if (width == 0 || reply.kind != Reply::Kind::array) return;
  std::vector<std::vector<std::string>> groups;
  for (std::size_t i = 0; i < reply.elements.size(); i += width) {
    groups.emplace_back();
    for (std::size_t j = i; j < i + width; ++j) groups.back().push_back(reply.elements[j].text);
  }
  std::sort(groups.begin(), groups.end());
  std::vector<Reply> sorted;
  for (const auto& group : groups)
    for (const std::string& text : group) sorted.push_back(bulk(text));
  reply.elements = sorted;
}

// On the server time goes by: a time to live may be less than ours, but by far less than two of ours differ.
bool near(std::int64_t theirs, std::int64_t ours, std::int64_t most) {
  return theirs == ours || (theirs > 0 && ours > 0 && theirs <= ours && theirs > ours - most);
}

bool agree(const Command& command, Reply theirs, Reply ours) {
  std::string name = upper(command[0]);
  if ((name == "TTL" || name == "PTTL") && ours.kind == Reply::Kind::integer)
    return theirs.kind == ours.kind && near(theirs.integer, ours.integer, name == "TTL" ? 500 : 500'000);
  sort_unordered(command, theirs);
  sort_unordered(command, ours);
  return theirs == ours;
}

// ------------------------------------------------------------------------------------------------- playing

struct Party {
  Connection connection;
  Session session = {};
  bool in_transaction = false;
  std::vector<Command> queued = {};
};

class Game {
 public:
  Game(const char* socket, std::uint64_t seed) : commands_(seed), watcher_(socket) {
    for (std::size_t i = 0; i < sessions; ++i) parties_.push_back({.connection = Connection(socket)});
    watcher_.send({"FLUSHALL"});
  }

  std::size_t play() {
    for (std::size_t i = 0; i < steps_of_a_case; ++i) step(parties_[commands_.dice.below(sessions)]);
    compare_databases();
    return count_;
  }

  const std::string& log() const { return log_; }

 private:
  void step(Party& party) {
    if (party.in_transaction) return step_in_transaction(party);
    std::size_t choice = commands_.dice.below(1000);
    if (choice < 80) return both(party, {"WATCH", commands_.key(), commands_.key()});
    if (choice < 95) return both(party, {"UNWATCH"});
    if (choice < 98) return lapse(party);
    if (choice < 250) return begin(party);
    both(party, predictable());
  }

  // SPOP of one among several would be chance.
  Command predictable() {
    for (;;) {
      Command command = commands_.next();
      if (upper(command[0]) != "SPOP" || command.size() < 2) return command;
      auto found = database_.entries.find(command[1]);
      if (found == database_.entries.end() || !std::holds_alternative<Set>(found->second.value)) return command;
      std::size_t size = std::get<Set>(found->second.value).size();
      if (size == 1 || (command.size() == 3 && (command[2] == "100" || command[2] == "0"))) return command;
    }
  }

  void both(Party& party, const Command& command) {
    Reply theirs = told(party, command);
    expect(command, theirs, answer(database_, party, {command}, false));
  }

  Reply told(Party& party, const Command& command) {
    Reply reply = party.connection.send(command);
    ++count_;
    log_ += std::to_string(&party - parties_.data() + 1) + ": " + shown(command) + " => " + shown(reply) + "\n";
    return reply;
  }

  // Ours; the others are told.
  Reply answer(Database& database, Party& party, const std::vector<Command>& commands, bool transaction) {
    Answer ours = keyvalue::answer(database, party.session, commands, transaction);
    tell(ours.event, &party);
    return ours.reply;
  }

  void tell(const Event& event, const Party* but) {
    for (Party& other : parties_)
      if (&other != but) other.session = map(other.session, event);
  }

  void expect(const Command& command, const Reply& theirs, const Reply& ours) {
    if (!agree(command, theirs, ours))
      throw Disagreement(shown(command) + "\n  Redis " + shown(theirs) + "\n  ours  " + shown(ours));
  }

  void begin(Party& party) {
    told(party, {"MULTI"});
    party.in_transaction = true;
    party.queued.clear();
  }

  void step_in_transaction(Party& party) {
    std::size_t choice = commands_.dice.below(100);
    if (choice < 40) return execute(party);
    if (choice < 45) return discard(party);
    if (choice < 47) {
      expect({"WATCH"}, told(party, {"WATCH", "s1"}), error("ERR WATCH inside MULTI is not allowed"));
      party.queued.push_back({"WATCH", "s1"});
      return;
    }
    Command command = choice < 49 ? Command{"UNWATCH"} : commands_.next();
    if (upper(command[0]) == "SPOP") return;
    std::optional<std::string> refused = refusal(command);
    expect(command, told(party, command), refused ? error(*refused) : status("QUEUED"));
    party.queued.push_back(command);
  }

  void execute(Party& party) {
    Reply theirs = told(party, {"EXEC"});
    Reply ours = answer(database_, party, party.queued, true);
    party.in_transaction = false;
    bool arrays = theirs.kind == Reply::Kind::array && ours.kind == theirs.kind;
    if (!arrays || theirs.elements.size() != ours.elements.size()) return expect({"EXEC"}, theirs, ours);
    std::erase_if(party.queued, [](const Command& command) { return command[0] == "WATCH"; });
    for (std::size_t i = 0; i < ours.elements.size(); ++i)
      expect(party.queued.at(i), theirs.elements[i], ours.elements[i]);
  }

  void discard(Party& party) {
    Reply theirs = told(party, {"DISCARD"});
    expect({"DISCARD"}, theirs, answer(database_, party, {{"DISCARD"}}, false));
    party.in_transaction = false;
  }

  // A key whose time is really over. That it was there when it began to be watched is seen by EXISTS; if the machine
  // was too slow for that, the watch is given up.
  void lapse(Party& party) {
    Command set = {"SET", "lapse", "x", "PX", "25"};
    both(party, set);
    both(party, {"WATCH", "lapse"});
    bool in_time = told(party, {"EXISTS", "lapse"}).integer == 1;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    Expired expired = keyvalue::expire(database_, "lapse");
    database_ = expired.database;
    tell(expired.event, nullptr);
    if (!in_time) both(party, {"UNWATCH"});
    both(party, {"EXISTS", "lapse"});
  }

  void compare_databases() {
    Session nobody;
    Reply size = watcher_.send({"DBSIZE"});
    expect({"DBSIZE"}, size, integer(static_cast<std::int64_t>(database_.entries.size())));
    for (const auto& [key, entry] : database_.entries) {
      static constexpr const char* readers[] = {"GET", "HGETALL", "LRANGE", "SMEMBERS", "ZRANGE"};
      Command read = {readers[entry.value.index()], key};
      if (read[0].ends_with("RANGE")) read.insert(read.end(), {"0", "-1"});
      if (read[0] == "ZRANGE") read.push_back("WITHSCORES");
      for (const Command& command : {read, Command{"PTTL", key}})
        expect(command, watcher_.send(command), keyvalue::answer(database_, nobody, {command}, false).reply);
    }
  }

  Commands commands_;
  Connection watcher_;
  std::vector<Party> parties_;
  Database database_;
  std::size_t count_ = 0;
  std::string log_;
};

}  // namespace

int run(const char* socket, std::uint64_t seed, std::size_t least) {
  std::size_t count = 0, cases = 0, failed = 0;
  for (; count < least && failed < 5; ++cases) {
    Game game(socket, seed * 1'000'003 + cases);
    try {
      count += game.play();
    } catch (const Disagreement& found) {
      ++failed;
      std::printf("FAILED: case %zu of seed %llu\n%s%s\n", cases, static_cast<unsigned long long>(seed),
                  game.log().c_str(), found.what());
    }
  }
  std::printf("%zu commands in %zu games, %zu disagree\n", count, cases, failed);
  std::printf("cases: %zu passed, %zu failed\n", cases - failed, failed);
  return failed == 0 && count >= least ? 0 : 1;
}

}  // namespace gapless::store::keyvalue

int main(int count, char** words) {
  if (count != 4) return 2;
  return gapless::store::keyvalue::run(words[1], std::strtoull(words[2], nullptr, 10),
                                       std::strtoull(words[3], nullptr, 10));
}
