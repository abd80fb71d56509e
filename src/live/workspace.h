// A corner of a real server that is ours: schemas that are made here and dropped at the end, and sessions whose
// search_path knows nothing else.
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
  bool has_advisory_locks = false;                            // may hold some of the session
};

class Workspace {
 public:
  // Connects, drops what killed runs have left. Throws ServerError.
  explicit Workspace(std::string url);
  // Drops everything; a server that is gone needs no dropping.
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Makes the model's tables and enough sessions. The model must outlive its use.
  void open(const model::Model& model);
  // Between two schedules: nothing under way, no transaction, no lock, no setting, tables as in the beginning.
  void reset();

  Session& session(std::size_t actor, std::size_t database);  // actor from 1
  Control& control() { return *control_; }
  std::vector<Row> rows(std::size_t database, std::size_t table);

  // deadlock_timeout may be set: the victim of a deadlock can be chosen.
  bool chooses_victims() const { return chooses_victims_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  const std::string& name() const { return name_; }
  std::size_t leftovers() const { return leftovers_; }  // schemas of killed runs that were dropped

 private:
  // The tables of one database, and how to make them as they were.
  struct Corner {
    std::string schema;
    std::unique_ptr<Connection> keeper;
    std::vector<std::string> tables;  // quoted
    std::string by_delete;
    std::string by_truncate;
    std::vector<std::unique_ptr<Session>> sessions;  // of actor 1, 2, …
  };

  std::string options(const std::string& schema) const;
  void look_at_server();
  void drop_leftovers();
  void take_name();
  void make_schema(Corner& corner, const model::Database& database);
  void calm(Session& session);
  void drop() noexcept;

  std::string url_;
  std::unique_ptr<Control> control_;
  std::string name_;
  std::vector<Corner> corners_;
  std::vector<std::string> warnings_;
  bool chooses_victims_ = false;
  std::size_t leftovers_ = 0;
  std::size_t resets_ = 0;
  std::size_t actors_ = 0;
  std::size_t databases_ = 0;
};

}  // namespace gapless::live
