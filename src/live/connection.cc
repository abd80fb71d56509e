// libpq's asynchronous half: PQsendQuery, then PQconsumeInput and PQisBusy around poll(). Statements are short, so
// sending may block for the moment that the kernel takes them; only answers may be long in coming.
#include "live/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "live/interrupt.h"

namespace gapless::live {
namespace {

using Clock = std::chrono::steady_clock;

std::string trimmed(const char* text) {
  std::string result = text == nullptr ? "" : text;
  while (!result.empty() && (result.back() == '\n' || result.back() == ' ')) result.pop_back();
  return result;
}

void ignore_notice(void*, const char*) {}

struct Options {
  PQconninfoOption* list = nullptr;
  ~Options() { PQconninfoFree(list); }
};

// The options that the URL itself has, so that ours go behind them.
std::string options_of(const std::string& url) {
  char* reason = nullptr;
  const Options options{PQconninfoParse(url.c_str(), &reason)};
  if (options.list == nullptr) {
    const auto why = trimmed(reason);
    PQfreemem(reason);
    throw ServerError("no connection URL: " + why);
  }
  for (const auto* option = options.list; option->keyword != nullptr; ++option) {
    if (std::string_view(option->keyword) == "options" && option->val != nullptr) return option->val;
  }
  return {};
}

pg_conn* connect(const std::string& url, const std::string& options) {
  const auto all = options_of(url) + (options.empty() ? "" : " " + options);
  // A bare database name is none of what we take: it would make a mistyped URL a database.
  if (url.find("://") == std::string::npos && url.find('=') == std::string::npos) {
    throw ServerError("no connection URL: write postgresql://user@host:port/database, or host=… port=… user=…");
  }
  const char* keywords[] = {"dbname", "connect_timeout", "client_encoding", "fallback_application_name", "options",
                            nullptr};
  const char* values[] = {url.c_str(), "10", "UTF8", "gapless live", all.c_str(), nullptr};
  return PQconnectdbParams(keywords, values, 1);
}

// "UPDATE 3" → UPDATE, 3; "INSERT 0 1" → INSERT, 1; "LOCK TABLE" has no number.
void take_tag(const PGresult* result, Reply& reply) {
  std::string_view tag = PQcmdStatus(const_cast<PGresult*>(result));
  reply.tag = tag.substr(0, std::min(tag.size(), tag.find_first_of("0123456789")));
  while (reply.tag.ends_with(' ')) reply.tag.pop_back();
  const std::string_view number = PQcmdTuples(const_cast<PGresult*>(result));
  reply.count = 0;
  std::from_chars(number.data(), number.data() + number.size(), reply.count);
}

void take_rows(const PGresult* result, Reply& reply) {
  const int columns = PQnfields(result);
  reply.columns.clear();
  reply.rows.clear();
  for (int column = 0; column < columns; ++column) reply.columns.emplace_back(PQfname(result, column));
  for (int row = 0; row < PQntuples(result); ++row) {
    auto& values = reply.rows.emplace_back();
    for (int column = 0; column < columns; ++column) {
      if (PQgetisnull(result, row, column) != 0) {
        values.emplace_back(std::nullopt);
      } else {
        values.emplace_back(std::string(PQgetvalue(result, row, column), PQgetlength(result, row, column)));
      }
    }
  }
}

void take_error(const PGresult* result, Reply& reply) {
  const auto field = [&](int code) { return trimmed(PQresultErrorField(result, code)); };
  reply.rows.clear();
  reply.count = 0;
  reply.sqlstate = field(PG_DIAG_SQLSTATE);
  reply.message = field(PG_DIAG_MESSAGE_PRIMARY);
  reply.detail = field(PG_DIAG_MESSAGE_DETAIL);
}

Wait left_until(Clock::time_point end) {
  return std::max(Wait(0), std::chrono::duration_cast<Wait>(end - Clock::now()));
}

}  // namespace

Connection::Connection(const std::string& url, const std::string& options)
    : connection_(connect(url, options), PQfinish) {
  if (connection_ == nullptr) throw ServerError("out of memory");
  if (PQstatus(connection_.get()) != CONNECTION_OK) throw ServerError(trimmed(PQerrorMessage(connection_.get())));
  PQsetNoticeProcessor(connection_.get(), ignore_notice, nullptr);
}

Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

void Connection::send(const std::string& sql) {
  check(!busy_, "one statement at a time goes over a connection");
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) lost();
  busy_ = true;
}

