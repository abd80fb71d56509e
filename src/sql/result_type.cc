// What PostgreSQL's operators and functions take and yield. Its double precision does not exist here: where it would
// answer so (power, sign, round of integers) the result is numeric.
#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/check.h"
#include "sql/literal.h"
#include "sql/type_rules.h"
#include "sql/types.h"

namespace gapless::sql {

namespace {

std::string_view symbol(Operator op) {
  static constexpr std::array<std::string_view, 21> symbols = {"+",
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
                                                               "IS DISTINCT FROM",
                                                               "IS NOT DISTINCT FROM",
                                                               "AND",
                                                               "OR",
                                                               "~~",
                                                               "!~~",
                                                               "~~*",
                                                               "!~~*"};
  const auto index = static_cast<std::size_t>(op);
  check(index < symbols.size(), "operators of two operands come first");
  return symbols[index];
}

class Typer {
 public:
  explicit Typer(const SourceText& source) : source_(source) {}

  Type operation(Expression& e) {
    switch (e.op) {
      case Operator::add:
      case Operator::subtract:
      case Operator::multiply:
      case Operator::divide:
      case Operator::modulo:
        return arithmetic(e);
      case Operator::power:
        return arithmetic(e) == Type::unknown ? Type::unknown : Type::numeric;
      case Operator::concatenate:
        return concatenate(e);
      case Operator::equal:
      case Operator::not_equal:
      case Operator::less:
      case Operator::less_equal:
      case Operator::greater:
      case Operator::greater_equal:
        require_comparable(e.arguments[0], e.arguments[1], symbol(e.op), e.at, source_);
        return Type::boolean;
      case Operator::is_distinct:
      case Operator::is_not_distinct:
        require_comparable(e.arguments[0], e.arguments[1], "=", e.at, source_);
        return Type::boolean;
      case Operator::and_:
      case Operator::or_:
        for (auto& argument : e.arguments) require_boolean(argument, symbol(e.op), source_);
        return Type::boolean;
      case Operator::like:
      case Operator::not_like:
      case Operator::ilike:
      case Operator::not_ilike:
        return like(e);
      case Operator::negate:
        return negate(e);
      case Operator::not_:
        require_boolean(e.arguments[0], "NOT", source_);
        return Type::boolean;
      case Operator::is_null:
      case Operator::is_not_null:
        adapt(e.arguments[0], Type::text, source_);
        return Type::boolean;
      case Operator::is_true:
      case Operator::is_not_true:
      case Operator::is_false:
      case Operator::is_not_false:
      case Operator::is_unknown:
      case Operator::is_not_unknown:
        require_boolean(e.arguments[0], "IS TRUE", source_);
        return Type::boolean;
    }
    check(false, "every operator has a type");
    return Type::unknown;
  }

  Type aggregate(Expression& e) {
    if (e.aggregate == Aggregate::count_star) return Type::bigint;
    Expression& argument = e.arguments.front();
    if (is_untyped_string(argument)) adapt(argument, Type::text, source_);
    const Type type = argument.type;
    switch (e.aggregate) {
      case Aggregate::count:
        return Type::bigint;
      case Aggregate::sum:
        if (type == Type::interval) return type;
        if (type != Type::unknown && !is_number(type)) no_function(e);
        return type == Type::unknown ? type : type == Type::integer ? Type::bigint : Type::numeric;
      case Aggregate::avg:
        if (type == Type::interval) return type;
        if (type != Type::unknown && !is_number(type)) no_function(e);
        return type == Type::unknown ? type : Type::numeric;
      case Aggregate::min:
      case Aggregate::max:
        if (type == Type::boolean || type == Type::status) no_function(e);
        return type;
      case Aggregate::bool_and:
      case Aggregate::bool_or:
        if (type != Type::unknown && type != Type::boolean) no_function(e);
        return Type::boolean;
      default:
        break;
    }
    check(false, "every aggregate that is parsed has a type");
    return Type::unknown;
  }

