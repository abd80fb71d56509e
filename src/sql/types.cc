// Adapting and unifying. The types of operators and functions are in result_type.cc.
#include "sql/types.h"

#include <algorithm>

#include "base/check.h"
#include "sql/literal.h"
#include "sql/type_rules.h"

namespace gapless::sql {

bool is_number(Type type) { return type == Type::integer || type == Type::bigint || type == Type::numeric; }

Type wider(Type a, Type b) { return std::max(a, b); }  // integer < bigint < numeric

bool is_untyped_string(const Expression& expression) {
  return expression.kind == Expression::Kind::literal && expression.type == Type::unknown &&
         std::holds_alternative<std::string>(expression.value);
}

bool is_open(const Expression& expression) {
  return expression.type == Type::unknown && expression.kind != Expression::Kind::literal;
}

void wrap_in_cast(Expression& expression, Type type) {
  Expression cast;
  cast.kind = Expression::Kind::cast;
  cast.at = expression.at;
  cast.type = type;
  cast.name = to_string(type);
  cast.arguments.push_back(std::move(expression));
  expression = std::move(cast);
}

void adapt(Expression& expression, Type type, const SourceText& source) {
  if (!is_untyped_string(expression) || type == Type::unknown) return;
  const std::string& text = std::get<std::string>(expression.value);
  auto value = parse_value(text, type);
  if (!value)
    throw ModelError(source, expression.at, "invalid input syntax for type " + to_string(type) + ": \"" + text + "\"");
  expression.value = std::move(*value);
  expression.type = type;
}

void require_boolean(Expression& expression, std::string_view construct, const SourceText& source) {
  adapt(expression, Type::boolean, source);
  if (expression.type == Type::boolean || expression.type == Type::unknown) return;
  throw ModelError(
      source, expression.at,
      "argument of " + std::string(construct) + " must be type boolean, not type " + to_string(expression.type));
}

void require_number(Expression& expression, std::string_view construct, const SourceText& source) {
  adapt(expression, Type::bigint, source);
  if (is_number(expression.type) || expression.type == Type::unknown) return;
  throw ModelError(
      source, expression.at,
      "argument of " + std::string(construct) + " must be a number, not type " + to_string(expression.type));
}

namespace {

// `status` is both: an HTTP status among numbers, a condition name among texts.
bool comparable(Type a, Type b) {
  if (a == Type::unknown || b == Type::unknown || a == b) return true;
  if (is_number(a) && is_number(b)) return true;
  const auto in_time = [](Type type) { return type == Type::date || type == Type::timestamp; };
  if (in_time(a) && in_time(b)) return true;
  const auto like_status = [](Type type) { return type == Type::text || is_number(type); };
  return (a == Type::status && like_status(b)) || (b == Type::status && like_status(a));
}

// What a string becomes beside a value of this type.
Type type_beside(Type type) { return type == Type::unknown || type == Type::status ? Type::text : type; }

}  // namespace

void require_comparable(Expression& left, Expression& right, std::string_view op, Offset at, const SourceText& source) {
  adapt(left, type_beside(right.type), source);
  adapt(right, type_beside(left.type), source);
  if (comparable(left.type, right.type)) return;
  throw ModelError(
      source, at,
      "operator does not exist: " + to_string(left.type) + " " + std::string(op) + " " + to_string(right.type));
}

namespace {

// A literal number changes its type at once, anything else by a cast.
void convert(Expression& expression, Type type) {
  if (expression.type == type || expression.type == Type::unknown) return;
  if (expression.kind == Expression::Kind::literal) {
    auto value = parse_value(to_string(expression.value), type);
    check(value.has_value(), "a literal number fits a wider type");
    expression.value = std::move(*value);
    expression.type = type;
    return;
  }
  wrap_in_cast(expression, type);
}

}  // namespace

Type unify(std::span<Expression* const> alternatives, std::string_view construct, const SourceText& source) {
  Type common = Type::unknown;
  bool open = false;
  bool strings = false;
  for (const Expression* each : alternatives) {
    open = open || is_open(*each);
    strings = strings || is_untyped_string(*each);
    if (each->type == Type::unknown) continue;
    if (common == Type::unknown || (is_number(common) && is_number(each->type))) {
      common = wider(common, each->type);
    } else if (common != each->type) {
      throw ModelError(source, each->at,
                       std::string(construct) + " types " + to_string(common) + " and " + to_string(each->type) +
                           " cannot be matched");
    }
  }
  if (common == Type::unknown && strings) common = Type::text;
  if (common == Type::unknown) return common;
  for (Expression* each : alternatives) {
    adapt(*each, common, source);
    convert(*each, common);
  }
  // What a parameter will be is not known: an integer beside it may yet meet a numeric.
  return open && is_number(common) ? Type::unknown : common;
}

void assign_to_column(Expression& expression, const Column& column, const SourceText& source) {
  if (expression.kind == Expression::Kind::default_) return;
  adapt(expression, column.type, source);
  const Type type = expression.type;
  if (type == Type::unknown || type == column.type || (is_number(type) && is_number(column.type))) return;
  const bool in_time =
      (type == Type::date && column.type == Type::timestamp) || (type == Type::timestamp && column.type == Type::date);
  if (column.type == Type::text || in_time) return wrap_in_cast(expression, column.type);
  throw ModelError(source, expression.at,
                   "column \"" + column.name + "\" is of type " + to_string(column.type) +
                       " but expression is of type " + to_string(type));
}

}  // namespace gapless::sql
