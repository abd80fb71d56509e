// Conditions, in three-valued logic: comparisons, AND and OR, IN, BETWEEN, LIKE, IS ….
#include "store/relational/evaluate_computation.h"

namespace gapless::store {

namespace {

using sql::Expression;
using sql::Operator;
using Kind = Expression::Kind;

// A quoted literal and a parameter have no type of their own in PostgreSQL: they take that of what stands beside them.
bool is_untyped(const Expression& expression) {
  return expression.kind == Kind::literal || expression.kind == Kind::parameter;
}

// REQUIRES: it asks for an order.
bool satisfies(Operator op, std::strong_ordering order) {
  switch (op) {
    case Operator::less:
      return order < 0;
    case Operator::less_equal:
      return order <= 0;
    case Operator::greater:
      return order > 0;
    default:
      return order >= 0;
  }
}

bool is_so(Operator op, const Value& a, const Value& b, const Place& place) {
  const bool asks_equality = op == Operator::equal || op == Operator::is_not_distinct;
  if (asks_equality) return is_same(a, b, place);
  const bool asks_difference = op == Operator::not_equal || op == Operator::is_distinct;
  return asks_difference ? !is_same(a, b, place) : satisfies(op, compare(a, b, place));
}

}  // namespace

bool Computation::is_condition(const Expression& expression) {
  switch (expression.kind) {
    case Kind::in_list:
    case Kind::between:
    case Kind::exists_query:
    case Kind::in_query:
      return true;
    case Kind::operation:
      return expression.op >= Operator::equal && expression.op != Operator::negate;
    default:
      return false;
  }
}

Truth Computation::truth(const Expression& condition, const Scope& scope) {
  if (is_condition(condition)) {
    switch (condition.kind) {
      case Kind::in_list:
        return in_list(condition, scope);
      case Kind::between:
        return between(condition, scope);
      case Kind::exists_query:
        return exists_query(condition, scope);
      case Kind::in_query:
        return in_query(condition, scope);
      default:
        break;
    }
    return condition.op <= Operator::greater_equal ? comparison(condition, scope) : logic(condition, scope);
  }
  Value room;
  const Value& value = look(condition, scope, room);
  if (is_null(value)) return Truth::unknown;
  if (const auto* truth = std::get_if<bool>(&value)) return truth_of(*truth);
  if (is_untyped(condition) && std::holds_alternative<std::string>(value)) {
    return truth_of(std::get<bool>(unified(value, Type::boolean, place(condition))));
  }
  place(condition).wrong("a condition must be boolean, not " + sql::to_string(sql::type_of(value)));
}

Truth Computation::logic(const Expression& expression, const Scope& scope) {
  const auto argument = [&](std::size_t i) { return truth(expression.arguments[i], scope); };
  switch (expression.op) {
    case Operator::and_:
    case Operator::or_: {
      const Truth decides = truth_of(expression.op == Operator::or_);
      const Truth first = argument(0);
      if (first == decides) return decides;
      const Truth second = argument(1);
      return second == decides || first != Truth::unknown ? second : Truth::unknown;
    }
    case Operator::not_:
      return opposite(argument(0));
    case Operator::is_true:
      return truth_of(argument(0) == Truth::yes);
    case Operator::is_not_true:
      return truth_of(argument(0) != Truth::yes);
    case Operator::is_false:
      return truth_of(argument(0) == Truth::no);
    case Operator::is_not_false:
      return truth_of(argument(0) != Truth::no);
    case Operator::is_unknown:
      return truth_of(argument(0) == Truth::unknown);
    case Operator::is_not_unknown:
      return truth_of(argument(0) != Truth::unknown);
    case Operator::is_null:
    case Operator::is_not_null: {
      Value room;
      return truth_of(is_null(look(expression.arguments[0], scope, room)) == (expression.op == Operator::is_null));
    }
    case Operator::is_distinct:
    case Operator::is_not_distinct:
      return comparison(expression, scope);
    default:
      return likeness(expression, scope);
  }
}

Truth Computation::comparison(const Expression& expression, const Scope& scope) {
  const Expression& a = expression.arguments[0];
  const Expression& b = expression.arguments[1];
  return compared(expression.op, a, b, scope, place(expression));
}

// Most operands are columns, literals and parameters: then nothing is copied, built or destroyed.
Truth Computation::compared(Operator op, const Expression& a, const Expression& b, const Scope& scope,
                            const Place& at) {
  const Value* x = in_place(a, scope);
  const Value* y = in_place(b, scope);
  if (x != nullptr && y != nullptr) return related(op, {a, *x}, {b, *y}, at);
  Value room_a;
  Value room_b;
  if (x == nullptr) x = &look(a, scope, room_a);
  if (y == nullptr) y = &look(b, scope, room_b);
  return related(op, {a, *x}, {b, *y}, at);
}

Truth Computation::related(Operator op, const Operand& a, const Operand& b, const Place& at) const {
  if (is_null(a.value) || is_null(b.value)) {
    if (op == Operator::is_distinct) return truth_of(is_null(a.value) != is_null(b.value));
    if (op == Operator::is_not_distinct) return truth_of(is_null(a.value) == is_null(b.value));
    return Truth::unknown;
  }
  if (a.value.index() == b.value.index()) return truth_of(is_so(op, a.value, b.value, at));
  Value read_a;
  Value read_b;
  return truth_of(is_so(op, adapted(a, b.value, read_a), adapted(b, a.value, read_b), at));
}

// The value as the type of what stands beside it, if it is a text that has no type of its own.
const Value& Computation::adapted(const Operand& operand, const Value& beside, Value& room) const {
  const auto& [expression, value] = operand;
  if (!is_untyped(expression) || !std::holds_alternative<std::string>(value) || is_text(beside)) return value;
  return room = unified(value, sql::type_of(beside), place(expression));
}

Truth Computation::in_list(const Expression& expression, const Scope& scope) {
  Truth found = Truth::no;
  for (std::size_t i = 1; i < expression.arguments.size() && found != Truth::yes; ++i) {
    const Truth same =
        compared(Operator::equal, expression.arguments[0], expression.arguments[i], scope, place(expression));
    if (same != Truth::no) found = same;
  }
  return expression.negated ? opposite(found) : found;
}

Truth Computation::between(const Expression& expression, const Scope& scope) {
  const auto& arguments = expression.arguments;
  const Truth above = compared(Operator::greater_equal, arguments[0], arguments[1], scope, place(expression));
  Truth result = above;
  if (above != Truth::no) {
    const Truth below = compared(Operator::less_equal, arguments[0], arguments[2], scope, place(expression));
    if (below == Truth::no || above == Truth::yes) result = below;
  }
  return expression.negated ? opposite(result) : result;
}

Truth Computation::likeness(const Expression& expression, const Scope& scope) {
  Value room_text;
  Value room_pattern;
  const Value& text = look(expression.arguments[0], scope, room_text);
  const Value& pattern = look(expression.arguments[1], scope, room_pattern);
  if (is_null(text) || is_null(pattern)) return Truth::unknown;
  if (!is_text(text) || !is_text(pattern)) {
    place(expression)
        .wrong("LIKE compares texts, not " + sql::to_string(sql::type_of(text)) + " and " +
               sql::to_string(sql::type_of(pattern)));
  }
  if (sql::has_name(text_of(text)) || sql::has_name(text_of(pattern))) throw sql::NameUsed("LIKE looks into it");
  const Operator op = expression.op;
  const bool ignore_case = op == Operator::ilike || op == Operator::not_ilike;
  const bool negated = op == Operator::not_like || op == Operator::not_ilike;
  return truth_of(like(text_of(text), text_of(pattern), ignore_case) != negated);
}

}  // namespace gapless::store
