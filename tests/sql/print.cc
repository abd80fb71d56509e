// Written for tests: every field that matters appears, so that comparing texts compares the whole statement.
#include "print.h"

#include <array>

namespace gapless::sql {

namespace {

std::string symbol(Operator op) {
  static constexpr std::array<const char*, 31> symbols = {"+",
                                                          "-",
                                                          "*",
                                                          "/",
                                                          "%",
                                                          "^",
                                                          "||",
                                                          "=",
                                                          "<>",
                                                          "<",
                                                          "<=",
                                                          ">",
                                                          ">=",
                                                          "distinct",
                                                          "same",
                                                          "and",
                                                          "or",
                                                          "like",
                                                          "not_like",
                                                          "ilike",
                                                          "not_ilike",
                                                          "neg",
                                                          "not",
                                                          "is_null",
                                                          "is_not_null",
                                                          "is_true",
                                                          "is_not_true",
                                                          "is_false",
                                                          "is_not_false",
                                                          "is_unknown",
                                                          "is_not_unknown"};
  return symbols.at(static_cast<std::size_t>(op));
}

std::string slot(const Slot& slot) {
  std::string text = slot.depth > 0 ? "^" + std::to_string(slot.depth) : "";
  return text + "#" + std::to_string(slot.item) + "." + std::to_string(slot.column);
}

std::string list(const std::vector<Expression>& expressions) {
  std::string text;
  for (const auto& each : expressions) text += (text.empty() ? "" : " ") + print(each);
  return text;
}

std::string head(const Expression& e) {
  static constexpr std::array<const char*, 9> aggregates = {"count*", "count",    "sum",     "min",       "max",
                                                            "avg",    "bool_and", "bool_or", "string_agg"};
  switch (e.kind) {
    case Expression::Kind::operation:
      return symbol(e.op);
    case Expression::Kind::function:
      return "f" + std::to_string(static_cast<int>(e.function)) + "/" + e.name;
    case Expression::Kind::aggregate:
      return std::string(aggregates.at(static_cast<std::size_t>(e.aggregate))) + (e.distinct ? " distinct" : "");
    case Expression::Kind::cast:
      return "cast" + (e.precision < 0 ? "" : "[" + std::to_string(e.precision) + "," + std::to_string(e.scale) + "]");
    case Expression::Kind::case_:
      return "case";
    case Expression::Kind::in_list:
      return e.negated ? "not_in" : "in";
    case Expression::Kind::between:
      return e.negated ? "not_between" : "between";
    case Expression::Kind::scalar_query:
      return "scalar";
    case Expression::Kind::exists_query:
      return "exists";
    case Expression::Kind::in_query:
      return e.negated ? "not_in_query" : "in_query";
    default:
      return "?";
  }
}

std::string targets(const std::vector<Target>& targets) {
  std::string text;
  for (const auto& target : targets) {
    if (!text.empty()) text += ", ";
    text += (target.star ? target.expression.qualifier + "*" : print(target.expression)) + " AS " + target.name;
  }
  return text;
}

std::string from(const std::vector<FromItem>& items) {
  std::string text;
  for (const auto& item : items) {
    static constexpr std::array<const char*, 3> joins = {", ", " JOIN ", " LEFT JOIN "};
    if (!text.empty()) text += joins.at(static_cast<std::size_t>(item.join));
    if (item.query) {
      text += "(" + print(*item.query) + ")";
    } else {
      text += (item.database.empty() ? "" : item.database + ".") + item.table;
      if (item.common) text += "=q" + std::to_string(item.query_number);
    }
    if (item.alias != item.table) text += " " + item.alias;
    if (item.on) text += " ON[" + std::to_string(item.visible_from) + "] " + print(*item.on);
  }
  return text;
}

}  // namespace

std::string print(const Expression& e) {
  const std::string type = e.type == Type::unknown ? "" : ":" + to_string(e.type);
  if (e.kind == Expression::Kind::literal) return to_sql(e.value) + type;
  if (e.kind == Expression::Kind::parameter) return ":" + e.name + "@" + std::to_string(e.index);
  if (e.kind == Expression::Kind::column) return slot(e.slot) + type;
  if (e.kind == Expression::Kind::default_) return "DEFAULT";
  std::string text = "(" + head(e);
  if (!e.arguments.empty()) text += " " + list(e.arguments);
  if (e.query) text += " q" + std::to_string(e.query_number) + (e.correlated ? "c" : "") + "{" + print(*e.query) + "}";
  return text + ")" + type;
}

std::string print(const Select& select) {
  std::string text;
  for (const auto& row : select.values) text += (text.empty() ? "VALUES (" : ", (") + list(row) + ")";
  if (select.series)
    return "SERIES " + std::to_string(select.series->first) + " " + std::to_string(select.series->last) + " " +
           std::to_string(select.series->step);
  if (select.values.empty())
    text = std::string("SELECT ") + (select.distinct ? "DISTINCT " : "") + targets(select.targets);
  if (!select.from.empty()) text += " FROM " + from(select.from);
  if (select.where) text += " WHERE " + print(*select.where);
  if (!select.group_by.empty()) text += " GROUP BY " + list(select.group_by);
  if (select.having) text += " HAVING " + print(*select.having);
  if (select.union_with) text += (select.union_all ? " UNION ALL " : " UNION ") + print(*select.union_with);
  std::string order;
  for (const auto& term : select.order_by)
    order += (order.empty() ? " ORDER BY " : ", ") + print(term.expression) + (term.descending ? " DESC" : "") +
             (term.nulls_first ? " NULLS FIRST" : "");
  text += order;
  if (select.limit) text += " LIMIT " + print(*select.limit);
  if (select.offset) text += " OFFSET " + print(*select.offset);
  if (select.locking.strength != LockStrength::none) {
    static constexpr std::array<const char*, 5> strengths = {"", "KEY SHARE", "SHARE", "NO KEY UPDATE", "UPDATE"};
    static constexpr std::array<const char*, 3> waits = {"", " NOWAIT", " SKIP LOCKED"};
    text += std::string(" FOR ") + strengths.at(static_cast<std::size_t>(select.locking.strength));
    for (const auto item : select.locking.items) text += " #" + std::to_string(item);
    text += waits.at(static_cast<std::size_t>(select.locking.wait));
  }
  return text;
}

namespace {

std::string assignments(const std::vector<Assignment>& list) {
  std::string text;
  for (const auto& each : list)
    text += (text.empty() ? " SET " : ", ") + std::to_string(each.column_number) + " = " + print(each.expression);
  return text;
}

std::string body(const Select& select) { return print(select); }

std::string body(const Insert& insert) {
  std::string text = "INSERT " + insert.table + (insert.alias == insert.table ? "" : " " + insert.alias) + " (";
  for (const auto number : insert.column_numbers) text += (text.ends_with('(') ? "" : " ") + std::to_string(number);
  text += ") ";
  text += insert.source.values.empty() && insert.source.targets.empty() ? "DEFAULT VALUES" : print(insert.source);
  if (insert.on_conflict) {
    text += " CONFLICT";
    for (const auto unique : insert.on_conflict->uniques) text += " " + std::to_string(unique);
    text += insert.on_conflict->updates ? " UPDATE" + assignments(insert.on_conflict->assignments) : " NOTHING";
    if (insert.on_conflict->where) text += " WHERE " + print(*insert.on_conflict->where);
  }
  return text + (insert.returning.empty() ? "" : " RETURNING " + targets(insert.returning));
}

std::string body(const Update& update) {
  const std::string text = "UPDATE" + assignments(update.assignments) + " FROM " + from(update.from) +
                           (update.where ? " WHERE " + print(*update.where) : "");
  return text + (update.returning.empty() ? "" : " RETURNING " + targets(update.returning));
}

std::string body(const Delete& erase) {
  const std::string text = "DELETE FROM " + from(erase.from) + (erase.where ? " WHERE " + print(*erase.where) : "");
  return text + (erase.returning.empty() ? "" : " RETURNING " + targets(erase.returning));
}

std::string body(const Transaction& transaction) {
  static constexpr std::array<const char*, 7> commands = {"BEGIN",       "COMMIT",  "ROLLBACK",       "SAVEPOINT",
                                                          "ROLLBACK TO", "RELEASE", "SET TRANSACTION"};
  std::string text = commands.at(static_cast<std::size_t>(transaction.command));
  if (transaction.session) text += " OF SESSION";
  for (const auto& word : {transaction.savepoint, transaction.isolation}) text += (word.empty() ? "" : " ") + word;
  if (transaction.read_only) text += *transaction.read_only ? " READ ONLY" : " READ WRITE";
  if (transaction.deferrable) text += *transaction.deferrable ? " DEFERRABLE" : " NOT DEFERRABLE";
  return text;
}

std::string body(const SetVariable& set) {
  return std::string(set.local ? "SET LOCAL " : "SET ") + set.name + " '" + set.value + "'";
}

std::string body(const LockTable& lock) {
  std::string text = "LOCK";
  for (const auto number : lock.table_numbers) text += " " + std::to_string(number);
  return text + " mode " + std::to_string(static_cast<int>(lock.mode)) + (lock.nowait ? " NOWAIT" : "");
}

}  // namespace

std::string print(const Statement& statement) {
  std::string text;
  for (const auto& each : statement.with) {
    text += (text.empty() ? "WITH " : ", ") + each.name + "=q" + std::to_string(each.query_number) +
            (each.read ? "" : " unread") + "(";
    for (const auto& column : each.columns) text += (text.ends_with('(') ? "" : " ") + column;
    text += "){" + std::visit([](const auto& part) { return body(part); }, each.body) + "}";
  }
  text += (text.empty() ? "" : " ") + std::visit([](const auto& part) { return body(part); }, statement.body);
  for (const auto& [number, query] : statement.locking_queries)
    text += " [q" + std::to_string(number) + (query->locking.strength == LockStrength::none ? "?]" : " locks]");
  return text;
}

std::string print(const Table& table) {
  std::string text = table.name + "(";
  for (const auto& column : table.columns) {
    if (!text.ends_with('(')) text += ", ";
    text += column.name + " " + to_string(column.type);
    if (column.precision >= 0)
      text += "[" + std::to_string(column.precision) + "," + std::to_string(column.scale) + "]";
    if (column.fixed_length) text += " EXACTLY";
    if (column.not_null) text += " NOT NULL";
    if (column.serial) text += column.identity_always ? " ALWAYS" : " SERIAL";
    if (column.default_value) text += " DEFAULT " + print(*column.default_value);
  }
  text += ")";
  for (const auto& unique : table.uniques) {
    text += "; " + std::string(unique.primary ? "PRIMARY " : "UNIQUE ") + unique.name;
    for (const auto column : unique.columns) text += " " + std::to_string(column);
    for (const auto& expression : unique.expressions) text += " " + print(expression);
    if (!unique.also.empty()) text += " +";
    for (const auto column : unique.also) text += " " + std::to_string(column);
    if (!unique.constraint) text += " (index)";
    if (unique.predicate) text += " WHERE " + print(*unique.predicate);
  }
  for (const auto& check : table.checks) text += "; CHECK " + check.name + " " + print(check.condition);
  for (const auto& index : table.indexes) {
    text += "; INDEX " + index.name + "/" + std::to_string(index.keys);
    for (const auto column : index.columns) text += " " + std::to_string(column);
  }
  for (const auto& key : table.foreign_keys) {
    static constexpr std::array<const char*, 4> actions = {"", " restrict", " cascade", " set null"};
    text += "; FOREIGN " + key.name;
    for (const auto column : key.columns) text += " " + std::to_string(column);
    text += " -> " + std::to_string(key.parent) + "." + std::to_string(key.parent_unique);
    for (const auto column : key.parent_columns) text += " " + std::to_string(column);
    const auto name = [](ForeignKeyAction action) { return actions.at(static_cast<std::size_t>(action)); };
    if (key.on_delete != ForeignKeyAction::no_action) text += std::string(" delete") + name(key.on_delete);
    if (key.on_update != ForeignKeyAction::no_action) text += std::string(" update") + name(key.on_update);
  }
  return text;
}

}  // namespace gapless::sql
