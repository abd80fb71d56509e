// The way of isolationtester: a statement that has no answer yet is waiting if the server says that its session is
// blocked and there still is no answer. The server is asked at once if we expect nobody else to answer.
#include "theirs.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include "base/check.h"

namespace gapless::disagree {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// How scans are made decides what SERIALIZABLE locks. With so short a deadlock_timeout a deadlock takes no time;
// nothing depends on its victim.
constexpr const char* settings =
    "-c jit=off -c enable_seqscan=off -c enable_bitmapscan=off -c enable_indexonlyscan=off -c enable_hashjoin=off "
    "-c enable_mergejoin=off -c plan_cache_mode=force_generic_plan -c deadlock_timeout=2ms -c "
    "client_min_messages=error "
    "-c search_path=";

// So long it must be quiet before we believe what was not expected. Longer than the time-outs that schedules set.
constexpr auto surprise = milliseconds(200);

// Over the graph of who waits for whom.
bool reaches(const std::map<int, std::vector<int>>& blockers, int from, int to, std::size_t depth) {
  const auto found = blockers.find(from);
  if (found == blockers.end() || depth == 0) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](int next) { return next == to || reaches(blockers, next, to, depth - 1); });
}

// "{12,34}"
std::vector<int> numbers(const std::string& array) {
  std::vector<int> found;
  for (std::size_t i = 1; i + 1 < array.size();) {
    std::size_t length = 0;
    found.push_back(std::stoi(array.substr(i), &length));
    i += length + 1;
  }
  return found;
}

}  // namespace

Theirs::Theirs(std::string url)
    : url_(std::move(url)),
      name_("gapless_disagree_" + std::to_string(getpid())),
      control_(url_, options_ = settings + name_) {
  control_.expect("DROP SCHEMA IF EXISTS " + name_ + " CASCADE; CREATE SCHEMA " + name_);
}

Theirs::~Theirs() {
  try {
    sessions_.clear();
    control_.run("DROP SCHEMA " + name_ + " CASCADE");
  } catch (const live::ServerError&) {  // the server is gone, and the schema with it
  }
}

void Theirs::prepare(const Schedule& schedule) {
  finish_everything();
  connect(schedule.sessions);
  if (created_ != schedule.tables) create_tables(schedule);
  auto script = empty_tables_;
  for (const auto& row : schedule.rows) script += plain(row) + ";";
  control_.expect(script);
}

void Theirs::create_tables(const Schedule& schedule) {
  created_.clear();
  auto script = "DROP SCHEMA " + name_ + " CASCADE; CREATE SCHEMA " + name_ + ";";
  for (const auto& table : schedule.tables) script += plain(table) + ";";
  control_.expect(script);
  std::string names;
  for (const auto& row : control_.expect("SELECT tablename FROM pg_tables WHERE schemaname = '" + name_ + "'").rows) {
    names += (names.empty() ? "" : ", ") + row.at(0).value();
  }
  empty_tables_ = names.empty() ? "" : "TRUNCATE " + names + " RESTART IDENTITY;";
  created_ = schedule.tables;
}

void Theirs::connect(std::size_t count) {
  while (sessions_.size() < count) sessions_.push_back({live::Connection(url_, options_), ""});
}

// Sessions that still wait, after a disagreement, are ended; all others are rolled back.
void Theirs::finish_everything() {
  bool ended = false;
  for (auto& session : sessions_) {
    if (session.connection.busy()) {
      control_.expect("SELECT pg_terminate_backend(" + std::to_string(session.connection.pid()) + ", 5000)");
      ended = true;
    }
  }
  if (ended) std::erase_if(sessions_, [](const Session& session) { return session.connection.busy(); });
  for (auto& session : sessions_) session.connection.expect("ROLLBACK; SELECT pg_advisory_unlock_all(); RESET ALL");
}

void Theirs::let_checks_pass() { std::this_thread::sleep_for(milliseconds(4)); }

void Theirs::send(std::size_t session, const std::string& statement) {
  sessions_[session].statement = statement;
  sessions_[session].connection.send(statement);
}

Answers Theirs::settle(const std::vector<Answers>& expected) {
  Answers answers;
  std::vector<live::Connection*> connections;
  for (auto& session : sessions_) connections.push_back(&session.connection);
  const auto busy = [&] {
    return std::any_of(sessions_.begin(), sessions_.end(), [](const Session& one) { return one.connection.busy(); });
  };
  const auto all_expected = [&] {
    return std::any_of(expected.begin(), expected.end(), [&](const Answers& outcome) {
      return outcome.size() == answers.size() &&
             std::equal(outcome.begin(), outcome.end(), answers.begin(),
                        [](const auto& a, const auto& b) { return a.first == b.first; });
    });
  };
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    collect(answers);
    if (!busy()) return answers;
    if (!all_expected()) live::wait_for_input(connections, microseconds(500));
    const auto before = answers.size();
    collect(answers);
    if (answers.size() != before) continue;
    const auto passed = std::chrono::steady_clock::now() - begin;
    if (all_wait() && (all_expected() || passed > surprise)) {
      collect(answers);
      if (answers.size() == before) return answers;
    }
    if (passed > std::chrono::seconds(20)) throw live::ServerError("statements neither end nor wait");
  }
}

void Theirs::collect(Answers& answers) {
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    auto& session = sessions_[i];
    if (!session.connection.busy() || !session.connection.answered()) continue;
    answers[i] = answer_text(session.connection.collect(), ordered(session.statement));
  }
}

// Nobody runs, and no cycle of waiters is about to be broken.
bool Theirs::all_wait() {
  std::string pids;
  for (const auto& session : sessions_) {
    if (session.connection.busy()) pids += (pids.empty() ? "" : ",") + std::to_string(session.connection.pid());
  }
  const auto reply = control_.expect("SELECT p, pg_blocking_pids(p), pg_safe_snapshot_blocking_pids(p) FROM unnest('{" +
                                     pids + "}'::int[]) p");
  std::map<int, std::vector<int>> blockers;
  for (const auto& row : reply.rows) {
    const auto locks = numbers(row.at(1).value());
    // Nobody looks for cycles through waits for a safe snapshot (READ ONLY DEFERRABLE): they stand for ever.
    if (locks.empty() && numbers(row.at(2).value()).empty()) return false;
    blockers[std::stoi(row.at(0).value())] = locks;
  }
  return std::none_of(blockers.begin(), blockers.end(),
                      [&](const auto& entry) { return reaches(blockers, entry.first, entry.first, blockers.size()); });
}

std::vector<std::string> Theirs::tables(const std::vector<std::string>& names) {
  std::vector<std::string> texts;
  for (const auto& name : names)
    texts.push_back(name + ":" + rows_text(control_.expect("SELECT * FROM " + name).rows, false));
  return texts;
}

}  // namespace gapless::disagree
