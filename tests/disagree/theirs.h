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
  // will have an answer as far as we know, so that they are waited for before anybody is asked who waits for whom.
  Answers settle(const std::vector<Answers>& expected);

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
