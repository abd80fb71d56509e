// What is not about rows: the commands of a transaction, SET and its like, LOCK TABLE.
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/check.h"
#include "sql/literal.h"
#include "sql/reader.h"

namespace gapless::sql {

namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

constexpr auto isolation_levels =
    std::to_array<std::string_view>({"serializable", "repeatable read", "read committed", "read uncommitted"});

bool is_isolation(std::string_view text) { return std::ranges::find(isolation_levels, text) != isolation_levels.end(); }

}  // namespace

// --------------------------------------------------------------------------------------------- transactions

Transaction Reader::transaction(const Node& node) {
  static constexpr std::pair<std::string_view, TransactionCommand> commands[] = {
      {"TRANS_STMT_BEGIN", TransactionCommand::begin},
      {"TRANS_STMT_START", TransactionCommand::begin},
      {"TRANS_STMT_COMMIT", TransactionCommand::commit},
      {"TRANS_STMT_ROLLBACK", TransactionCommand::rollback},
      {"TRANS_STMT_SAVEPOINT", TransactionCommand::savepoint},
      {"TRANS_STMT_ROLLBACK_TO", TransactionCommand::rollback_to},
      {"TRANS_STMT_RELEASE", TransactionCommand::release},
  };
  static constexpr std::pair<std::string_view, std::string_view> refused[] = {
      {"TRANS_STMT_PREPARE", "PREPARE TRANSACTION"},
      {"TRANS_STMT_COMMIT_PREPARED", "COMMIT PREPARED"},
      {"TRANS_STMT_ROLLBACK_PREPARED", "ROLLBACK PREPARED"},
  };
  Transaction result;
  result.at = node.at();
  const std::string kind = node.text("kind");
  for (const auto& [name, text] : refused) {
    if (kind == name) node.not_supported(text, "use a transaction of its own");
  }
  bool known = false;
  for (const auto& [name, command] : commands) {
    if (kind != name) continue;
    result.command = command;
    known = true;
  }
  if (!known) node.not_supported(kind);
  result.savepoint = node.text("savepoint_name");
  modes(node.children("options"), result);
  node.done();
  return result;
}

// ISOLATION LEVEL …, READ ONLY, READ WRITE, [NOT] DEFERRABLE. Of two that contradict each other the last one counts,
// as in PostgreSQL.
void Reader::modes(const std::vector<Node>& options, Transaction& result) {
  for (const Node& option : options) {
    const std::string name = option.text("defname");
    const Expression value = expression(option.required("arg"));
    const auto* text = std::get_if<std::string>(&value.value);
    const auto* number = std::get_if<std::int32_t>(&value.value);
    if (name == "transaction_isolation") {
      check(text != nullptr, "an isolation level is a text");
      result.isolation = *text;
    } else if (name == "transaction_read_only") {
      check(number != nullptr, "READ ONLY is 1, READ WRITE is 0");
      result.read_only = *number != 0;
    } else if (name == "transaction_deferrable") {
      check(number != nullptr, "DEFERRABLE is 1, NOT DEFERRABLE is 0");
      result.deferrable = *number != 0;
    } else {
      option.not_supported("the transaction mode " + name, "leave it out");
    }
    option.text("defaction");
    option.done();
  }
}

// ------------------------------------------------------------------------------------------------------ SET

