// What stands in expressions: placeholders, the literals of PartiQL, paths.
#include <utility>

#include "base/check.h"
#include "store/document/dynamo/parser.h"
#include "store/document/dynamo/reserved.h"

namespace gapless::store::document::dynamo {
namespace {

Expression constant(Value value) { return {Expression::Kind::value, {}, {}, std::move(value), {}}; }

}  // namespace

Expression Parser::placeholder() {
  const std::string name = token().text;
  ++at_;
  terms_.used_values.insert(name);
  const Value* value = terms_.values == nullptr ? nullptr : find(*terms_.values, name);
  if (value == nullptr) {
    refuse("An expression attribute value used in expression is not defined; attribute value: " + name);
  }
  return constant(*value);
}

// Of PartiQL: 'text', 12, -1, TRUE, NULL, ?, [1, ?], {'a': 1}, <<'a', 'b'>>.
Expression Parser::literal() {
  if (take_sign("?")) {
    if (terms_.next_parameter >= terms_.parameters.size()) {
      refuse("there are more ? than parameters: " + std::to_string(terms_.parameters.size()));
    }
    return constant(terms_.parameters[terms_.next_parameter++]);
  }
  if (take_sign("[")) return list();
  if (take_sign("{")) return map();
  if (take_sign("<<")) return set();
  if (take_word("TRUE")) return constant(true);
  if (take_word("FALSE")) return constant(false);
  if (take_word("NULL")) return constant(Null{});
  const bool negative = take_sign("-");
  const Token here = token();
  const bool is_text = here.kind == Token::Kind::text && !negative;
  if (!is_text && here.kind != Token::Kind::number) refuse_here();
  ++at_;
  if (is_text) return constant(here.text);
  const auto number = Decimal::parse(here.text);
  check(number.has_value(), "digits are a number");
  return constant(negative ? -*number : *number);
}

// A list of values is a value; with paths in it, it is read with an item.
Expression Parser::list() {
  Expression all{Expression::Kind::list, {}, {}, {}, {}};
  if (!take_sign("]")) all.arguments = arguments("]");
  Array values;
  for (const auto& each : all.arguments) {
    if (each.kind != Expression::Kind::value) return all;
    values.push_back(each.value);
  }
  return constant(std::move(values));
}

Expression Parser::map() {
  Object object;
  while (!take_sign("}")) {
    if (!object.empty()) need_sign(",");
    const bool is_name = token().kind == Token::Kind::text || (token().kind == Token::Kind::word && token().quoted);
    if (!is_name) refuse_here("the name of an attribute stands in single quotes: {'code': ?}");
    const std::string name = token().text;
    ++at_;
    need_sign(":");
    const Expression value = operand();
    if (value.kind != Expression::Kind::value) refuse_here("an item is made of values");
    if (find(object, name) != nullptr) refuse("the attribute `" + name + "` is given twice");
    object.push_back({name, value.value});
  }
  return constant(std::move(object));
}

Expression Parser::set() {
  Set result;
  do {
    const Expression value = operand();
    if (value.kind != Expression::Kind::value) refuse_here("a set is made of values");
    result.members.push_back(value.value);
  } while (take_sign(","));
  need_sign(">>");
  return constant(std::move(result));
}

DocumentPath Parser::path() {
  DocumentPath result = {path_name()};
  for (;;) {
    if (take_sign(".")) {
      result.emplace_back(path_name());
    } else if (at_sign("[")) {
      ++at_;
      const auto index = token().kind == Token::Kind::number ? Decimal::parse(token().text) : std::nullopt;
      const bool fits = index && index->scale() == 0 && compare(*index, Decimal(1'000'000)) < 0;
      if (!fits) refuse_here("an index is a whole number: tags[0]");
      ++at_;
      result.emplace_back(static_cast<std::size_t>(*index->to_int64()));
      need_sign("]");
    } else {
      return result;
    }
  }
}

std::string Parser::path_name() {
  const Token here = token();
  if (here.kind == Token::Kind::name) {
    ++at_;
    terms_.used_names.insert(here.text);
    const Value* name = terms_.names == nullptr ? nullptr : find(*terms_.names, here.text);
    const auto* text = name == nullptr ? nullptr : get<std::string>(*name);
    if (text == nullptr) {
      refuse("An expression attribute name used in the document path is not defined; attribute name: " + here.text);
    }
    return *text;
  }
  if (here.kind != Token::Kind::word) refuse_here();
  if (notation_ == Notation::expression && is_reserved(here.text)) {
    refuse("Attribute name is a reserved keyword; reserved keyword: " + here.text + " (write #" + here.text +
           ", and ExpressionAttributeNames: {\"#" + here.text + "\": \"" + here.text + "\"})");
  }
  ++at_;
  return here.text;
}

}  // namespace gapless::store::document::dynamo