  Type function(Expression& e) {
    auto& arguments = e.arguments;
    switch (e.function) {
      case Function::coalesce:
        return unify_arguments(e, "COALESCE");
      case Function::greatest:
        return unify_arguments(e, "GREATEST");
      case Function::least:
        return unify_arguments(e, "LEAST");
      case Function::nullif:
        require_comparable(arguments[0], arguments[1], "=", e.at, source_);
        return arguments[0].type;
      case Function::abs:
      case Function::mod:
        return same_number(e);
      case Function::sign:
      case Function::floor:
      case Function::ceil:
      case Function::power:
        return same_number(e) == Type::unknown ? Type::unknown : Type::numeric;
      case Function::round:
      case Function::trunc:
        take(e, 0, Type::numeric);
        if (arguments.size() > 1) take(e, 1, Type::integer);
        return Type::numeric;
      case Function::length:
      case Function::strpos:
        take_all(e, Type::text);
        return Type::integer;
      case Function::lower:
      case Function::upper:
      case Function::replace:
      case Function::trim:
        take_all(e, Type::text);
        return Type::text;
      case Function::substring:
      case Function::left:
      case Function::right:
        take(e, 0, Type::text);
        for (std::size_t i = 1; i < arguments.size(); ++i) take(e, i, Type::integer);
        return Type::text;
      case Function::concat:
        for (auto& argument : arguments) adapt(argument, Type::text, source_);
        return Type::text;
      case Function::date_trunc:
        take(e, 0, Type::text);
        if (arguments[1].type == Type::date) wrap_in_cast(arguments[1], Type::timestamp);
        take(e, 1, Type::timestamp);
        return Type::timestamp;
      case Function::extract:
        return extract(e);
      case Function::make_interval:
        for (std::size_t i = 0; i < 6; ++i) take(e, i, Type::integer);
        take(e, 6, Type::numeric);
        return Type::interval;
      case Function::current_setting:
        take(e, 0, Type::text);
        if (arguments[0].value != Value(std::string("default_transaction_isolation")))
          throw ModelError(source_, e.at, "current_setting is supported for 'default_transaction_isolation' only");
        return Type::text;
      case Function::hashtext:
        take(e, 0, Type::text);
        return Type::integer;
      case Function::advisory_lock:
      case Function::advisory_lock_shared:
      case Function::advisory_xact_lock:
      case Function::advisory_xact_lock_shared:
        take_all(e, arguments.size() == 1 ? Type::bigint : Type::integer);
        return Type::text;  // void, which is an empty text
      case Function::try_advisory_lock:
      case Function::try_advisory_lock_shared:
      case Function::try_advisory_xact_lock:
      case Function::try_advisory_xact_lock_shared:
      case Function::advisory_unlock:
      case Function::advisory_unlock_shared:
        take_all(e, arguments.size() == 1 ? Type::bigint : Type::integer);
        return Type::boolean;
      case Function::advisory_unlock_all:
        return Type::text;
      case Function::now:
      case Function::clock_timestamp:
      case Function::statement_timestamp:
        return Type::timestamp;
    }
    check(false, "every function has a type");
    return Type::unknown;
  }

  Type case_(Expression& e) {
    std::vector<Expression*> results;
    for (std::size_t i = 0; i + 1 < e.arguments.size(); i += 2) {
      require_boolean(e.arguments[i], "CASE/WHEN", source_);
      results.push_back(&e.arguments[i + 1]);
    }
    results.push_back(&e.arguments.back());
    return unify(results, "CASE", source_);
  }

  // x IN (a, b) and x BETWEEN a AND b: x is compared with each.
  Type compared_with_all(Expression& e, std::string_view op) {
    auto& arguments = e.arguments;
    // A string on the left takes the type of the first that has one.
    for (std::size_t i = 1; i < arguments.size(); ++i) adapt(arguments[0], arguments[i].type, source_);
    for (std::size_t i = 1; i < arguments.size(); ++i)
      require_comparable(arguments[0], arguments[i], op, arguments[i].at, source_);
    return Type::boolean;
  }

  void cast(Expression& e) {
    Expression& argument = e.arguments.front();
    if (is_untyped_string(argument)) {
      adapt(argument, e.type, source_);
      if (e.precision < 0) {
        Expression value = std::move(argument);
        value.at = e.at;
        e = std::move(value);
      }
      return;
    }
    if (!castable(argument.type, e.type))
      throw ModelError(source_, e.at, "cannot cast type " + to_string(argument.type) + " to " + to_string(e.type));
  }

 private:
  static bool castable(Type from, Type to) {
    if (from == Type::unknown || from == to || from == Type::text || to == Type::text) return true;
    if (is_number(from) && is_number(to)) return true;
    if (from == Type::status) return is_number(to);
    if (from == Type::date || from == Type::timestamp) return to == Type::date || to == Type::timestamp;
    return (from == Type::integer && to == Type::boolean) || (from == Type::boolean && to == Type::integer);
  }

