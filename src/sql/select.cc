// Queries of the grammar → Select values: unions as a chain, joins as a flat list.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "sql/binder.h"
#include "sql/reader.h"

namespace gapless::sql {

Select Reader::select(const Node& node) {
  if (!node.is("SelectStmt")) node.not_supported(construct_of(node.type(), "").name);
  const Level level(*this, node);
  spend(1, node);
  const std::string set_operation = node.text("op");
  Select result;
  if (set_operation == "SETOP_NONE") {
    result = simple_select(node, false);
  } else if (set_operation == "SETOP_UNION") {
    result = union_chain(node);
  } else {
    node.not_supported(set_operation == "SETOP_EXCEPT" ? "EXCEPT" : "INTERSECT", "use [NOT] EXISTS (SELECT …)");
  }
  node.done();
  return result;
}

// The grammar nests unions to the left: ((a UNION b) UNION c) has c and all modifiers at the top.
Select Reader::union_chain(const Node& node) {
  std::vector<bool> all = {node.flag("all")};  // of each of `rights`
  std::vector<Select> arms;
  const auto arm = [&](const Node& side) {
    if (side.text("op") != "SETOP_NONE")
      side.not_supported("a parenthesised set operation", "use a sub-select in FROM");
    arms.push_back(simple_select(side, true));
    side.done();
  };
  std::vector<Node> above;
  std::optional<Node> left = node.bare("larg", "SelectStmt");
  std::optional<Node> right = node.bare("rarg", "SelectStmt");
  check(left && right, "UNION has two sides");
  std::vector<Node> rights = {*right};
  while (left->text("op") == "SETOP_UNION") {
    all.push_back(left->flag("all"));
    left->text("limitOption");
    rights.push_back(*left->bare("rarg", "SelectStmt"));
    auto further = left->bare("larg", "SelectStmt");
    above.push_back(std::move(*left));
    left = std::move(further);
    if (rights.size() > deepest) node.refuse("a UNION of more than " + std::to_string(deepest) + " queries");
  }
  arm(*left);
  for (auto each = rights.rbegin(); each != rights.rend(); ++each) arm(*each);
  for (const Node& inner : above) inner.done();  // ORDER BY or LIMIT of an inner union

  for (std::size_t i = arms.size(); i-- > 1;) {
    arms[i - 1].union_all = all[arms.size() - 1 - i];
    arms[i - 1].union_with = std::make_shared<Select>(std::move(arms[i]));
  }
  finish_select(node, arms.front(), false);
  if (arms.front().locking.strength != LockStrength::none)
    node.refuse(std::string(lock_name(arms.front().locking.strength)) +
                " is not allowed with UNION: lock in a statement of its own");
  return std::move(arms.front());
}

Select Reader::simple_select(const Node& node, bool arm) {
  Select result;
  result.at = node.at();
  for (const Node& list : node.children("valuesLists")) {
    if (arm) node.not_supported("VALUES beside UNION", "write SELECT");
    result.values.push_back(expressions(list.children("items")));
    list.done();
    if (result.values.back().size() != result.values.front().size())
      list.refuse("VALUES lists must all be the same length");
  }
  for (const Node& term : node.children("distinctClause")) {
    if (!term.type().empty()) {
      const Construct construct = construct_of("SelectStmt", "distinctClause");
      term.not_supported(construct.name, construct.alternative);
    }
    result.distinct = true;
    term.done();
  }
  std::vector<FromItem> series;
  std::vector<FromItem>* const outer = std::exchange(target_series_, &series);
  result.targets = targets(node.children("targetList"));
  target_series_ = outer;
  if (result.targets.empty() && result.values.empty()) node.not_supported("a SELECT of no columns");
  result.from = from(node.children("fromClause"));
  result.where = optional_expression(node, "whereClause");
  result.group_by = expressions(node.children("groupClause"));
  result.having = optional_expression(node, "havingClause");
  add_target_series(node, std::move(series), result);
  finish_select(node, result, arm);
  return result;
}

// What stands after the body of a query: ORDER BY, LIMIT, OFFSET, FOR UPDATE.
void Reader::finish_select(const Node& node, Select& select, bool arm) {
  const std::string option = node.text("limitOption");
  if (option == "LIMIT_OPTION_WITH_TIES") node.not_supported("WITH TIES", "use ONLY");
  if (arm) {
    const bool modified =
        node.has("sortClause") || node.has("limitCount") || node.has("limitOffset") || node.has("lockingClause");
    if (modified) node.not_supported("ORDER BY, LIMIT or FOR UPDATE inside UNION", "use a sub-select in FROM");
    return;
  }
  for (const Node& term : node.children("sortClause")) select.order_by.push_back(order_term(term));
  select.limit = optional_expression(node, "limitCount");
  // LIMIT ALL and LIMIT NULL are no limit.
  if (select.limit && select.limit->kind == Expression::Kind::literal && is_null(select.limit->value))
    select.limit.reset();
  select.offset = optional_expression(node, "limitOffset");
  const bool modified = !select.order_by.empty() || select.limit || select.offset;
  if (!select.values.empty() && modified)
    node.not_supported("ORDER BY or LIMIT after VALUES", "use SELECT … FROM (VALUES …) AS v");

  const auto clauses = node.children("lockingClause");
  if (clauses.empty()) return;
  select.locking = locking(clauses, node.place_of_lock());
  if (!select.values.empty())
    node.refuse(std::string(lock_name(select.locking.strength)) + " cannot be applied to VALUES");
}

std::optional<Expression> Reader::optional_expression(const Node& node, std::string_view field) {
  const auto child = node.child(field);
  if (!child) return std::nullopt;
  return expression(*child);
}

std::vector<Target> Reader::targets(const std::vector<Node>& nodes) {
  std::vector<Target> result;
  for (const Node& node : nodes) {
    check(node.is("ResTarget"), "a list of targets holds targets");
    Target target;
    const std::string name = node.text("name");
    const Node value = node.required("val");
    if (value.is("ColumnRef") && value.last_is("fields", "A_Star")) {
      const auto fields = value.children("fields");
      if (fields.size() > 2) value.not_supported("a name of three parts", "give the table an alias");
      if (!name.empty()) node.refuse("'*' cannot have a name");
      target.star = true;
      target.expression.kind = Expression::Kind::column;
      target.expression.at = value.at();
      if (fields.size() == 2) target.expression.qualifier = fields.front().text("sval");
      for (const Node& field : fields) field.done();
      value.done();
    } else {
      const bool is_series = value.is("FuncCall") && value.last_name_is("funcname", "generate_series");
      target.expression = is_series ? target_series(value) : expression(value);
      target.name = name.empty() ? column_name(target.expression) : name;
    }
    node.done();
    result.push_back(std::move(target));
  }
  return result;
}

std::vector<FromItem> Reader::from(const std::vector<Node>& nodes) {
  std::vector<FromItem> result;
  for (const Node& node : nodes) add_from(node, result, result.size());
  return result;
}

void Reader::add_from(const Node& node, std::vector<FromItem>& items, std::size_t visible_from) {
  const Level level(*this, node);
  spend(1, node);
  if (!node.is("JoinExpr")) {
    items.push_back(from_item(node));
    items.back().visible_from = visible_from;
    return;
  }
  const std::string kind = node.text("jointype");
  if (kind == "JOIN_RIGHT") node.not_supported("RIGHT JOIN", "write LEFT JOIN with the tables exchanged");
  if (kind == "JOIN_FULL") node.not_supported("FULL JOIN", "write LEFT JOIN and UNION ALL");
  add_from(node.required("larg"), items, visible_from);
  const Node right = node.required("rarg");
  if (right.is("JoinExpr")) right.not_supported("a nested join on the right", "join one table after the other");
  FromItem item = from_item(right);
  item.visible_from = visible_from;
  item.on = optional_expression(node, "quals");
  item.join = kind == "JOIN_LEFT" ? JoinKind::left : item.on ? JoinKind::inner : JoinKind::cross;
  items.push_back(std::move(item));
  node.done();
}

FromItem Reader::from_item(const Node& node) {
  FromItem result;
  result.at = node.at();
  if (node.is("RangeVar")) {
    result.table = node.text("relname");
    result.database = node.text("schemaname");
    result.alias = result.table;
    if (!node.flag("inh")) node.not_supported("ONLY", "leave it out");
    node.text("relpersistence");
  } else if (node.is("RangeSubselect")) {
    if (!queries_refused_.empty()) node.refuse(queries_refused_);
    const Node query = node.required("subquery");
    result.query = std::make_shared<Select>(select(query));
    if (!node.has("alias")) node.refuse("a sub-select in FROM must have a name: (SELECT …) AS name");
  } else if (node.is("RangeFunction")) {
    result.query = function_item(node, result);
  } else {
    const Construct construct = construct_of(node.type(), "");
    node.not_supported(construct.name, construct.alternative);
  }
  alias(node, result);
  // A function's one column is named after the alias.
  if (result.query && result.query->series && result.column_aliases.empty()) result.column_aliases = {result.alias};
  node.done();
  return result;
}

namespace {

constexpr std::int64_t longest_series = 100'000;

}  // namespace

// generate_series(1, 10) in FROM, the only function that we have there.
std::shared_ptr<Select> Reader::function_item(const Node& node, FromItem& item) {
  const auto functions = node.children("functions");
  if (node.has("is_rowsfrom") || functions.size() != 1) node.not_supported("ROWS FROM", "write one function");
  const auto parts = functions.front().children("items");
  for (std::size_t i = 1; i < parts.size(); ++i) parts[i].done();
  functions.front().done();
  const Node& call = parts.front();
  const Construct refused = construct_of("RangeFunction", "");
  if (!call.is("FuncCall")) node.not_supported(refused.name, refused.alternative);
  if (call.names("funcname") != std::vector<std::string>{"generate_series"})
    call.not_supported(refused.name, refused.alternative);
  item.at = call.at();
  item.alias = "generate_series";
  return series(call);
}

std::shared_ptr<Select> Reader::series(const Node& call) {
  call.text("funcformat");
  std::vector<std::int64_t> numbers;
  bool large = false;
  for (const Expression& argument : expressions(call.children("args"))) {
    const auto* small = std::get_if<std::int32_t>(&argument.value);
    large = large || small == nullptr || argument.kind != Expression::Kind::literal;
    numbers.push_back(small != nullptr ? *small : 0);
  }
  if (numbers.size() < 2 || numbers.size() > 3 || large)
    call.refuse("generate_series takes two or three whole numbers, written out");
  call.done();
  auto result = std::make_shared<Select>();
  result->at = call.at();
  result->series = Series{numbers[0], numbers[1], numbers.size() == 3 ? numbers[2] : 1};
  const auto& [first, last, step] = *result->series;
  if (step == 0) call.refuse("step size cannot equal zero");
  if ((last - first) / step >= longest_series)
    call.refuse("a series of more than " + std::to_string(longest_series) + " numbers is not supported");
  return result;
}

namespace {

constexpr std::string_view target_alias = "*series*";

}  // namespace

// SELECT generate_series(1, 3), x FROM t is SELECT s.s, x FROM t, generate_series(1, 3) AS s.
Expression Reader::target_series(const Node& call) {
  if (target_series_ == nullptr || !target_series_->empty())
    call.not_supported("generate_series here", "write it in FROM");
  FromItem item;
  item.at = call.at();
  item.alias = target_alias;
  item.column_aliases = {"generate_series"};
  call.names("funcname");
  item.query = series(call);
  target_series_->push_back(std::move(item));
  Expression result;
  result.kind = Expression::Kind::column;
  result.at = call.at();
  result.qualifier = target_alias;
  result.name = "generate_series";
  return result;
}

void Reader::add_target_series(const Node& node, std::vector<FromItem> series, Select& select) {
  if (series.empty()) return;
  const auto grouped = [](const Target& target) { return target.star || contains_aggregate(target.expression); };
  if (!select.group_by.empty() || select.having || std::ranges::any_of(select.targets, grouped))
    node.not_supported("generate_series beside '*', aggregates or GROUP BY", "write it in FROM");
  series.front().visible_from = select.from.size();
  select.from.push_back(std::move(series.front()));
}

void Reader::alias(const Node& node, FromItem& item) {
  const auto alias = node.bare("alias", "Alias");
  if (!alias) return;
  item.alias = alias->text("aliasname");
  item.column_aliases = alias->names("colnames");
  alias->done();
}

OrderTerm Reader::order_term(const Node& node) {
  OrderTerm result;
  const std::string direction = node.text("sortby_dir");
  const std::string nulls = node.text("sortby_nulls");
  if (direction == "SORTBY_USING") node.not_supported("ORDER BY … USING", "use ASC or DESC");
  result.descending = direction == "SORTBY_DESC";
  result.nulls_first = nulls == "SORTBY_NULLS_FIRST" || (nulls == "SORTBY_NULLS_DEFAULT" && result.descending);
  result.expression = expression(node.required("node"));
  node.done();
  return result;
}

std::string_view lock_name(LockStrength strength) {
  static constexpr std::string_view names[] = {"", "FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"};
  return names[static_cast<std::size_t>(strength)];
}

Locking Reader::locking(const std::vector<Node>& nodes, Offset at) {
  Locking result;
  result.at = at;
  if (nodes.size() > 1) nodes.back().not_supported("more than one locking clause", "list the tables after one OF", at);
  const Node& node = nodes.front();
  static constexpr std::pair<std::string_view, LockStrength> strengths[] = {
      {"LCS_FORKEYSHARE", LockStrength::key_share},
      {"LCS_FORSHARE", LockStrength::share},
      {"LCS_FORNOKEYUPDATE", LockStrength::no_key_update},
      {"LCS_FORUPDATE", LockStrength::update},
  };
  const std::string strength = node.text("strength");
  for (const auto& [name, meant] : strengths) {
    if (strength == name) result.strength = meant;
  }
  check(result.strength != LockStrength::none, "a locking clause has one of four strengths");
  const std::string policy = node.text("waitPolicy");
  result.wait = policy == "LockWaitSkip"    ? LockWait::skip_locked
                : policy == "LockWaitError" ? LockWait::nowait
                                            : LockWait::wait;
  for (const Node& table : node.children("lockedRels")) {
    result.of.push_back(plain_table(table));
    result.at = table.at();
  }
  node.done();
  return result;
}

}  // namespace gapless::sql
