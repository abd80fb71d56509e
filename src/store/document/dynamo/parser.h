// Expressions and PartiQL read from tokens into expression.h's values. What is wrong throws Refusal, as AWS says it.
//
//   condition := both {OR both}                        changes := {SET path = value, … | REMOVE path, … | ADD path :v,
//   … both      := single {AND single}                             | DELETE path :v, …} single    := NOT single | (
//   condition ) | operand compared compared  := = <> < <= > >= operand | BETWEEN operand AND operand | IN ( operand, …
//   ) | nothing, after a function operand   := path | :v | function ( operand, … ) | ( operand )     of PartiQL also:
//   literal | ? | [ … ] | operand IS …
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "store/document/dynamo/expression.h"
#include "store/document/dynamo/tokens.h"

namespace gapless::store::document::dynamo {

// What #names, :values and ? stand for in one request, and which of them its expressions use.
struct Terms {
  const Object* names = nullptr;
  const Object* values = nullptr;
  std::vector<Value> parameters;
  std::size_t next_parameter = 0;
  std::set<std::string> used_names, used_values;
};

class Parser {
 public:
  Parser(Notation notation, std::string label, std::string_view text, Terms& terms);

  // Of a whole text.
  Expression whole_condition();
  std::vector<Change> whole_changes();
  std::vector<DocumentPath> whole_projection();

  // Pieces, for PartiQL's statements (statement.cc).
  Expression condition();
  Expression operand();
  Expression new_value();  // behind SET a =
  DocumentPath path();
  bool at_word(std::string_view word, std::size_t ahead = 0) const;  // not a quoted one
  bool at_sign(std::string_view sign, std::size_t ahead = 0) const;
  bool take_word(std::string_view word);
  bool take_sign(std::string_view sign);
  void need_word(std::string_view word);
  void need_sign(std::string_view sign);
  bool at_end() const { return token().kind == Token::Kind::end; }
  std::string need_name();  // of a table
  [[noreturn]] void refuse_here(std::string_view advice = {}) const;
  [[noreturn]] void refuse(const std::string& message) const;

 private:
  class Nested;

  const Token& token(std::size_t ahead = 0) const;
  bool opens_condition() const;
  Expression both();
  Expression single();
  Expression compared(Expression left);
  Expression is_what(Expression left);
  Expression call(std::string word);
  Expression literal();
  Expression list();
  Expression map();
  Expression set();
  Expression placeholder();
  std::vector<Expression> arguments(std::string_view close);
  std::string path_name();
  Change change(Change::Kind kind);
  void check_section(std::string_view word, std::set<std::string>& seen) const;

  Notation notation_;
  std::string label_;
  std::string_view text_;
  Terms& terms_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

// The rules beyond grammar (functions.cc): names and numbers of operands, their types where they are given.
void check_condition(std::string_view label, const Expression& condition);
void check_changes(std::string_view label, const std::vector<Change>& changes);
void check_paths(std::string_view label, const std::vector<DocumentPath>& paths);

}  // namespace gapless::store::document::dynamo