  Type arithmetic(Expression& e) {
    Expression& left = e.arguments[0];
    Expression& right = e.arguments[1];
    // Two strings could be anything; PostgreSQL calls the operator not unique.
    if (is_untyped_string(left) && right.type == Type::unknown) no_operator(e);
    if (is_untyped_string(right) && left.type == Type::unknown) no_operator(e);
    for (const auto& argument : e.arguments) {
      if (argument.type == Type::timestamp || argument.type == Type::interval) return in_time(e);
    }
    if (left.type == Type::date || right.type == Type::date) return with_date(e);
    adapt(left, right.type, source_);
    adapt(right, left.type, source_);
    for (const auto& argument : e.arguments) {
      if (argument.type != Type::unknown && !is_number(argument.type)) no_operator(e);
    }
    if (is_open(left) || is_open(right)) return Type::unknown;
    return wider(left.type, right.type);
  }

  // Where a timestamp or an interval takes part. A string beside an instant is an interval for '+' and an instant for
  // '-'; beside an interval it is one, too, or the number that it is multiplied or divided by.
  Type in_time(Expression& e) {
    Expression& left = e.arguments[0];
    Expression& right = e.arguments[1];
    const bool plus = e.op == Operator::add;
    const bool scales = e.op == Operator::multiply || e.op == Operator::divide;
    if (!plus && e.op != Operator::subtract && !scales) no_operator(e);
    const auto beside = [&](Type type) { return scales ? Type::numeric : plus ? Type::interval : type; };
    adapt(left, beside(right.type), source_);
    adapt(right, beside(left.type), source_);
    const auto instant = [](Type type) { return type == Type::timestamp || type == Type::date; };
    const Type a = left.type;
    const Type b = right.type;
    if (scales) {
      const auto factor = [](Type type) { return type == Type::unknown || is_number(type); };
      const bool swapped = e.op == Operator::multiply && factor(a) && b == Type::interval;
      if (!swapped && !(a == Type::interval && factor(b))) no_operator(e);
      return Type::interval;
    }
    const bool open = a == Type::unknown || b == Type::unknown;
    const Type known = a == Type::unknown ? b : a;
    if (open && known == Type::interval) return !plus && b == Type::unknown ? Type::interval : Type::unknown;
    if (open) return plus ? Type::timestamp : a == Type::unknown ? Type::interval : Type::unknown;
    if (a == Type::interval && b == Type::interval) return Type::interval;
    if (instant(a) && b == Type::interval) return Type::timestamp;
    if (plus && a == Type::interval && instant(b)) return Type::timestamp;
    if (!plus && instant(a) && instant(b)) return Type::interval;
    no_operator(e);
  }

  // The parts that we know of an instant or an interval; the name of the part is written down, as in the standard form.
  Type extract(Expression& e) {
    take(e, 0, Type::text);
    const auto& field = e.arguments[0];
    const auto* name = std::get_if<std::string>(&field.value);
    static constexpr std::string_view of_days[] = {"year", "quarter", "month", "day", "epoch"};
    static constexpr std::string_view of_weeks[] = {"dow", "isodow", "doy"};
    static constexpr std::string_view of_time[] = {"hour", "minute", "second"};
    const auto is_one_of = [&](const auto& names) { return std::ranges::find(names, *name) != std::end(names); };
    if (field.kind != Expression::Kind::literal || name == nullptr ||
        (!is_one_of(of_days) && !is_one_of(of_weeks) && !is_one_of(of_time)))
      throw ModelError(source_, e.at,
                       "extract is supported for epoch, year, quarter, month, day, dow, isodow, doy, hour, minute and "
                       "second, written in small letters");
    const Type type = e.arguments[1].type;
    if (is_untyped_string(e.arguments[1])) no_function(e);
    if (type != Type::timestamp && type != Type::interval && type != Type::date && type != Type::unknown)
      no_function(e);
    if ((type == Type::interval && is_one_of(of_weeks)) || (type == Type::date && is_one_of(of_time)))
      throw ModelError(source_, e.at, "unit \"" + *name + "\" not supported for type " + to_string(type));
    return Type::numeric;
  }

