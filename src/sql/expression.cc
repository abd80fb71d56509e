// Expressions of the grammar → ours. What the grammar has in several forms becomes one here: CASE x WHEN v, equality of
// rows and NOT IN are rewritten; chains of AND and OR become balanced trees, which are evaluated in the same order and
// keep the depth small.
#include <charconv>
#include <utility>

#include "base/check.h"
#include "sql/reader.h"
#include "sql/walk.h"

namespace gapless::sql {

namespace {

Expression literal(Value value, Offset at) {
  Expression result;
  result.at = at;
  // A string in quotes has no type yet: it becomes what it is compared with.
  result.type = std::holds_alternative<std::string>(value) ? Type::unknown : type_of(value);
  result.value = std::move(value);
  return result;
}

Expression operation_of(Operator op, std::vector<Expression> arguments, Offset at) {
  Expression result;
  result.kind = Expression::Kind::operation;
  result.op = op;
  result.arguments = std::move(arguments);
  result.at = at;
  return result;
}

// Copies share their sub-selects; each of ours must have its own, since the binder completes it.
std::size_t separate(Expression& expression);

std::size_t separate(Select& select) {
  std::size_t size = 1;
  walk(
      select, [&](Expression& expression) { size += separate(expression); },
      [&](std::shared_ptr<Select>& query) {
        query = std::make_shared<Select>(*query);
        size += separate(*query);
      });
  return size;
}

std::size_t separate(Expression& expression) {
  std::size_t size = 1;
  for (auto& argument : expression.arguments) size += separate(argument);
  if (expression.query) {
    expression.query = std::make_shared<Select>(*expression.query);
    size += separate(*expression.query);
  }
  return size;
}

std::optional<Operator> binary_operator(std::string_view name) {
  static constexpr std::pair<std::string_view, Operator> operators[] = {
      {"+", Operator::add},
      {"-", Operator::subtract},
      {"*", Operator::multiply},
      {"/", Operator::divide},
      {"%", Operator::modulo},
      {"^", Operator::power},
      {"||", Operator::concatenate},
      {"=", Operator::equal},
      {"<>", Operator::not_equal},
      {"<", Operator::less},
      {"<=", Operator::less_equal},
      {">", Operator::greater},
      {">=", Operator::greater_equal},
      {"~~", Operator::like},
      {"!~~", Operator::not_like},
      {"~~*", Operator::ilike},
      {"!~~*", Operator::not_ilike},
  };
  for (const auto& [text, op] : operators) {
    if (text == name) return op;
  }
  return std::nullopt;
}

}  // namespace

Reader::Level::Level(Reader& reader, const Node& node) : reader_(reader) {
  if (reader_.depth_ == deepest) node.refuse("this is nested deeper than " + std::to_string(deepest) + " levels");
  ++reader_.depth_;
}

void Reader::spend(std::size_t expressions, const Node& node) {
  spent_ += expressions;
  if (spent_ > most_expressions)
    node.refuse("a statement of more than " + std::to_string(most_expressions) + " parts is not supported");
}

Expression Reader::copy(const Expression& expression, const Node& node) {
  Expression result = expression;
  spend(separate(result), node);
  return result;
}

Expression Reader::expression(const Node& node) {
  const Level level(*this, node);
  spend(1, node);
  Expression result = inner_expression(node);
  node.done();
  return result;
}

Expression Reader::inner_expression(const Node& node) {
  if (node.is("A_Const")) return constant(node);
  if (node.is("ColumnRef")) return column(node);
  if (node.is("ParamRef")) return parameter(node);
  if (node.is("A_Expr")) return operation(node);
  if (node.is("BoolExpr")) return boolean(node);
  if (node.is("NullTest") || node.is("BooleanTest")) return test(node);
  if (node.is("FuncCall")) return function(node);
  if (node.is("SQLValueFunction")) return value_function(node);
  if (node.is("CoalesceExpr")) return list_function(node, Function::coalesce);
  if (node.is("MinMaxExpr"))
    return list_function(node, node.text("op") == "IS_GREATEST" ? Function::greatest : Function::least);
  if (node.is("CaseExpr")) return case_(node);
  if (node.is("SubLink")) return sub_link(node);
  if (node.is("TypeCast")) return cast(node);
  if (node.is("SetToDefault")) {
    Expression result;
    result.kind = Expression::Kind::default_;
    result.at = node.at();
    return result;
  }
  const Construct construct = construct_of(node.type(), "");
  node.not_supported(construct.name, construct.alternative);
}

std::vector<Expression> Reader::expressions(const std::vector<Node>& nodes) {
  std::vector<Expression> result;
  result.reserve(nodes.size());
  for (const Node& node : nodes) result.push_back(expression(node));
  return result;
}

namespace {

// PostgreSQL's grammar folds `- 5` into one constant, and libpg_query's JSON writes no negative integer: it looks like
// 0. So what it was is read where it stands: signs, blanks, comments and parentheses, then digits.
std::int32_t folded_negative(std::string_view text, std::size_t at) {
  bool negative = false;
  while (at < text.size() && (text[at] < '0' || text[at] > '9')) {
    if (text.substr(at, 2) == "--") {
      at = text.find('\n', at);
    } else if (text.substr(at, 2) == "/*") {
      at = text.find("*/", at) + 1;
    } else if (text[at] == '-') {
      negative = !negative;
    }
    if (at >= text.size()) return 0;
    ++at;
  }
  std::int32_t value = 0;
  if (at < text.size()) std::from_chars(text.data() + at, text.data() + text.size(), value);
  return negative ? -value : value;
}

}  // namespace

Expression Reader::constant(const Node& node) {
  if (node.flag("isnull")) return literal(Null(), node.at());
  if (const auto number = node.bare("ival", "Integer")) {
    auto value = static_cast<std::int32_t>(number->number("ival"));
    number->done();
    if (value == 0) value = folded_negative(source_->text, node.at());
    return literal(value, node.at());
  }
  if (const auto truth = node.bare("boolval", "Boolean")) {
    const bool value = truth->flag("boolval");
    truth->done();
    return literal(value, node.at());
  }
  if (const auto text = node.bare("sval", "String")) {
    std::string value = text->text("sval");
    text->done();
    return literal(std::move(value), node.at());
  }
  if (const auto number = node.bare("fval", "Float")) {
    const std::string digits = number->text("fval");
    number->done();
    // An integer that does not fit int4 comes as a "float"; -2147483648 does fit.
    std::int64_t whole = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
    if (error == std::errc() && end == digits.data() + digits.size()) {
      if (std::in_range<std::int32_t>(whole)) return literal(static_cast<std::int32_t>(whole), node.at());
      return literal(whole, node.at());
    }
    const auto decimal = Decimal::parse(digits);
    if (!decimal) node.refuse("the number " + digits + " is too large or too small");
    return literal(*decimal, node.at());
  }
  node.not_supported("a bit string", "use text or integers");
}

Expression Reader::column(const Node& node) {
  std::vector<std::string> names;
  for (const Node& field : node.children("fields")) {
    if (field.is("A_Star")) node.refuse("'*' is possible only in the list of a SELECT or RETURNING");
    names.push_back(field.text("sval"));
    field.done();
  }
  if (names.size() > 2) node.not_supported("a name of three parts", "give the table an alias");
  Expression result;
  result.kind = Expression::Kind::column;
  result.at = node.at();
  result.name = names.back();
  if (names.size() == 2) result.qualifier = names.front();
  return result;
}

Expression Reader::parameter(const Node& node) {
  const auto number = static_cast<std::size_t>(node.number("number"));
  check(number >= 1 && number <= parameters_.size(), "every $n stands for a parameter that was rewritten");
  Expression result;
  result.kind = Expression::Kind::parameter;
  result.at = node.at();
  result.index = number - 1;
  result.name = parameters_[result.index];
  return result;
}

Expression Reader::operation(const Node& node) {
  const std::string kind = node.text("kind");
  if (kind == "AEXPR_IN") return in_list(node);
  if (kind == "AEXPR_BETWEEN" || kind == "AEXPR_NOT_BETWEEN") {
    node.names("name");
    return between(node, kind == "AEXPR_NOT_BETWEEN");
  }
  const auto names = node.names("name");
  if (names.size() != 1) node.not_supported("OPERATOR(…)", "write the operator itself");
  const std::string& name = names.front();
  if (kind == "AEXPR_DISTINCT") return binary(node, Operator::is_distinct);
  if (kind == "AEXPR_NOT_DISTINCT") return binary(node, Operator::is_not_distinct);
  if (kind == "AEXPR_NULLIF") {
    Expression result;
    result.kind = Expression::Kind::function;
    result.function = Function::nullif;
    result.name = "nullif";
    result.at = node.at();
    result.arguments = {expression(node.required("lexpr")), expression(node.required("rexpr"))};
    return result;
  }
  if (kind == "AEXPR_OP_ANY" || kind == "AEXPR_OP_ALL")
    node.not_supported("ANY or ALL over an array", "write IN (…, …) or IN (SELECT …)");
  if (kind == "AEXPR_SIMILAR") node.not_supported("SIMILAR TO", "use LIKE");
  if (kind != "AEXPR_OP" && kind != "AEXPR_LIKE" && kind != "AEXPR_ILIKE")
    node.not_supported(kind.find("BETWEEN") != std::string::npos ? "BETWEEN SYMMETRIC" : kind,
                       "write the smaller bound first");
  if (!node.has("lexpr")) {
    if (name != "-") node.not_supported("the prefix operator " + name, name == "+" ? "leave it out" : "");
    return operation_of(Operator::negate, {expression(node.required("rexpr"))}, node.at());
  }
  const auto op = binary_operator(name);
  if (!op) node.not_supported("the operator " + name, name.starts_with('~') ? "use LIKE" : "");
  return binary(node, *op);
}

Expression Reader::binary(const Node& node, Operator op) {
  const Node left = node.required("lexpr");
  const Node right = node.required("rexpr");
  if (!left.is("RowExpr") && !right.is("RowExpr"))
    return operation_of(op, {expression(left), expression(right)}, node.at());
  if (op != Operator::equal && op != Operator::not_equal)
    node.not_supported("comparison of rows other than by = and <>", "compare the columns one by one");
  return rows_equal(node, row(left), row(right), op == Operator::not_equal);
}

std::vector<Expression> Reader::row(const Node& node) {
  std::vector<Expression> result;
  if (!node.is("RowExpr")) {
    result.push_back(expression(node));
    return result;
  }
  const Level level(*this, node);
  node.text("row_format");
  result = expressions(node.children("args"));
  node.done();
  return result;
}

// (a, b) = (c, d) is a = c AND b = d, and (a, b) <> (c, d) is a <> c OR b <> d.
Expression Reader::rows_equal(const Node& node, std::vector<Expression> left, std::vector<Expression> right,
                              bool negated) {
  if (left.size() != right.size()) node.refuse("unequal number of entries in row expressions");
  if (left.empty()) node.not_supported("a row of no columns");
  std::vector<Expression> pairs;
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::vector<Expression> arguments;
    arguments.push_back(std::move(left[i]));
    arguments.push_back(std::move(right[i]));
    pairs.push_back(operation_of(negated ? Operator::not_equal : Operator::equal, std::move(arguments), node.at()));
  }
  return combined(negated ? Operator::or_ : Operator::and_, std::move(pairs), node.at());
}

