// One client connection to the simulated server: what PostgreSQL's protocol and transaction blocks add to statements.
//
// A message holds several statements. Outside of BEGIN … COMMIT they are one transaction if there are several; an error
// ends the message.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spec/program.h"
#include "spec/transcript.h"
#include "store/relational/server.h"

namespace gapless::spec {

class Connection {
 public:
  Connection(store::relational::Server& server, std::size_t session) : server_(&server), session_(session) {}

  std::size_t session() const { return session_; }

  // Sends a message and runs it until it is done or a statement waits.
  // REQUIRES: not busy, and the results have been taken. The message outlives its execution.
  void send(const Message& message);
  bool busy() const { return message_ != nullptr; }

  // REQUIRES of both: busy, that is, a statement waits.
  const sql::Statement& statement() const { return *running_; }
  void go_on();                                      // the server lets it: can_resume()
  void fail(const store::Observation& observation);  // the waiting statement came to this error
  // Where the message got to: changes when the statement that waits is another one.
  std::size_t place() const { return next_; }

  std::vector<Result> take_results() { return std::exchange(results_, {}); }
  std::vector<std::string> take_notices() { return std::exchange(notices_, {}); }

 private:
  void run();
  // False where it waits.
  bool run_next();
  bool perform(const std::shared_ptr<const sql::Statement>& statement);
  bool transaction_command(const Command& command, const sql::Transaction& transaction);
  void finish(const store::Observation& observation);
  void fail_with(std::string message);
  void end_implicit_transaction();
  store::Observation at_once(const std::string& statement);
  bool idle() const { return !server_->in_transaction(session_); }

  store::relational::Server* server_;
  std::size_t session_;
  const Message* message_ = nullptr;
  std::size_t next_ = 0;   // the statement that runs, or is to run
  bool implicit_ = false;  // the transaction was begun for a message of several statements
  bool ran_ = false;       // something ran in that transaction
  std::shared_ptr<const sql::Statement> running_;
  std::map<std::string, std::shared_ptr<const sql::Statement>> prepared_;
  std::vector<Result> results_;
  std::vector<std::string> notices_;
};

}  // namespace gapless::spec
