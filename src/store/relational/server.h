// A simulated PostgreSQL server: one database and numbered sessions on it, to be driven statement by statement. What
// `gapless spec`, the comparison with a live server and the tests use; the engines use Rules themselves.
//
// Nothing goes on by itself: a statement that waits is resumed, fails as the victim of a deadlock or times out when its
// driver says so. A plain value: copy it to try something out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/operation.h"
#include "store/prepare.h"
#include "store/relational/rules.h"

namespace gapless::store::relational {

class Server {
 public:
  // Sessions are numbered 0 … sessions - 1.
  Server(Schema schema, std::size_t sessions, Tracking tracking = {true, true, false});

  // Sends a statement: any that the grammar has, BEGIN, SAVEPOINT and SET too. None: it waits.
  // REQUIRES: the session does not wait.
  std::optional<Observation> perform(std::size_t session, const Operation& operation);
  // The same for text, parsed and bound against the schema; `level` is that of an autocommit statement.
  std::optional<Observation> perform(std::size_t session, const std::string& statement,
                                     Isolation level = Isolation::read_committed);

  bool waits(std::size_t session) const;
  // What the statement waits for is over: resume() may be called.
  bool can_resume(std::size_t session) const;
  // Goes on with the statement that waits; none: it waits again.
  std::optional<Observation> resume(std::size_t session);

  // The sessions whose transactions hold up the one that waits (or that stand before it in a queue).
  std::vector<std::size_t> blockers(std::size_t session) const;
  // Sessions that stand in a cycle of waiters, in order; any of them may be the victim.
  std::vector<std::size_t> deadlocked() const;
  Observation fail_by_deadlock(std::size_t session);

  // The time-outs in force in a session, in milliseconds; 0 is none (of deadlock_timeout: the default, 1000).
  struct Timeouts {
    std::int64_t lock = 0;
    std::int64_t statement = 0;
    std::int64_t deadlock = 1000;
  };
  Timeouts timeouts(std::size_t session) const;
  // The waiting statement runs into the shorter of lock_timeout and statement_timeout. REQUIRES: one of them is set.
  Observation time_out(std::size_t session);

  // The connection is lost: everything is rolled back, also session locks are freed, and the session is new.
  void disconnect(std::size_t session);

  bool in_transaction(std::size_t session) const;  // open or failed
  const sql::Catalog& catalog() const { return schema_.catalog; }
  // The committed rows of a table in scan order.
  std::vector<Tuple> table(std::size_t number) const;

  // The state itself, for tests of what must always be true of it.
  const Database& database() const { return database_; }
  const Serialization& serialization() const { return serialization_; }
  const Session& session(std::size_t session) const { return sessions_[session]; }
  std::size_t sessions() const { return sessions_.size(); }

 private:
  Applied advance(std::size_t session);
  Applied judged(std::size_t session, Applied applied);
  std::optional<Observation> adopt(std::size_t session, Applied applied);
  Rules rules() const { return Rules(schema_.catalog, tracking_); }
  // Waits for that of another session: holds what it wants, or stands before it in a queue.
  bool waits_for(std::size_t session, std::size_t other) const;
  // Whether those who reach each other through waits_for() include the session itself.
  bool stands_in_cycle(std::size_t session, bool also_queues) const;

  Schema schema_;
  Tracking tracking_;
  Database database_;
  Serialization serialization_;
  std::vector<Session> sessions_;
  std::vector<Operation> pending_;  // of those that wait
};

}  // namespace gapless::store::relational