Expression Reader::combined(Operator op, std::vector<Expression> parts, Offset at) {
  check(!parts.empty(), "AND and OR have operands");
  while (parts.size() > 1) {
    std::vector<Expression> halves;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
      std::vector<Expression> two;
      two.push_back(std::move(parts[i]));
      two.push_back(std::move(parts[i + 1]));
      halves.push_back(operation_of(op, std::move(two), at));
    }
    if (parts.size() % 2 == 1) halves.push_back(std::move(parts.back()));
    parts = std::move(halves);
  }
  return std::move(parts.front());
}

Expression Reader::in_list(const Node& node) {
  const bool negated = node.names("name") == std::vector<std::string>{"<>"};
  const Node left = node.required("lexpr");
  const Node list = node.required("rexpr");
  check(list.is("List"), "IN without a sub-select has a list");
  const auto items = list.children("items");
  list.done();
  if (left.is("RowExpr")) {
    const auto tuple = row(left);
    std::vector<Expression> alternatives;
    for (const Node& item : items) {
      std::vector<Expression> again;
      for (const auto& part : tuple) again.push_back(copy(part, node));
      alternatives.push_back(rows_equal(node, std::move(again), row(item), negated));
    }
    return combined(negated ? Operator::and_ : Operator::or_, std::move(alternatives), node.at());
  }
  Expression result;
  result.kind = Expression::Kind::in_list;
  result.at = node.at();
  result.negated = negated;
  result.arguments.push_back(expression(left));
  for (const Node& item : items) result.arguments.push_back(expression(item));
  return result;
}

