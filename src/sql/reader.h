// Parse tree → statements. One class, since expressions contain queries and queries expressions; its methods are spread
// over expression.cc, function.cc, select.cc, change.cc, command.cc and type_name.cc.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sql/statement.h"
#include "sql/tree.h"

namespace gapless::sql {

// A type as written: serial is a type only in CREATE TABLE.
struct TypeName {
  Type type = Type::unknown;
  std::string name;  // PostgreSQL's own: int4
  int precision = -1;
  int scale = -1;
  bool serial = false;
  bool fixed_length = false;  // char(n)
};

class Reader {
 public:
  // `queries_refused` says why sub-selects are not possible here; empty where they are.
  Reader(const Source& source, const std::vector<std::string>& parameters, std::string queries_refused = "")
      : source_(source), parameters_(parameters), queries_refused_(std::move(queries_refused)) {}

  // A whole statement: its body, and what stands in WITH.
  void statement(const Node& node, Statement& result);
  Select select(const Node& node);

  Expression expression(const Node& node);
  TypeName type_name(const Node& node);
  // The name of the one table that CREATE, INSERT, … are about; aliases and schemas are refused.
  std::string plain_table(const Node& range_var);

 private:
  Insert insert(const Node& node, bool top);
  Update update(const Node& node);
  Delete delete_(const Node& node);

  // Expressions (expression.cc)
  Expression inner_expression(const Node& node);
  Expression constant(const Node& node);
  Expression column(const Node& node);
  Expression parameter(const Node& node);
  Expression operation(const Node& node);
  Expression binary(const Node& node, Operator op);
  Expression in_list(const Node& node);
  Expression between(const Node& node, bool negated);
  Expression boolean(const Node& node);
  Expression test(const Node& node);
  Expression case_(const Node& node);
  Expression sub_link(const Node& node);
  Expression cast(const Node& node);
  std::vector<Expression> row(const Node& node);  // (a, b), or a single expression
  Expression rows_equal(const Node& node, std::vector<Expression> left, std::vector<Expression> right, bool negated);
  Expression combined(Operator op, std::vector<Expression> parts, Offset at);
  std::vector<Expression> expressions(const std::vector<Node>& nodes);

  // Functions (function.cc)
  Expression function(const Node& node);
  Expression aggregate(const Node& node, Aggregate aggregate);
  Expression named_function(const Node& node, Function function);
  std::vector<Expression> interval_parts(const std::vector<Node>& arguments, const Node& call);
  Expression value_function(const Node& node);
  Expression list_function(const Node& node, Function function);

  // Queries (select.cc)
  Select union_chain(const Node& node);
  Select simple_select(const Node& node, bool arm);
  void finish_select(const Node& node, Select& select, bool arm);
  std::vector<Target> targets(const std::vector<Node>& nodes);
  void add_from(const Node& node, std::vector<FromItem>& items, std::size_t visible_from);
  FromItem from_item(const Node& node);
  std::shared_ptr<Select> series(const Node& call);
  std::shared_ptr<Select> function_item(const Node& range_function, FromItem& item);
  Expression target_series(const Node& call);
  void add_target_series(const Node& node, std::vector<FromItem> series, Select& select);
  void alias(const Node& node, FromItem& item);
  std::vector<FromItem> from(const std::vector<Node>& nodes);
  OrderTerm order_term(const Node& node);
  Locking locking(const std::vector<Node>& nodes, Offset at);
  std::optional<Expression> optional_expression(const Node& node, std::string_view field);

  // Changes (change.cc)
  FromItem changed_table(const Node& range_var);
  Assignment assignment(const Node& node);
  OnConflict on_conflict(const Node& node);
  void with(const Node& statement, bool hoisted);
  CommonTable common_table(const Node& node);

  // Commands (command.cc)
  Transaction transaction(const Node& node);
  void modes(const std::vector<Node>& options, Transaction& result);
  void set(const Node& node, Statement& result);
  std::string setting(const Node& node, const std::string& name);
  LockTable lock_table(const Node& node);

  // Copies where PostgreSQL's grammar says one thing once and we say it twice; each counts against the budget.
  Expression copy(const Expression& expression, const Node& node);
  void spend(std::size_t expressions, const Node& node);

  class Level;
  // Far deeper than anything written by hand; the recursions over a statement stay well within a stack of 8 MB, also
  // with the larger frames of the sanitizers.
  static constexpr std::size_t deepest = 200;
  static constexpr std::size_t most_expressions = 20'000;

  const Source& source_;
  const std::vector<std::string>& parameters_;
  std::string queries_refused_;
  std::vector<CommonTable> with_;
  std::vector<FromItem>* target_series_ = nullptr;  // where generate_series in a list of targets goes
  std::size_t depth_ = 0;
  std::size_t spent_ = 0;
};

// One level of nesting, while it lives.
class Reader::Level {
 public:
  Level(Reader& reader, const Node& node);
  ~Level() { --reader_.depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  Reader& reader_;
};

// The name that PostgreSQL gives to an output column without AS.
std::string column_name(const Expression& expression);

// "FOR NO KEY UPDATE".
std::string_view lock_name(LockStrength strength);

}  // namespace gapless::sql
