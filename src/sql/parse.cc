// From text to a Statement: parameters are rewritten, PostgreSQL's grammar makes a tree, a Reader reads it. The schema
// commands of parse_setup are in schema.cc.
#include "sql/parse.h"

#include <utility>

#include "sql/bind.h"
#include "sql/reader.h"
#include "sql/scan.h"
#include "sql/schema.h"

namespace gapless::sql {

namespace {

Offset begin_of_text(const SourceText& source, Range range) {
  const auto at = source.text.find_first_not_of(" \t\r\n\f\v", range.begin);
  return at == std::string::npos || at >= range.end ? range.begin : static_cast<Offset>(at);
}

Node only_statement(const Tree& tree, Offset at) {
  auto statements = tree.statements();
  if (statements.empty()) throw ModelError(*tree.source(), at, "a statement is missing");
  if (statements.size() > 1) statements[1].refuse("one statement was expected here, this is another");
  return std::move(statements.front());
}

}  // namespace

Statement parse_statement(const Source& source, Range range) {
  const Rewritten text = rewrite_parameters(source, range, "", nullptr);
  const Tree tree(source, text);
  Statement result;
  result.source = source;
  result.at = begin_of_text(*source, range);
  const Node node = only_statement(tree, result.at);
  result.at = node.at();
  result.text = fold_space(std::string_view(source->text).substr(range.begin, range.end - range.begin));
  result.parameters = text.parameters;
  Reader reader(source, result.parameters);
  reader.statement(node, result);
  tree.check_complete();
  return result;
}

std::vector<Statement> parse_statements(const Source& source, Range range) {
  std::vector<Statement> result;
  for (Offset at = range.begin; at < range.end;) {
    const Offset end = find_end(source, at, ";", range.end);
    const auto written = std::string_view(source->text).substr(at, end - at);
    if (!fold_space(written).empty()) result.push_back(parse_statement(source, {at, end}));
    at = end + 1;
  }
  return result;
}

Statement parse_statement(std::string_view text, std::string name) {
  if (text.size() > longest_statement) text = text.substr(0, longest_statement + 1);  // enough to be refused
  const Source source = make_source(std::move(name), std::string(text));
  return parse_statement(source, {0, static_cast<Offset>(source->text.size())});
}

Statement parse_expression(const Source& source, Range range, const std::function<bool(std::string_view)>& is_local) {
  const std::string_view written = std::string_view(source->text).substr(range.begin, range.end - range.begin);
  Statement result;
  result.source = source;
  result.at = begin_of_text(*source, range);
  result.text = fold_space(written);
  if (result.text.empty()) throw ModelError(*source, result.at, "an expression is missing");
  const Rewritten text = rewrite_parameters(source, range, "SELECT ", is_local);
  const Tree tree(source, text);
  const Node node = only_statement(tree, result.at);
  result.parameters = text.parameters;

  Reader reader(source, result.parameters,
                "a sub-select is not possible in an expression outside SQL: let x = SELECT … first");
  Select select = reader.select(node);
  const auto refuse = [&](std::string message) { throw ModelError(*source, result.at, std::move(message)); };
  // PostgreSQL takes SELECT ALL x for SELECT x.
  const std::string_view first_word = std::string_view(result.text).substr(0, 4);
  const bool select_all = (first_word == "ALL " || first_word == "all " || first_word == "All ");
  const bool bare = select.targets.size() == 1 && !select.targets.front().star && select.from.empty() &&
                    !select.where && select.group_by.empty() && !select.having && select.order_by.empty() &&
                    !select.limit && !select.offset && !select.distinct && select.values.empty() &&
                    !select.union_with && select.locking.strength == LockStrength::none && !select_all;
  if (!bare || select.targets.front().name != column_name(select.targets.front().expression))
    refuse("one expression was expected here");
  tree.check_complete();
  result.body = std::move(select);
  return result;
}

namespace {

// Each up to its semicolon.
std::vector<Range> statements_in(const Source& source, std::span<const Range> ranges) {
  std::vector<Range> statements;
  for (const auto& range : ranges) {
    for (Offset at = range.begin; at < range.end;) {
      const Range one{at, find_end(source, at, ";", range.end)};
      at = one.end + 1;
      const auto text = std::string_view(source->text).substr(one.begin, one.end - one.begin);
      if (!fold_space(text).empty()) statements.push_back(one);
    }
  }
  return statements;
}

}  // namespace

Setup parse_setup(const Source& source, Range range, std::string database) {
  return parse_setup(source, std::span<const Range>(&range, 1), std::move(database));
}

Setup parse_setup(const Source& source, std::span<const Range> ranges, std::string database) {
  SchemaBuilder builder(std::move(database));
  std::vector<Statement> statements;
  for (const Range& one : statements_in(source, ranges)) {
    const Rewritten text = rewrite_parameters(source, one, "", nullptr);
    const Tree tree(source, text);
    const Node node = only_statement(tree, one.begin);
    if (!text.parameters.empty())
      node.refuse("the parameter :" + text.parameters.front() + " is not possible in a database block");
    if (node.is("CreateStmt") || node.is("IndexStmt") || node.is("AlterTableStmt")) {
      builder.apply(source, node);
      tree.check_complete();
    } else {
      statements.push_back(parse_statement(source, one));
      const auto& body = statements.back().body;
      if (!std::holds_alternative<Insert>(body) && !std::holds_alternative<Update>(body) &&
          !std::holds_alternative<Delete>(body))
        throw ModelError(*source, statements.back().at,
                         "a database block may contain CREATE, INSERT, UPDATE and DELETE only");
    }
  }
  Setup result{builder.finish(), std::move(statements)};
  for (auto& statement : result.statements) bind(statement, result.catalog);
  return result;
}

}  // namespace gapless::sql