Expression Reader::between(const Node& node, bool negated) {
  Expression result;
  result.kind = Expression::Kind::between;
  result.at = node.at();
  result.negated = negated;
  result.arguments.push_back(expression(node.required("lexpr")));
  const Node bounds = node.required("rexpr");
  for (const Node& bound : bounds.children("items")) result.arguments.push_back(expression(bound));
  bounds.done();
  check(result.arguments.size() == 3, "BETWEEN has two bounds");
  return result;
}

Expression Reader::boolean(const Node& node) {
  const std::string kind = node.text("boolop");
  auto parts = expressions(node.children("args"));
  if (kind == "AND_EXPR") return combined(Operator::and_, std::move(parts), node.at());
  if (kind == "OR_EXPR") return combined(Operator::or_, std::move(parts), node.at());
  check(kind == "NOT_EXPR" && parts.size() == 1, "a BoolExpr is AND, OR or NOT");
  if (parts.front().kind == Expression::Kind::in_query) {
    parts.front().negated = !parts.front().negated;
    return std::move(parts.front());
  }
  return operation_of(Operator::not_, std::move(parts), node.at());
}

Expression Reader::test(const Node& node) {
  static constexpr std::pair<std::string_view, Operator> tests[] = {
      {"IS_NULL", Operator::is_null},       {"IS_NOT_NULL", Operator::is_not_null},
      {"IS_TRUE", Operator::is_true},       {"IS_NOT_TRUE", Operator::is_not_true},
      {"IS_FALSE", Operator::is_false},     {"IS_NOT_FALSE", Operator::is_not_false},
      {"IS_UNKNOWN", Operator::is_unknown}, {"IS_NOT_UNKNOWN", Operator::is_not_unknown},
  };
  const std::string kind = node.text(node.is("NullTest") ? "nulltesttype" : "booltesttype");
  for (const auto& [name, op] : tests) {
    if (name == kind) return operation_of(op, {expression(node.required("arg"))}, node.at());
  }
  node.not_supported(kind);
}

