// The real server: one connection a session and one to watch them, in a schema of our own.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "answer.h"
#include "live/connection.h"
#include "schedule.h"

namespace gapless::disagree {

class Theirs {
 public:
  // A throwaway server: settings are changed that only a superuser may. Throws live::ServerError.
  explicit Theirs(std::string url);
  ~Theirs();
  Theirs(const Theirs&) = delete;
  Theirs& operator=(const Theirs&) = delete;

  // Fresh tables and rows, and sessions that have nothing open.
  void prepare(const Schedule& schedule);

  void send(std::size_t session, const std::string& statement);
  // Waits until every statement under way has ended or waits for a lock that nobody is about to free. `expected`: who
  // will have an answer as far as we know. If it comes so, the server is asked at once who waits for whom; if not, a
  // time-out may be still to come.
  Answers settle(const std::vector<Answers>& expected);

  // To be called before a cycle of waiters is closed: all who wait have looked for one already, and only the closer
  // will. (In PostgreSQL the second waiter for a row waits for the first one, too, by the row's queue, which we do not
  // have: if it still had to look it might take itself for the victim.)
  void let_checks_pass();

  bool busy(std::size_t session) const { return sessions_[session].connection.busy(); }
  // By table, as text; sorted.
  std::vector<std::string> tables(const std::vector<std::string>& names);

 private:
  struct Session {
    live::Connection connection;
    std::string statement;  // under way
  };
  void collect(Answers& answers);
  bool all_wait();
  void connect(std::size_t count);
  void finish_everything();
  void create_tables(const Schedule& schedule);

  std::string url_;
  std::string options_;
  std::string name_;  // of the schema
  live::Connection control_;
  std::vector<Session> sessions_;
  std::vector<std::string> created_;  // the script of the tables that are there
  std::string empty_tables_;          // the statement that empties them
};

}  // namespace gapless::disagree