  // date - date is a number of days; date + integer, integer + date and date - integer are dates. A string beside a
  // date is a date for '-'; for '+' it would have to be an interval or a time.
  Type with_date(Expression& e) {
    Expression& left = e.arguments[0];
    Expression& right = e.arguments[1];
    if (e.op == Operator::subtract) {
      adapt(left, Type::date, source_);
      adapt(right, Type::date, source_);
    }
    const auto days = [](Type type) { return type == Type::integer || type == Type::unknown; };
    const auto open = [](const Expression& operand) { return is_open(operand); };
    if (e.op == Operator::subtract && left.type == Type::date) {
      if (right.type == Type::date) return Type::integer;
      if (open(right)) return Type::unknown;
      if (days(right.type)) return Type::date;
    }
    if (e.op == Operator::subtract && open(left)) return Type::integer;
    const Expression& other = left.type == Type::date ? right : left;
    if (e.op == Operator::add && open(other)) return Type::unknown;  // it may be an interval
    if (e.op == Operator::add && days(other.type) && !is_untyped_string(other)) return Type::date;
    no_operator(e);
  }

  Type concatenate(Expression& e) {
    Expression& left = e.arguments[0];
    Expression& right = e.arguments[1];
    adapt(left, Type::text, source_);
    adapt(right, Type::text, source_);
    const bool texts = left.type == Type::text || right.type == Type::text;
    const bool unknown = left.type == Type::unknown || right.type == Type::unknown;
    if (!texts && !unknown) no_operator(e);
    return Type::text;
  }

  Type like(Expression& e) {
    for (auto& argument : e.arguments) {
      adapt(argument, Type::text, source_);
      if (argument.type != Type::text && argument.type != Type::unknown) no_operator(e);
    }
    return Type::boolean;
  }

  Type negate(Expression& e) {
    Expression& argument = e.arguments.front();
    if (is_untyped_string(argument)) adapt(argument, Type::numeric, source_);
    if (argument.type != Type::unknown && argument.type != Type::interval && !is_number(argument.type))
      throw ModelError(source_, e.at, "operator does not exist: - " + to_string(argument.type));
    return argument.type;
  }

  Type unify_arguments(Expression& e, std::string_view construct) {
    std::vector<Expression*> alternatives;
    for (auto& argument : e.arguments) alternatives.push_back(&argument);
    const Type type = unify(alternatives, construct, source_);
    return type;
  }

  Type same_number(Expression& e) {
    Type type = Type::unknown;
    bool open = false;
    for (auto& argument : e.arguments) {
      if (is_untyped_string(argument)) adapt(argument, Type::numeric, source_);
      if (argument.type != Type::unknown && !is_number(argument.type)) no_function(e);
      open = open || is_open(argument);
      if (argument.type != Type::unknown) type = wider(type, argument.type);
    }
    return open ? Type::unknown : type;
  }

  void take(Expression& e, std::size_t index, Type wanted) {
    Expression& argument = e.arguments[index];
    adapt(argument, wanted, source_);
    const Type type = argument.type;
    const bool narrower = is_number(type) && is_number(wanted) && wider(type, wanted) == wanted;
    if (type != Type::unknown && type != wanted && !narrower) no_function(e);
  }

  void take_all(Expression& e, Type wanted) {
    for (std::size_t i = 0; i < e.arguments.size(); ++i) take(e, i, wanted);
  }

  [[noreturn]] void no_operator(const Expression& e) const {
    throw ModelError(source_, e.at,
                     "operator does not exist: " + to_string(e.arguments[0].type) + " " + std::string(symbol(e.op)) +
                         " " + to_string(e.arguments[1].type));
  }

  [[noreturn]] void no_function(const Expression& e) const {
    std::string types;
    for (const auto& argument : e.arguments) types += (types.empty() ? "" : ", ") + to_string(argument.type);
    throw ModelError(source_, e.at, "function " + e.name + "(" + types + ") does not exist");
  }

  const SourceText& source_;
};

}  // namespace

void complete_type(Expression& expression, const SourceText& source) {
  Typer typer(source);
  switch (expression.kind) {
    case Expression::Kind::operation:
      expression.type = typer.operation(expression);
      break;
    case Expression::Kind::function:
      expression.type = typer.function(expression);
      break;
    case Expression::Kind::aggregate:
      expression.type = typer.aggregate(expression);
      break;
    case Expression::Kind::case_:
      expression.type = typer.case_(expression);
      break;
    case Expression::Kind::in_list:
      expression.type = typer.compared_with_all(expression, "=");
      break;
    case Expression::Kind::between:
      expression.type = typer.compared_with_all(expression, ">=");
      break;
    case Expression::Kind::cast:
      typer.cast(expression);
      break;
    default:
      break;
  }
}

}  // namespace gapless::sql
