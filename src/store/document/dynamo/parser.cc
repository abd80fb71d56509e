#include "store/document/dynamo/parser.h"

#include <algorithm>
#include <utility>

#include "store/document/dynamo/reserved.h"

namespace gapless::store::document::dynamo {
namespace {

using Kind = Expression::Kind;

constexpr std::size_t deepest = 50;
constexpr std::string_view comparisons[] = {"=", "<>", "!=", "<", "<=", ">", ">="};

Expression node(Kind kind, std::string word, std::vector<Expression> arguments) {
  return {kind, std::move(word), {}, {}, std::move(arguments)};
}

bool is_condition(const Expression& expression) {
  switch (expression.kind) {
    case Kind::path:
    case Kind::value:
    case Kind::list:
    case Kind::sum:
      return false;
    case Kind::call:
      return expression.word != "size" && expression.word != "if_not_exists";
    default:
      return true;
  }
}

}  // namespace

// One level deeper while it lives.
class Parser::Nested {
 public:
  explicit Nested(Parser& parser) : parser_(parser) {
    if (++parser_.depth_ > deepest) parser_.refuse("The expression is nested too deeply");
  }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;
  ~Nested() { --parser_.depth_; }

 private:
  Parser& parser_;
};

Parser::Parser(Notation notation, std::string label, std::string_view text, Terms& terms)
    : notation_(notation),
      label_(std::move(label)),
      text_(text),
      terms_(terms),
      tokens_(tokens_of(notation, label_, text)) {}

// ------------------------------------------------------------------------------------------------------ whole texts

Expression Parser::whole_condition() {
  Expression result = condition();
  if (!at_end()) refuse_here();
  check_condition(label_, result);
  return result;
}

std::vector<Change> Parser::whole_changes() {
  static const std::vector<std::pair<std::string_view, Change::Kind>> sections = {{"SET", Change::Kind::set},
                                                                                  {"REMOVE", Change::Kind::remove},
                                                                                  {"ADD", Change::Kind::add},
                                                                                  {"DELETE", Change::Kind::erase}};
  std::vector<Change> changes;
  std::set<std::string> seen;
  while (!at_end()) {
    const auto section = std::ranges::find_if(sections, [&](const auto& each) { return at_word(each.first); });
    if (section == sections.end())
      refuse_here(changes.empty() ? "an update begins with SET, REMOVE, ADD or DELETE" : "");
    check_section(section->first, seen);
    ++at_;
    do changes.push_back(change(section->second));
    while (take_sign(","));
  }
  check_changes(label_, changes);
  return changes;
}

std::vector<DocumentPath> Parser::whole_projection() {
  std::vector<DocumentPath> paths;
  do paths.push_back(path());
  while (take_sign(","));
  if (!at_end()) refuse_here();
  check_paths(label_, paths);
  return paths;
}

void Parser::check_section(std::string_view word, std::set<std::string>& seen) const {
  if (!seen.insert(std::string(word)).second) {
    refuse("The \"" + std::string(word) + "\" section can only be used once in an update expression;");
  }
}

Change Parser::change(Change::Kind kind) {
  Change result{kind, path(), {}};
  if (kind == Change::Kind::set) {
    need_sign("=");
    result.value = new_value();
  } else if (kind != Change::Kind::remove) {
    const bool is_value = token().kind == Token::Kind::value;
    if (!is_value)
      refuse_here(kind == Change::Kind::add ? "ADD takes a path and a value: ADD used :one"
                                            : "DELETE takes a path and a value: DELETE tags :gone");
    result.value = placeholder();
  }
  return result;
}

// ------------------------------------------------------------------------------------------------------- conditions

Expression Parser::condition() {
  const Nested nested(*this);
  Expression left = both();
  while (take_word("OR")) left = node(Kind::either, "OR", {std::move(left), both()});
  return left;
}

Expression Parser::both() {
  Expression left = single();
  while (take_word("AND")) left = node(Kind::both, "AND", {std::move(left), single()});
  return left;
}

Expression Parser::single() {
  const Nested nested(*this);
  if (take_word("NOT")) return node(Kind::negation, "NOT", {single()});
  if (at_sign("(") && opens_condition()) {
    ++at_;
    Expression inside = condition();
    need_sign(")");
    return inside;
  }
  return compared(operand());
}

// Whether the parenthesis here holds a condition: behind an operand in parentheses stands what compares it.
bool Parser::opens_condition() const {
  std::size_t open = 0;
  for (std::size_t i = at_; i < tokens_.size(); ++i) {
    const Token& each = tokens_[i];
    if (each.kind == Token::Kind::end) return true;
    const bool is_sign = each.kind == Token::Kind::sign;
    if (is_sign && each.text == "(") ++open;
    if (!(is_sign && each.text == ")") || --open > 0) continue;
    const std::size_t ahead = i + 1 - at_;
    const bool compares = std::ranges::any_of(comparisons, [&](auto sign) { return at_sign(sign, ahead); }) ||
                          at_word("BETWEEN", ahead) || at_word("IN", ahead) || at_word("IS", ahead) ||
                          at_sign("+", ahead) || at_sign("-", ahead);
    return !compares;
  }
  return true;
}

Expression Parser::compared(Expression left) {
  for (const std::string_view sign : comparisons) {
    if (sign == "!=" && notation_ == Notation::expression) continue;
    if (take_sign(sign))
      return node(Kind::compare, sign == "!=" ? "<>" : std::string(sign), {std::move(left), operand()});
  }
  if (take_word("BETWEEN")) {
    Expression low = operand();
    need_word("AND");
    return node(Kind::between, "BETWEEN", {std::move(left), std::move(low), operand()});
  }
  if (take_word("IN")) {
    const bool brackets = notation_ == Notation::partiql && take_sign("[");
    if (!brackets) need_sign("(");
    auto all = arguments(brackets ? "]" : ")");
    all.insert(all.begin(), std::move(left));
    return node(Kind::in, "IN", std::move(all));
  }
  if (notation_ == Notation::partiql && take_word("IS")) return is_what(std::move(left));
  if (!is_condition(left)) refuse_here(at_end() ? "this is a value, and no condition" : "");
  return left;
}

Expression Parser::is_what(Expression left) {
  const bool negated = take_word("NOT");
  const bool missing = take_word("MISSING");
  if (!missing) need_word("NULL");
  Expression result = node(Kind::call, missing ? "is missing" : "is null", {std::move(left)});
  return negated ? node(Kind::negation, "NOT", {std::move(result)}) : result;
}

// --------------------------------------------------------------------------------------------------------- operands

Expression Parser::new_value() {
  Expression left = operand();
  if (at_sign("+") || at_sign("-")) {
    const std::string word = token().text;
    ++at_;
    left = node(Kind::sum, word, {std::move(left), operand()});
    if (at_sign("+") || at_sign("-")) refuse_here("an update adds or subtracts once");
  }
  return left;
}

Expression Parser::operand() {
  const Nested nested(*this);
  if (take_sign("(")) {
    Expression inside = notation_ == Notation::partiql || label_ == "UpdateExpression" ? new_value() : operand();
    need_sign(")");
    return inside;
  }
  if (token().kind == Token::Kind::value) return placeholder();
  const bool calls = token().kind == Token::Kind::word && !token().quoted && at_sign("(", 1);
  if (calls) {
    const std::string word = token().text;
    at_ += 2;
    return call(word);
  }
  if (notation_ == Notation::partiql) {
    const bool is_path = token().kind == Token::Kind::word &&
                         (token().quoted || !(at_word("TRUE") || at_word("FALSE") || at_word("NULL")));
    return is_path ? Expression{Kind::path, {}, path(), {}, {}} : literal();
  }
  if (token().kind == Token::Kind::number || at_sign("-")) {
    refuse_here("an expression has no literals; write :n, and its value in ExpressionAttributeValues");
  }
  return {Kind::path, {}, path(), {}, {}};
}

Expression Parser::call(std::string word) {
  const bool only_partiql = word == "set_add" || word == "set_delete";
  if (notation_ == Notation::partiql) {
    word = lower(word);
  } else if (only_partiql) {
    refuse("Invalid function name; function: " + word + " (an expression has ADD and DELETE for sets)");
  }
  return node(Kind::call, std::move(word), arguments(")"));
}

std::vector<Expression> Parser::arguments(std::string_view close) {
  std::vector<Expression> all;
  do all.push_back(operand());
  while (take_sign(","));
  need_sign(close);
  return all;
}

// ------------------------------------------------------------------------------------------------------------ tokens

const Token& Parser::token(std::size_t ahead) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }

bool Parser::at_word(std::string_view word, std::size_t ahead) const {
  const Token& here = token(ahead);
  return here.kind == Token::Kind::word && !here.quoted && lower(here.text) == lower(word);
}

bool Parser::at_sign(std::string_view sign, std::size_t ahead) const {
  const Token& here = token(ahead);
  return here.kind == Token::Kind::sign && here.text == sign;
}

bool Parser::take_word(std::string_view word) {
  if (!at_word(word)) return false;
  ++at_;
  return true;
}

bool Parser::take_sign(std::string_view sign) {
  if (!at_sign(sign)) return false;
  ++at_;
  return true;
}

void Parser::need_word(std::string_view word) {
  if (!take_word(word)) refuse_here("expected " + std::string(word));
}

void Parser::need_sign(std::string_view sign) {
  if (!take_sign(sign)) refuse_here("expected `" + std::string(sign) + "`");
}

std::string Parser::need_name() {
  if (token().kind != Token::Kind::word) refuse_here("expected a name");
  const std::string name = token().text;
  ++at_;
  return name;
}

void Parser::refuse_here(std::string_view advice) const {
  refuse_syntax(label_, text_, tokens_, std::min(at_, tokens_.size() - 1), advice);
}

void Parser::refuse(const std::string& message) const { throw Refusal("Invalid " + label_ + ": " + message); }

}  // namespace gapless::store::document::dynamo
