// Expressions: a walk over the tree. Conditions are computed as Truth (evaluate_condition.cc), everything else as
// Value; values that lie in a row, a literal or a parameter are looked at in place. The parser bounds the depth of the
// recursion.
#include <algorithm>

#include "base/check.h"
#include "store/relational/evaluate_aggregate.h"
#include "store/relational/evaluate_computation.h"

namespace gapless::store {

namespace {

using sql::Expression;
using sql::Function;
using sql::Operator;
using Kind = Expression::Kind;

const Value null_value = sql::Null{};

// A text without a type becomes what stands beside it; or an interval, where it is added to an instant, and a number,
// where an interval is multiplied or divided by it. A value of that type.
const Value& beside(Operator op, const Value& value) {
  static const Value interval = sql::Interval{};
  static const Value number = Decimal(0);
  if (op == Operator::add && std::holds_alternative<sql::Timestamp>(value)) return interval;
  const bool scales = op == Operator::multiply || op == Operator::divide;
  return scales && std::holds_alternative<sql::Interval>(value) ? number : value;
}

}  // namespace

Value Computation::value(const Expression& expression, const Scope& scope) {
  Value room;
  const Value& result = look(expression, scope, room);
  return &result == &room ? std::move(room) : result;
}

const Value& Computation::look(const Expression& expression, const Scope& scope, Value& room) {
  if (const Value* there = in_place(expression, scope)) return *there;
  if (is_condition(expression)) return room = value_of(truth(expression, scope));
  switch (expression.kind) {
    case Kind::operation:
      return room = operation(expression, scope);
    case Kind::function:
      return room = function(expression, scope);
    case Kind::aggregate:
      return room = aggregate(expression, scope);
    case Kind::case_:
      return room = case_value(expression, scope);
    case Kind::scalar_query:
      return room = scalar_query(expression, scope);
    case Kind::cast:
      return room = cast(value(expression.arguments[0], scope), expression.type, expression.precision, expression.scale,
                         place(expression));
    case Kind::default_:
      place(expression).wrong("DEFAULT is only allowed as a value of INSERT or UPDATE … SET");
    default:
      check(false, "rows are taken apart by the parser, and every other kind of expression has a value");
      return null_value;
  }
}

// Where the expression's value lies already; nullptr if it has to be computed.
const Value* Computation::in_place(const Expression& expression, const Scope& scope) const {
  switch (expression.kind) {
    case Kind::literal:
      return &expression.value;
    case Kind::parameter:
      check(expression.index < parameters_.size(), "every parameter has a value");
      return &parameters_[expression.index];
    case Kind::column:
      return &column(expression, scope);
    default:
      return nullptr;
  }
}

const Value& Computation::column(const Expression& expression, const Scope& scope) const {
  const auto& slot = expression.slot;
  const Scope* at = &scope;
  for (std::size_t depth = slot.depth; depth > 0; --depth) {
    at = at->outer;
    check(at != nullptr, "a column's query is around it");
  }
  check(slot.item < at->tuples.size(), "a column's table stands in its query");
  const Tuple* tuple = at->tuples[slot.item];
  if (tuple == nullptr) return null_value;
  check(slot.column < tuple->size(), "a column is in its row");
  return (*tuple)[slot.column];
}

Value Computation::operation(const Expression& expression, const Scope& scope) {
  Value room_a;
  const Value& a = look(expression.arguments[0], scope, room_a);
  if (expression.op == Operator::negate) return is_null(a) ? a : store::negated(a, place(expression));
  Value room_b;
  const Value& b = look(expression.arguments[1], scope, room_b);
  if (is_null(a) || is_null(b)) return sql::Null{};
  if (expression.op == Operator::concatenate) {
    const bool texts = is_text(a) || is_text(b);
    if (!texts) {
      place(expression)
          .wrong("operator does not exist: " + sql::to_string(sql::type_of(a)) + " || " +
                 sql::to_string(sql::type_of(b)) + " (one side must be a text)");
    }
    return text_of(a) + text_of(b);
  }
  Value read_a;
  Value read_b;
  return arithmetic(expression.op, adapted({expression.arguments[0], a}, beside(expression.op, b), read_a),
                    adapted({expression.arguments[1], b}, beside(expression.op, a), read_b), place(expression));
}

Value Computation::function(const Expression& expression, const Scope& scope) {
  const auto& arguments = expression.arguments;
  switch (expression.function) {
    case Function::coalesce:
      for (const auto& argument : arguments) {
        Value result = value(argument, scope);
        if (!is_null(result)) return unified(std::move(result), expression.type, place(argument));
      }
      return sql::Null{};
    case Function::greatest:
    case Function::least:
      return extreme(expression, scope);
    case Function::nullif:
      return compared(Operator::equal, arguments[0], arguments[1], scope, place(expression)) == Truth::yes
                 ? Value(sql::Null{})
                 : value(arguments[0], scope);
    case Function::concat: {
      std::string text;
      Value room;
      for (const auto& argument : arguments) {
        const Value& part = look(argument, scope, room);
        if (!is_null(part)) text += sql::to_string(part);
      }
      return text;
    }
    default:
      break;
  }
  std::vector<Value> values;
  values.reserve(arguments.size());
  for (const auto& argument : arguments) {
    values.push_back(value(argument, scope));
    if (is_null(values.back())) return sql::Null{};
  }
  if (expression.function >= Function::advisory_lock) return lock_call(expression, std::move(values));
  if (expression.function == Function::current_setting) return snapshot_.default_isolation();
  if (expression.function == Function::now || expression.function == Function::clock_timestamp ||
      expression.function == Function::statement_timestamp) {
    return snapshot_.now(expression.function);
  }
  return call(expression.function, values, place(expression));
}

// The key is one bigint or two integers, whatever the numbers' types were.
Value Computation::lock_call(const Expression& expression, std::vector<Value> key) const {
  const Type type = key.size() == 1 ? Type::bigint : Type::integer;
  for (Value& part : key) {
    const bool fits = std::holds_alternative<std::int32_t>(part) || std::holds_alternative<std::string>(part) ||
                      (type == Type::bigint && std::holds_alternative<std::int64_t>(part));
    if (!fits) {
      place(expression)
          .wrong("function " + expression.name + "(" + sql::to_string(sql::type_of(part)) + ") does not exist");
    }
    part = cast(part, type, -1, -1, place(expression));
  }
  return snapshot_.call(expression.function, key);
}

// greatest and least, which pass over NULLs.
Value Computation::extreme(const Expression& expression, const Scope& scope) {
  Value best;
  for (const auto& argument : expression.arguments) {
    Value next = unified(value(argument, scope), expression.type, place(argument));
    if (is_null(next)) continue;
    if (!is_null(best)) {
      const auto order = compare(next, best, place(argument));
      if (expression.function == Function::greatest ? order <= 0 : order >= 0) continue;
    }
    best = std::move(next);
  }
  return best;
}

Value Computation::case_value(const Expression& expression, const Scope& scope) {
  const auto& arguments = expression.arguments;
  check(arguments.size() % 2 == 1, "CASE has pairs and an ELSE");
  std::size_t i = 0;
  while (i + 1 < arguments.size() && truth(arguments[i], scope) != Truth::yes) i += 2;
  const Expression& result = i + 1 < arguments.size() ? arguments[i + 1] : arguments.back();
  return unified(value(result, scope), expression.type, place(result));
}

Value Computation::aggregate(const Expression& expression, const Scope& scope) {
  check(scope.group != nullptr, "an aggregate stands in an aggregated query");
  const auto& arguments = expression.arguments;
  Accumulator accumulator(expression, place(expression));
  for (std::size_t i = 0; i < scope.group->size(); ++i) {
    const Scope row{(*scope.group)[i], scope.outer, nullptr};
    Value room;
    Value delimiter;
    const Value& argument = arguments.empty() ? null_value : look(arguments[0], row, room);
    if (arguments.size() > 1) delimiter = value(arguments[1], row);
    accumulator.add(argument, delimiter);
  }
  return accumulator.result();
}

}  // namespace gapless::store
