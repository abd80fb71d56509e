// Names. Table names are resolved by search_path, and our schema comes before pg_catalog: a scenario's table called
// pg_class is its own. Statements cannot name another schema, since our SQL front end takes none.
//
// Time. The simulator's clock stands still, so now() and its like are functions of our schema that say the same.
//
// Sessions are made when they are first asked for: actors come into being in the middle of a schedule, and those that
// crash have a new one the next time.
#include "live/workspace.h"

#include <algorithm>
#include <variant>

#include "base/check.h"
#include "live/interrupt.h"

namespace gapless::live {
namespace {

constexpr int supported_major = 15;
constexpr const char* comment = "gapless live: made and dropped by it; not in use without an advisory lock on its name";
constexpr const char* lock_class = "1734438252";  // "gapl"

// Deleted rows stay in the files until somebody cleans up, and what SERIALIZABLE takes for a conflict depends on pages.
// TRUNCATE cleans up, but is slower than deleting a few rows.
constexpr std::size_t resets_between_truncates = 50;

std::string quoted(const std::string& name) {
  std::string result = "\"";
  for (const char c : name) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

std::string clock_functions(const model::Model& model) {
  const auto now = model.clock.empty() ? "2024-01-01 12:00:00" : sql::to_string(sql::Value(model.clock.front()));
  std::string sql;
  for (const char* name : {"now", "statement_timestamp", "clock_timestamp", "transaction_timestamp"}) {
    sql += std::string("CREATE FUNCTION ") + name +
           "() RETURNS pg_catalog.timestamptz STABLE LANGUAGE sql AS $$SELECT '" + now + "+00'::timestamptz$$;";
  }
  return sql;
}

std::string filling(const model::Database& database) {
  std::string sql;
  for (const auto& statement : database.statements) sql += statement.text + ";\n";
  return sql;
}

// Only of columns whose numbers somebody looks at.
std::string restart_sequences(const sql::Catalog& catalog) {
  std::string sql;
  for (const auto& table : catalog.tables) {
    for (const auto& column : table.columns) {
      if (!column.serial || column.unseen) continue;
      sql += "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('" + quoted(table.name) + "', '" +
             column.name + "'), 1, false);";
    }
  }
  return sql;
}

}  // namespace

Workspace::Workspace(const Servers& servers) : url_(servers.postgres) {
  if (!servers.redis.empty()) {
    keyspace_ = std::make_unique<Keyspace>(servers.redis);
    warnings_ = keyspace_->warnings();
  }
  if (url_.empty()) return;
  control_ = std::make_unique<Control>(Connection(url_, "-c client_min_messages=warning -c statement_timeout=0"));
  look_at_server();
  drop_leftovers();
  take_name();
}

Workspace::~Workspace() { drop(); }

void Workspace::look_at_server() {
  const int version = control_->connection().server_version();
  if (version / 10000 != supported_major) {
    warnings_.push_back("the server is PostgreSQL " + std::to_string(version / 10000) + "." +
                        std::to_string(version % 10000) + "; the rules here are those of 15");
  }
  if (control_->connection().expect("SELECT pg_catalog.pg_is_in_recovery()").rows.at(0).at(0) == "t") {
    throw ServerError("the server is a standby: nothing can be written there");
  }
  if (control_->connection()
          .expect("SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')")
          .rows.at(0)
          .at(0) != "t") {
    throw ServerError("this user may not create a schema in this database (GRANT CREATE ON DATABASE … TO …)");
  }
  chooses_victims_ = !control_->connection().run("SET deadlock_timeout = '1s'").failed();
  if (!chooses_victims_) {
    warnings_.push_back(
        "this user may not set deadlock_timeout (a superuser may): the server chooses the victims of deadlocks, and "
        "takes its time");
  }
}

void Workspace::drop_leftovers() {
  auto& connection = control_->connection();
  const auto found = connection.expect(
      "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname ~ '^gapless_[0-9a-f]{12}_[0-9]+$' AND "
      "pg_catalog.obj_description(oid, 'pg_namespace') = '" +
      std::string(comment) + "' AND pg_catalog.pg_has_role(nspowner, 'USAGE') ORDER BY 1");
  for (const auto& row : found.rows) {
    const auto& schema = row.at(0).value();
    const auto key = std::string(lock_class) + ", pg_catalog.hashtext('" + schema.substr(0, schema.rfind('_')) + "')";
    const auto taken = connection.expect("SELECT pg_catalog.pg_try_advisory_lock(" + key + ")");
    if (taken.rows.at(0).at(0) != "t") continue;  // somebody else's, and in use
    connection.expect("DROP SCHEMA IF EXISTS " + quoted(schema) + " CASCADE");
    connection.expect("SELECT pg_catalog.pg_advisory_unlock(" + key + ")");
  }
}

// The server draws the name: we are deterministic.
void Workspace::take_name() {
  auto& connection = control_->connection();
  name_ = "gapless_" + connection
                           .expect(
                               "SELECT pg_catalog.left(pg_catalog.md5(pg_catalog.random()::text || "
                               "pg_catalog.clock_timestamp()::text || pg_catalog.pg_backend_pid()::text), 12)")
                           .rows.at(0)
                           .at(0)
                           .value();
  connection.expect("SELECT pg_catalog.pg_advisory_lock(" + std::string(lock_class) + ", pg_catalog.hashtext('" +
                    name_ + "'))");
}

// Settings that the role, the database or the server may have otherwise.
std::string Workspace::options(const std::string& schema) const {
  return "-c search_path=" + schema +
         ",pg_catalog -c jit=off -c max_parallel_workers_per_gather=0 -c client_min_messages=warning"
         " -c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
         " -c default_transaction_isolation=read\\ committed -c default_transaction_read_only=off"
         " -c default_transaction_deferrable=off -c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c "
         "standard_conforming_strings=on"
         " -c bytea_output=hex -c synchronous_commit=off -c row_security=on"
         // Which rows a serializable transaction is held to have read depends on the plan (S-SSI-7).
         " -c enable_seqscan=off -c enable_bitmapscan=off -c enable_indexonlyscan=off";
}

void Workspace::open(const model::Model& model) {
  databases_ = model.databases.size();
  if (keyspace_) keyspace_->open(model);
  while (corners_.size() < databases_) {
    auto& corner = corners_.emplace_back();
    corner.schema = name_ + "_" + std::to_string(corners_.size() - 1);
  }
  for (std::size_t database = 0; database < databases_; ++database) {
    auto& corner = corners_[database];
    for (auto& session : corner.sessions) {
      if (session) calm(*session);
    }
    make_schema(corner, model, model.databases[database]);
  }
  resets_ = 0;
}

void Workspace::make_schema(Corner& corner, const model::Model& model, const model::Database& database) {
  auto& connection = control_->connection();
  connection.expect("BEGIN; DROP SCHEMA IF EXISTS " + quoted(corner.schema) + " CASCADE; CREATE SCHEMA " +
                    quoted(corner.schema) + "; COMMENT ON SCHEMA " + quoted(corner.schema) + " IS '" + comment +
                    "'; COMMIT");
  if (!corner.keeper) corner.keeper = std::make_unique<Connection>(url_, options(corner.schema));
  const auto made = corner.keeper->run(clock_functions(model) + database.text);
  if (made.failed()) {
    throw ServerError("the server refuses the tables of database " + database.name + ": " + made.message +
                      " (SQLSTATE " + made.sqlstate + ")");
  }

  const auto& tables = database.catalog.tables;
  corner.tables.clear();
  corner.by_delete.clear();
  corner.by_truncate.clear();
  for (const auto& table : tables) {
    corner.tables.push_back(quoted(table.name));
    corner.by_truncate += (corner.by_truncate.empty() ? "TRUNCATE " : ", ") + quoted(table.name);
    // Who refers to others goes first.
    corner.by_delete = "DELETE FROM " + quoted(table.name) + ";" + corner.by_delete;
  }
  const auto fill = restart_sequences(database.catalog) + filling(database);
  if (!tables.empty()) corner.by_truncate += ";";
  corner.by_delete += fill;
  corner.by_truncate += fill;
  // DELETE may be forbidden by a foreign key that RESTRICTs a row from referring to its like.
  if (corner.keeper->run(corner.by_delete).failed()) corner.by_delete = corner.by_truncate;
  corner.keeper->expect(corner.by_truncate);
}

void Workspace::reset() {
  for (std::size_t database = 0; database < databases_; ++database) {
    auto& corner = corners_[database];
    for (auto& session : corner.sessions) {
      if (session) calm(*session);
    }
  }
  if (keyspace_) keyspace_->reset();
  const bool cleans_up = resets_++ % resets_between_truncates == 0;
  for (std::size_t database = 0; database < databases_; ++database) {
    auto& corner = corners_[database];
    if (!corner.tables.empty()) corner.keeper->expect(cleans_up ? corner.by_truncate : corner.by_delete);
  }
}

void Workspace::calm(Session& session) {
  auto& connection = session.connection;
  if (connection.busy()) {
    // A cancel that comes too late hits nothing, or the statement after: so until there is an answer, none is sent.
    control_->cancel(connection.pid());
    if (!connection.answered(std::chrono::seconds(30))) throw ServerError("a statement cannot be cancelled");
    connection.collect();
  }
  if (connection.in_transaction()) connection.expect("ROLLBACK");
  if (session.has_advisory_locks) connection.expect("SELECT pg_catalog.pg_advisory_unlock_all()");
  if (session.has_settings) {
    connection.expect("RESET ALL");
    session.level = store::Isolation::read_committed;
    session.read_only = false;
    session.deadlock_ms = 0;
  }
  session.has_advisory_locks = false;
  session.has_settings = false;
  session.is_used = false;
}

Session& Workspace::session(std::size_t actor, std::size_t database) {
  check(database < databases_ && actor >= 1, "a session is of an actor on a database");
  auto& corner = corners_[database];
  if (corner.sessions.size() < actor) corner.sessions.resize(actor);
  auto& session = corner.sessions[actor - 1];
  if (!session) {
    session = std::make_unique<Session>(Connection(url_, options(corner.schema)));
    watch_sessions();
  }
  return *session;
}

Session* Workspace::existing(std::size_t actor, std::size_t database) {
  check(database < databases_ && actor >= 1, "a session is of an actor on a database");
  auto& sessions = corners_[database].sessions;
  return actor <= sessions.size() ? sessions[actor - 1].get() : nullptr;
}

void Workspace::watch_sessions() {
  std::vector<int> pids;
  for (const auto& corner : corners_) {
    for (const auto& session : corner.sessions) {
      if (session) pids.push_back(session->connection.pid());
    }
  }
  control_->watch(pids);
}

void Workspace::crash(std::size_t actor) {
  if (keyspace_) keyspace_->crash(actor);
  std::vector<int> pids;
  for (std::size_t database = 0; database < databases_; ++database) {
    const auto* session = existing(actor, database);
    if (session == nullptr || !session->is_used) continue;
    pids.push_back(session->connection.pid());
    control_->terminate(pids.back());
    corners_[database].sessions[actor - 1].reset();
  }
  if (pids.empty()) return;
  // When a process is no longer listed, all that it held is free.
  constexpr Wait between_looks(300);
  while (control_->any_runs(pids)) wait_for_input({}, between_looks);
  watch_sessions();
}

std::vector<Row> Workspace::look(std::size_t database, const std::string& select) {
  return corners_.at(database).keeper->expect(select).rows;
}

std::vector<Row> Workspace::rows(std::size_t database, std::size_t table) {
  auto& corner = corners_[database];
  return corner.keeper->expect("SELECT * FROM " + corner.tables[table]).rows;
}

// The sessions end first: their transactions stand in the way of DROP.
void Workspace::drop() noexcept {
  ignore_interrupts();
  if (!control_) return;  // Redis alone
  try {
    // The interrupt may have come in the middle of a question of ours.
    auto& control = control_->connection();
    if (control.busy() && control.answered(std::chrono::seconds(30))) control.collect();
    for (auto& corner : corners_) {
      for (auto& session : corner.sessions) {
        if (session && session->connection.busy()) control_->cancel(session->connection.pid());
      }
      corner.sessions.clear();
      corner.keeper.reset();
    }
    for (const auto& corner : corners_) {
      control.expect("DROP SCHEMA IF EXISTS " + quoted(corner.schema) + " CASCADE");
    }
  } catch (const std::exception&) {
    // The server is gone, or we are cut off: the next run finds what is left.
  }
}

}  // namespace gapless::live