Expression Reader::case_(const Node& node) {
  Expression result;
  result.kind = Expression::Kind::case_;
  result.at = node.at();
  std::optional<Expression> subject;
  if (const auto argument = node.child("arg")) subject = expression(*argument);
  for (const Node& when : node.children("args")) {
    Expression condition = expression(when.required("expr"));
    if (subject) {
      std::vector<Expression> both;
      both.push_back(copy(*subject, when));
      both.push_back(std::move(condition));
      condition = operation_of(Operator::equal, std::move(both), when.at());
    }
    result.arguments.push_back(std::move(condition));
    result.arguments.push_back(expression(when.required("result")));
    when.done();
  }
  const auto otherwise = node.child("defresult");
  result.arguments.push_back(otherwise ? expression(*otherwise) : literal(Null(), node.at()));
  return result;
}

Expression Reader::sub_link(const Node& node) {
  if (!queries_refused_.empty()) node.refuse(queries_refused_);
  Expression result;
  result.at = node.at();
  const std::string kind = node.text("subLinkType");
  if (kind == "EXISTS_SUBLINK") {
    result.kind = Expression::Kind::exists_query;
  } else if (kind == "EXPR_SUBLINK") {
    result.kind = Expression::Kind::scalar_query;
  } else if (kind == "ANY_SUBLINK") {
    result.kind = Expression::Kind::in_query;
    const auto op = node.names("operName");
    if (!op.empty() && op != std::vector<std::string>{"="})
      node.not_supported("ANY (SELECT …) with an operator other than =", "use EXISTS (SELECT … WHERE …)");
    result.arguments = row(node.required("testexpr"));
  } else {
    node.not_supported(kind == "ALL_SUBLINK" ? "ALL (SELECT …)" : "ARRAY (SELECT …)",
                       kind == "ALL_SUBLINK" ? "use NOT EXISTS (SELECT … WHERE …)" : "");
  }
  const Node query = node.required("subselect");
  result.query = std::make_shared<Select>(select(query));
  return result;
}

Expression Reader::cast(const Node& node) {
  Expression result;
  result.kind = Expression::Kind::cast;
  const Node operand = node.required("arg");
  const auto name = node.bare("typeName", "TypeName");
  check(name.has_value(), "a cast has a type");
  const TypeName type = type_name(*name);
  // `int '5'` has no place of its own.
  result.at = operand.at();
  if (type.serial) name->refuse("type " + type.name + " exists only in CREATE TABLE");
  if (type.type == Type::text && type.precision >= 0) name->not_supported("a cast to varchar(n)", "use left(…, n)");
  result.arguments.push_back(expression(operand));
  result.type = type.type;
  result.name = type.name;
  result.precision = type.precision;
  result.scale = type.scale;
  return result;
}

std::string column_name(const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::column:
    case Expression::Kind::function:
    case Expression::Kind::aggregate:
      return expression.name;
    case Expression::Kind::exists_query:
      return "exists";
    case Expression::Kind::cast: {
      const std::string inner = column_name(expression.arguments.front());
      return inner == "?column?" || inner == "case" ? expression.name : inner;
    }
    case Expression::Kind::case_: {
      // A type's name is weaker than "case", a column's or function's is stronger.
      const Expression& otherwise = expression.arguments.back();
      const std::string inner = column_name(otherwise);
      const bool weak = otherwise.kind == Expression::Kind::cast && inner == otherwise.name;
      return inner == "?column?" || weak ? "case" : inner;
    }
    case Expression::Kind::scalar_query: {
      const auto& targets = expression.query->targets;
      return targets.empty() || targets.front().star ? "?column?" : targets.front().name;
    }
    default:
      return "?column?";
  }
}

}  // namespace gapless::sql
