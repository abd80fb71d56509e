#include "explore/explain.h"

#include <algorithm>

#include "store/relational/walk.h"

namespace gapless::explore {
namespace {

using Kind = sql::Expression::Kind;
using sql::Operator;

std::string_view symbol(Operator op) {
  switch (op) {
    case Operator::add:
      return "+";
    case Operator::subtract:
      return "-";
    case Operator::multiply:
      return "*";
    case Operator::divide:
      return "/";
    case Operator::modulo:
      return "%";
    case Operator::power:
      return "^";
    case Operator::concatenate:
      return "||";
    case Operator::equal:
      return "=";
    case Operator::not_equal:
      return "<>";
    case Operator::less:
      return "<";
    case Operator::less_equal:
      return "<=";
    case Operator::greater:
      return ">";
    case Operator::greater_equal:
      return ">=";
    case Operator::is_distinct:
      return "IS DISTINCT FROM";
    case Operator::is_not_distinct:
      return "IS NOT DISTINCT FROM";
    case Operator::and_:
      return "AND";
    case Operator::or_:
      return "OR";
    case Operator::like:
      return "LIKE";
    case Operator::not_like:
      return "NOT LIKE";
    case Operator::ilike:
      return "ILIKE";
    case Operator::not_ilike:
      return "NOT ILIKE";
    case Operator::negate:
      return "-";
    case Operator::not_:
      return "NOT";
    case Operator::is_null:
      return "IS NULL";
    case Operator::is_not_null:
      return "IS NOT NULL";
    case Operator::is_true:
      return "IS TRUE";
    case Operator::is_not_true:
      return "IS NOT TRUE";
    case Operator::is_false:
      return "IS FALSE";
    case Operator::is_not_false:
      return "IS NOT FALSE";
    case Operator::is_unknown:
      return "IS UNKNOWN";
    case Operator::is_not_unknown:
      return "IS NOT UNKNOWN";
  }
  return "?";
}

std::string_view name_of(sql::Aggregate aggregate) {
  switch (aggregate) {
    case sql::Aggregate::count_star:
    case sql::Aggregate::count:
      return "count";
    case sql::Aggregate::sum:
      return "sum";
    case sql::Aggregate::min:
      return "min";
    case sql::Aggregate::max:
      return "max";
    case sql::Aggregate::avg:
      return "avg";
    case sql::Aggregate::bool_and:
      return "bool_and";
    case sql::Aggregate::bool_or:
      return "bool_or";
    case sql::Aggregate::string_agg:
      return "string_agg";
  }
  return "?";
}

std::string list(const std::vector<sql::Expression>& expressions, std::string_view separator = ", ") {
  std::string text;
  for (const auto& expression : expressions) {
    if (!text.empty()) text += separator;
    text += to_text(expression);
  }
  return text;
}

std::string item_text(const sql::FromItem& item) {
  if (item.table.empty()) return "(…) " + item.alias;
  const auto table = item.database.empty() ? item.table : item.database + "." + item.table;
  return item.alias.empty() || item.alias == item.table ? table : table + " " + item.alias;
}

std::string from_text(const std::vector<sql::FromItem>& from) {
  std::string text;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto& item = from[i];
    const bool behind_comma = item.visible_from == i;
    if (i > 0) {
      text += item.join == sql::JoinKind::left    ? " LEFT JOIN "
              : item.join == sql::JoinKind::inner ? " JOIN "
              : behind_comma                      ? ", "
                                                  : " CROSS JOIN ";
    }
    text += item_text(item);
    if (item.on) text += " ON " + to_text(*item.on);
  }
  return text;
}

std::string order_text(const std::vector<sql::OrderTerm>& terms) {
  std::string text;
  for (const auto& term : terms) {
    text += (text.empty() ? "" : ", ") + to_text(term.expression) + (term.descending ? " DESC" : "");
    if (term.nulls_first != term.descending) text += term.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  return text;
}

std::string query_text(const sql::Select& query) {
  if (!query.values.empty()) return "VALUES …";
  std::string text = query.distinct ? "SELECT DISTINCT " : "SELECT ";
  for (std::size_t i = 0; i < query.targets.size(); ++i) {
    text += (i > 0 ? ", " : "") + to_text(query.targets[i].expression);
  }
  if (!query.from.empty()) text += " FROM " + from_text(query.from);
  if (query.where) text += " WHERE " + to_text(*query.where);
  if (!query.group_by.empty()) text += " GROUP BY " + list(query.group_by);
  if (query.having) text += " HAVING " + to_text(*query.having);
  if (query.union_with) text += (query.union_all ? " UNION ALL " : " UNION ") + query_text(*query.union_with);
  if (!query.order_by.empty()) text += " ORDER BY " + order_text(query.order_by);
  if (query.limit) text += " LIMIT " + to_text(*query.limit);
  if (query.offset) text += " OFFSET " + to_text(*query.offset);
  return text;
}

std::string case_text(const std::vector<sql::Expression>& arguments) {
  std::string text = "CASE";
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
    text += " WHEN " + to_text(arguments[i]) + " THEN " + to_text(arguments[i + 1]);
  }
  const auto& otherwise = arguments.back();
  const bool is_written = otherwise.kind != Kind::literal || !sql::is_null(otherwise.value);
  return text + (is_written ? " ELSE " + to_text(otherwise) : "") + " END";
}

// How tightly an expression binds, as in PostgreSQL's grammar; larger is tighter.
int precedence(const sql::Expression& expression) {
  constexpr int atom = 100;
  if (expression.kind == Kind::in_list || expression.kind == Kind::between || expression.kind == Kind::in_query)
    return 5;
  if (expression.kind != Kind::operation) return atom;
  switch (expression.op) {
    case Operator::or_:
      return 1;
    case Operator::and_:
      return 2;
    case Operator::not_:
      return 3;
    case Operator::equal:
    case Operator::not_equal:
    case Operator::less:
    case Operator::less_equal:
    case Operator::greater:
    case Operator::greater_equal:
      return 4;
    case Operator::like:
    case Operator::not_like:
    case Operator::ilike:
    case Operator::not_ilike:
      return 5;
    case Operator::concatenate:
      return 6;
    case Operator::add:
    case Operator::subtract:
      return 7;
    case Operator::multiply:
    case Operator::divide:
    case Operator::modulo:
      return 8;
    case Operator::power:
      return 9;
    case Operator::negate:
      return 10;
    default:
      return 4;  // IS …
  }
}

// In parentheses where it binds less tightly than what it stands in.
std::string operand_text(const sql::Expression& operand, int least) {
  return precedence(operand) < least ? "(" + to_text(operand) + ")" : to_text(operand);
}

std::string operation_text(const sql::Expression& expression) {
  const auto& arguments = expression.arguments;
  const int own = precedence(expression);
  if (arguments.size() == 2) {
    // All operators group from the left; of AND and OR it does not matter.
    const bool associative = expression.op == Operator::and_ || expression.op == Operator::or_;
    const bool compares = own == 4;  // and does not group at all
    return operand_text(arguments[0], compares ? own + 1 : own) + " " + std::string(symbol(expression.op)) + " " +
           operand_text(arguments[1], associative ? own : own + 1);
  }
  if (expression.op == Operator::negate) return "-" + operand_text(arguments[0], own);
  if (expression.op == Operator::not_) return "NOT " + operand_text(arguments[0], own);
  return operand_text(arguments[0], own + 1) + " " + std::string(symbol(expression.op));
}

bool is_condition(const sql::Expression& expression) {
  if (expression.kind == Kind::in_list || expression.kind == Kind::between || expression.kind == Kind::in_query)
    return true;
  if (expression.kind != Kind::operation) return false;
  switch (expression.op) {
    case Operator::equal:
    case Operator::not_equal:
    case Operator::less:
    case Operator::less_equal:
    case Operator::greater:
    case Operator::greater_equal:
    case Operator::is_distinct:
    case Operator::is_not_distinct:
    case Operator::is_null:
    case Operator::is_not_null:
      return true;
    default:
      return false;
  }
}

bool has_value_of_its_own(const sql::Expression& expression) {
  return expression.kind != Kind::literal && expression.kind != Kind::row;
}

// With `whole_cases` a CASE is one operand, else those of its conditions and results are.
void collect_operands(const sql::Expression& expression, bool whole_cases,
                      std::vector<const sql::Expression*>& operands) {
  const bool connects =
      expression.kind == Kind::operation &&
      (expression.op == Operator::and_ || expression.op == Operator::or_ || expression.op == Operator::not_);
  if (connects || (expression.kind == Kind::case_ && !whole_cases)) {
    for (const auto& argument : expression.arguments) collect_operands(argument, whole_cases, operands);
  } else if (is_condition(expression)) {
    for (const auto& argument : expression.arguments) {
      if (has_value_of_its_own(argument)) operands.push_back(&argument);
    }
  } else if (has_value_of_its_own(expression)) {
    operands.push_back(&expression);
  }
}

using Values = std::vector<std::pair<std::string, std::string>>;

// Empty where they cannot be had.
Values values_of_operands(const sql::Statement& query, const store::Snapshot& snapshot, bool whole_cases) {
  // The same query, with the operands as its columns: they may need its groups and its FROM.
  auto with_operands = std::get<sql::Select>(query.body);
  std::vector<const sql::Expression*> operands;
  const auto targets = with_operands.targets;
  if (targets.size() != 1) return {};
  collect_operands(targets.front().expression, whole_cases, operands);
  with_operands.targets.clear();
  Values values;
  for (const auto* operand : operands) {
    auto text = to_text(*operand);
    if (std::ranges::find(values, text, &Values::value_type::first) != values.end()) continue;
    sql::Target target;
    target.expression = *operand;
    with_operands.targets.push_back(std::move(target));
    values.emplace_back(std::move(text), "");
  }
  if (operands.empty()) return {};
  store::QueryMemory memory;
  store::Evaluator evaluator(*query.source, snapshot, {}, memory);
  std::vector<sql::Tuple> rows;
  try {
    rows = evaluator.select(with_operands);
  } catch (const store::SqlError&) {
    return {};
  }
  if (rows.size() != 1) return {};
  for (std::size_t i = 0; i < values.size(); ++i) values[i].second = sql::to_string(rows.front()[i]);
  return values;
}

}  // namespace

