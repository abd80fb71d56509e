// One connection to a real PostgreSQL server, driven without ever blocking in it: a statement is sent, its answer
// looked for, and collected when it is there. The only door to libpq.
//
// At most one statement is under way. What is wrong with a statement is a Reply; what is wrong with the server (it
// cannot be reached, it has gone away) is a ServerError.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

struct pg_conn;

namespace gapless::live {

using Row = std::vector<std::optional<std::string>>;  // as text; nullopt is NULL

// The answer to what was sent: of several statements in one text the last one's, or the first error.
struct Reply {
  std::vector<std::string> columns;
  std::vector<Row> rows;
  std::uint64_t count = 0;  // rows returned or affected
  std::string tag;          // "SELECT", "UPDATE", "COMMIT", "ROLLBACK", "LOCK TABLE": the command tag without numbers
  std::string sqlstate;     // "40001"; empty where there was no error
  std::string message;      // the primary message
  std::string detail;

  bool failed() const { return !sqlstate.empty(); }
};

// The server, not the statement, has failed.
class ServerError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// SIGINT or SIGTERM has come (see interrupt.h): everything is to be taken back.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

using Wait = std::chrono::microseconds;

class Connection {
 public:
  // A connection URL or string as psql takes it. `options` are settings in the form of postgres's command line, "-c
  // jit=off", after those of the URL. Throws ServerError.
  explicit Connection(const std::string& url, const std::string& options = "");
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  // REQUIRES: nothing is under way.
  void send(const std::string& sql);
  bool busy() const { return busy_; }
  // The whole answer is there; waits for it at most so long. REQUIRES: busy().
  bool answered(Wait wait = Wait(0));
  // REQUIRES: answered() said yes.
  Reply collect();
  // Sends, waits and collects. ServerError if that takes longer than `wait`.
  Reply run(const std::string& sql, Wait wait = std::chrono::seconds(30));
  // The same where an error would be ours, or the server's: ServerError.
  Reply expect(const std::string& sql, Wait wait = std::chrono::seconds(30));

  int pid() const;
  int server_version() const;   // 150004
  bool in_transaction() const;  // open or failed; REQUIRES: !busy()
  int descriptor() const;       // to poll for input

 private:
  [[noreturn]] void lost();

  std::unique_ptr<pg_conn, void (*)(pg_conn*)> connection_;
  bool busy_ = false;
};

// Waits until one of the connections that are busy has input, at most so long. Throws Interrupted.
void wait_for_input(std::span<Connection* const> connections, Wait wait);

// What one session cannot know about the others: who waits, and for whom. Uses a connection of its own.
class Control {
 public:
  explicit Control(Connection connection) : connection_(std::move(connection)) {}

  // The sessions that belong together: only their locks count.
  void watch(std::span<const int> pids);
  // Waits for a lock of one of them, or for a safe snapshot, as isolationtester asks.
  bool blocked(int pid);
  // All of these wait.
  bool all_blocked(std::span<const int> pids);
  std::vector<int> blockers(int pid);  // pg_blocking_pids
  void cancel(int pid);
  void terminate(int pid);
  bool any_runs(std::span<const int> pids);  // still

  Connection& connection() { return connection_; }

 private:
  Connection connection_;
  std::string watched_ = "{}";
};

}  // namespace gapless::live