bool Connection::answered(Wait wait) {
  check(busy_, "an answer is looked for where something was sent");
  const auto end = Clock::now() + wait;
  while (PQisBusy(connection_.get()) != 0) {
    Connection* const self[] = {this};
    const auto left = left_until(end);
    wait_for_input(self, left);
    // Returns at once if there is nothing to read.
    if (PQconsumeInput(connection_.get()) == 0) lost();
    if (PQisBusy(connection_.get()) == 0) break;
    if (left == Wait(0)) return false;
  }
  return true;
}

Reply Connection::collect() {
  Reply reply;
  while (auto* result = PQgetResult(connection_.get())) {
    const std::unique_ptr<PGresult, void (*)(PGresult*)> owner(result, PQclear);
    switch (PQresultStatus(result)) {
      case PGRES_TUPLES_OK:
        take_tag(result, reply);
        take_rows(result, reply);
        break;
      case PGRES_COMMAND_OK:
      case PGRES_EMPTY_QUERY:
        take_tag(result, reply);
        reply.columns.clear();
        reply.rows.clear();
        break;
      default:
        if (PQresultErrorField(result, PG_DIAG_SQLSTATE) == nullptr) lost();
        take_error(result, reply);
    }
  }
  busy_ = false;
  // FATAL: the session was terminated; the reply that says so is no answer to the statement.
  if (PQstatus(connection_.get()) != CONNECTION_OK) throw ServerError("the server ended the session: " + reply.message);
  return reply;
}

Reply Connection::run(const std::string& sql, Wait wait) {
  send(sql);
  if (!answered(wait)) throw ServerError("the server does not answer: " + sql);
  return collect();
}

Reply Connection::expect(const std::string& sql, Wait wait) {
  auto reply = run(sql, wait);
  if (reply.failed()) throw ServerError(reply.message + " (SQLSTATE " + reply.sqlstate + "): " + sql);
  return reply;
}

int Connection::pid() const { return PQbackendPID(connection_.get()); }

int Connection::server_version() const { return PQserverVersion(connection_.get()); }

bool Connection::in_transaction() const {
  const auto status = PQtransactionStatus(connection_.get());
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

int Connection::descriptor() const { return PQsocket(connection_.get()); }

void Connection::lost() {
  busy_ = false;
  const auto why = trimmed(PQerrorMessage(connection_.get()));
  throw ServerError("the connection is lost" + (why.empty() ? std::string() : ": " + why));
}

void wait_for_input(std::span<Connection* const> connections, Wait wait) {
  throw_if_interrupted();
  std::vector<pollfd> descriptors;
  for (const auto* connection : connections) {
    if (connection->busy()) descriptors.push_back({connection->descriptor(), POLLIN, 0});
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
  const timespec time{seconds.count(), std::chrono::duration_cast<std::chrono::nanoseconds>(wait - seconds).count()};
  if (ppoll(descriptors.data(), descriptors.size(), &time, nullptr) < 0 && errno != EINTR) {
    throw ServerError("poll failed");
  }
  throw_if_interrupted();
}

// ----------------------------------------------------------------------------------------------------- Control

void Control::watch(std::span<const int> pids) {
  watched_ = "{";
  for (const int pid : pids) watched_ += (watched_.size() > 1 ? "," : "") + std::to_string(pid);
  watched_ += "}";
}

bool Control::blocked(int pid) {
  const int pids[] = {pid};
  return all_blocked(pids);
}

bool Control::all_blocked(std::span<const int> pids) {
  std::string sql;
  for (const int pid : pids) {
    sql += (sql.empty() ? "SELECT " : " AND ") +
           ("pg_catalog.pg_isolation_test_session_is_blocked(" + std::to_string(pid) + ", '" + watched_ + "')");
  }
  return sql.empty() || connection_.expect(sql).rows.at(0).at(0) == "t";
}

std::vector<int> Control::blockers(int pid) {
  std::vector<int> result;
  for (const auto& row :
       connection_.expect("SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids(" + std::to_string(pid) + ")) ORDER BY 1")
           .rows) {
    result.push_back(std::stoi(row.at(0).value_or("0")));
  }
  return result;
}

void Control::cancel(int pid) {
  connection_.expect("SELECT pg_catalog.pg_cancel_backend(" + std::to_string(pid) + ")");
}

void Control::terminate(int pid) {
  connection_.expect("SELECT pg_catalog.pg_terminate_backend(" + std::to_string(pid) + ")");
}

bool Control::any_runs(std::span<const int> pids) {
  std::string list;
  for (const int pid : pids) list += (list.empty() ? "" : ",") + std::to_string(pid);
  const auto found = connection_.expect("SELECT 1 FROM pg_catalog.pg_stat_activity WHERE pid IN (" + list + ")");
  return !found.rows.empty();
}

}  // namespace gapless::live