std::string to_text(const sql::Expression& expression) {
  const auto& arguments = expression.arguments;
  const std::string negation = expression.negated ? "NOT " : "";
  switch (expression.kind) {
    case Kind::literal:
      return sql::to_sql(expression.value);
    case Kind::parameter:
      return ":" + expression.name;
    case Kind::column:
      return (expression.qualifier.empty() ? "" : expression.qualifier + ".") + expression.name;
    case Kind::operation:
      return operation_text(expression);
    case Kind::function:
      return (expression.name.empty() ? "coalesce" : expression.name) + "(" + list(arguments) + ")";
    case Kind::aggregate:
      return std::string(name_of(expression.aggregate)) + "(" + (expression.distinct ? "DISTINCT " : "") +
             (expression.aggregate == sql::Aggregate::count_star ? "*" : list(arguments)) + ")";
    case Kind::cast:
      return operand_text(arguments[0], 100) + "::" + sql::to_string(expression.type);
    case Kind::case_:
      return case_text(arguments);
    case Kind::in_list:
      return to_text(arguments[0]) + " " + negation + "IN (" +
             list(std::vector<sql::Expression>(arguments.begin() + 1, arguments.end())) + ")";
    case Kind::between:
      return to_text(arguments[0]) + " " + negation + "BETWEEN " + to_text(arguments[1]) + " AND " +
             to_text(arguments[2]);
    case Kind::row:
      return "(" + list(arguments) + ")";
    case Kind::scalar_query:
      return "(" + query_text(*expression.query) + ")";
    case Kind::exists_query:
      return "EXISTS (" + query_text(*expression.query) + ")";
    case Kind::in_query:
      return list(arguments) + " " + negation + "IN (" + query_text(*expression.query) + ")";
    case Kind::default_:
      return "DEFAULT";
  }
  return "?";
}

std::vector<std::pair<std::string, std::string>> explain(const sql::Statement& query, const store::Snapshot& snapshot) {
  // What a CASE guards may be an error on its own: CASE WHEN n > 0 THEN sum / n …
  auto values = values_of_operands(query, snapshot, false);
  return values.empty() ? values_of_operands(query, snapshot, true) : values;
}

bool mentions_column(const sql::Statement& query, std::string_view name) {
  bool found = false;
  store::relational::for_each_expression(query, [&](const sql::Expression& expression) {
    found = found || (expression.kind == Kind::column && expression.name == name);
  });
  return found;
}

}  // namespace gapless::explore
