// A corner of real servers that is ours. Of PostgreSQL: schemas that are made here and dropped at the end, and sessions
// whose search_path knows nothing else; of Redis: see keyspace.h. One of the two servers may be missing.
//
// One schema a database of the model, all called gapless_<twelve hex digits>_<number>. As long as they are in use the
// control connection holds an advisory lock on their name; whoever finds such a schema without its lock (its owner was
// killed) drops it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "live/connection.h"
#include "live/keyspace.h"
#include "model/model.h"

namespace gapless::live {

// An actor's connection to one database, with what the server remembers of it from schedule to schedule.
struct Session {
  explicit Session(Connection c) : connection(std::move(c)) {}

  Connection connection;
  store::Isolation level = store::Isolation::read_committed;  // default_transaction_isolation
  bool read_only = false;                                     // default_transaction_read_only
  int deadlock_ms = 0;                                        // deadlock_timeout; 0: the server's
  bool has_settings = false;                                  // a statement has SET something for the session
  bool is_used = false;                                       // by this schedule
  bool has_advisory_locks = false;                            // may hold some of the session
};

// URLs; empty: there is no such server.
struct Servers {
  std::string postgres;
  std::string redis;
};

class Workspace {
 public:
  // Connects, drops what killed runs have left. Throws ServerError.
  explicit Workspace(const Servers& servers);
  // Drops everything; a server that is gone needs no dropping.
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Makes the model's tables and fills its keyvalues. The model must outlive its use, and need no server that is
  // missing (comparable.h).
  void open(const model::Model& model);
  // Between two schedules: nothing under way, no transaction, no lock, no setting, tables as in the beginning.
  void reset();

  Session& session(std::size_t actor, std::size_t database);   // actor from 1; made when it is first asked for
  Session* existing(std::size_t actor, std::size_t database);  // null: it was not asked for
  // The actor is no more: the server has ended its sessions when this returns, with all that they held.
  void crash(std::size_t actor);
  // What is committed, in a session of our own.
  std::vector<Row> look(std::size_t database, const std::string& select);

  Control& control() { return *control_; }
  bool has_keyspace() const { return keyspace_ != nullptr; }
  Keyspace& keyspace() { return *keyspace_; }
  std::vector<Row> rows(std::size_t database, std::size_t table);

  // deadlock_timeout may be set: the victim of a deadlock can be chosen.
  bool chooses_victims() const { return chooses_victims_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  // The tables of one database, and how to make them as they were.
  struct Corner {
    std::string schema;
    std::unique_ptr<Connection> keeper;
    std::vector<std::string> tables;  // quoted
    std::string by_delete;
    std::string by_truncate;
    std::vector<std::unique_ptr<Session>> sessions;  // of actor 1, 2, …; null: none
  };

  std::string options(const std::string& schema) const;
  void look_at_server();
  void drop_leftovers();
  void take_name();
  void make_schema(Corner& corner, const model::Model& model, const model::Database& database);
  void watch_sessions();
  void calm(Session& session);
  void drop() noexcept;

  std::string url_;
  std::unique_ptr<Control> control_;
  std::string name_;
  std::vector<Corner> corners_;
  std::vector<std::string> warnings_;
  bool chooses_victims_ = false;
  std::unique_ptr<Keyspace> keyspace_;
  std::size_t resets_ = 0;
  std::size_t databases_ = 0;
};

}  // namespace gapless::live