namespace {

constexpr auto timeouts = std::to_array<std::string_view>({"lock_timeout", "statement_timeout", "deadlock_timeout"});

// They change how the server finds rows or what it says, not what it answers.
constexpr auto without_effect = std::to_array<std::string_view>({
    "application_name",
    "client_min_messages",
    "force_parallel_mode",
    "jit",
    "max_parallel_workers",
    "max_parallel_workers_per_gather",
    "min_parallel_index_scan_size",
    "min_parallel_table_scan_size",
    "parallel_leader_participation",
    "plan_cache_mode",
    "synchronous_commit",
    "work_mem",
});

template <std::size_t size>
bool is_among(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_without_effect(std::string_view name) {
  return name.starts_with("enable_") || name.ends_with("_cost") || is_among(without_effect, name);
}

// As rint() does it: a half goes to the even side.
Decimal rounded(const Decimal& number) {
  const Decimal whole = number.trunc(0);
  const Decimal rest = number - whole;
  const bool half = compare(rest + rest, Decimal(1)) == 0;
  if (!half) return number.round(0);
  return remainder(whole, Decimal(2)).is_zero() ? whole : whole + Decimal(1);
}

// "2s" → 2000, "0.5 min" → 30000; nullopt where PostgreSQL reads no time in it.
std::optional<Decimal> milliseconds(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> units[] = {
      {"us", "0.001"}, {"ms", "1"}, {"s", "1000"}, {"min", "60000"}, {"h", "3600000"}, {"d", "86400000"}};
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  const std::size_t digits = std::min(text.find_first_not_of("+-.0123456789"), text.size());
  const auto number = Decimal::parse(text.substr(0, digits));
  text.remove_prefix(digits);
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  if (!number) return std::nullopt;
  if (text.empty()) return rounded(*number);
  for (const auto& [unit, factor] : units) {
    if (text == unit) return rounded(*number * *Decimal::parse(factor));
  }
  return std::nullopt;
}

}  // namespace

void Reader::set(const Node& node, Statement& result) {
  const std::string kind = node.text("kind");
  const std::string name = node.text("name");
  if (kind == "VAR_SET_MULTI") {
    Transaction transaction;
    transaction.at = node.at();
    transaction.command = TransactionCommand::set_transaction;
    transaction.session = name == "SESSION CHARACTERISTICS";
    if (name == "TRANSACTION SNAPSHOT") node.not_supported("SET TRANSACTION SNAPSHOT");
    modes(node.children("args"), transaction);
    node.done();
    result.body = std::move(transaction);
    return;
  }
  SetVariable variable;
  variable.at = node.at();
  variable.name = lower(name);
  variable.local = node.flag("is_local");
  if (kind == "VAR_RESET_ALL") node.not_supported("RESET ALL", "reset each setting by its name");
  if (kind == "VAR_SET_CURRENT") node.not_supported("SET … FROM CURRENT");
  const bool isolation = variable.name == "default_transaction_isolation";
  if (variable.name == "transaction_isolation" || variable.name == "transaction_read_only" ||
      variable.name == "transaction_deferrable")
    node.not_supported("the setting " + variable.name, "use SET TRANSACTION");
  if (variable.name.starts_with("default_transaction_") && !isolation)
    node.not_supported("the setting " + variable.name, "use SET SESSION CHARACTERISTICS AS TRANSACTION");
  if (!isolation && !is_among(timeouts, variable.name) && !is_without_effect(variable.name))
    node.not_supported("the setting " + name, "leave it out");
  if (kind == "VAR_SET_VALUE") {
    variable.value = setting(node, variable.name);
  } else {
    check(kind == "VAR_SET_DEFAULT" || kind == "VAR_RESET", "SET sets a value, or the default");
  }
  node.done();
  result.body = std::move(variable);
}

std::string Reader::setting(const Node& node, const std::string& name) {
  const auto arguments = expressions(node.children("args"));
  if (arguments.size() != 1) node.refuse("SET " + name + " takes only one argument");
  std::string value = to_string(arguments.front().value);
  if (arguments.front().kind != Expression::Kind::literal) node.refuse("SET takes a constant");
  const auto invalid = [&] { node.refuse("invalid value for parameter \"" + name + "\": \"" + value + "\""); };
  if (name == "default_transaction_isolation") {
    value = lower(value);
    if (!is_isolation(value)) invalid();
  }
  if (!is_among(timeouts, name)) return value;
  const auto time = milliseconds(value);
  if (!time) invalid();
  const std::int64_t least = name == "deadlock_timeout" ? 1 : 0;
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  const auto whole = time->to_int64();
  if (!whole || *whole < least || *whole > most)
    node.refuse(time->to_string() + " ms is outside the valid range for parameter \"" + name + "\" (" +
                std::to_string(least) + " .. " + std::to_string(most) + ")");
  return time->to_string();
}

// ----------------------------------------------------------------------------------------------- LOCK TABLE

LockTable Reader::lock_table(const Node& node) {
  LockTable result;
  result.at = node.at();
  for (const Node& relation : node.children("relations")) result.tables.push_back(plain_table(relation));
  const std::int64_t mode = node.number("mode");
  check(mode >= 1 && mode <= 8, "PostgreSQL numbers its lock modes from 1 to 8");
  result.mode = static_cast<TableLock>(mode);
  result.nowait = node.flag("nowait");
  node.done();
  return result;
}

}  // namespace gapless::sql
