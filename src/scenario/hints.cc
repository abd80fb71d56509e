// All of it looks at texts and parsed statements only, and adds to messages; nothing here decides what is refused.
#include "scenario/hints.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>

#include "scenario/name.h"
#include "store/condition.h"
#include "store/relational/walk.h"

namespace gapless::scenario {
namespace {

using sql::Expression;

bool in_word(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::string_view word_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && in_word(text[end])) ++end;
  return text.substr(at, end - at);
}

std::string_view word_before(std::string_view text, std::size_t at) {
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
  while (at > 0 && blank(text[at - 1])) --at;
  std::size_t begin = at;
  while (begin > 0 && in_word(text[begin - 1])) --begin;
  return text.substr(begin, at - begin);
}

// The statement around this place, up to it.
std::string_view statement_before(std::string_view text, std::size_t at) {
  const auto begin = text.substr(0, at).find_last_of(";{}");
  const std::size_t from = begin == std::string_view::npos ? 0 : begin + 1;
  return text.substr(from, at - from);
}

// `amount = 3;` and `amount += 3;`
bool assigns(std::string_view text, std::size_t behind) {
  while (behind < text.size() && text[behind] == ' ') ++behind;
  const auto rest = text.substr(behind, 2);
  return (rest.starts_with('=') && rest != "==") || rest == "+=" || rest == "-=" || rest == ":=";
}

// "x" or "x.y" in a message of the kind: column "x" does not exist.
std::string quoted(const std::string& message) {
  const auto begin = message.find('"');
  const auto end = begin == std::string::npos ? begin : message.find('"', begin + 1);
  return end == std::string::npos ? "" : message.substr(begin + 1, end - begin - 1);
}

// Calls `visit` for the statement's own body and for those of its WITH.
template <class Visit>
void each_body(const sql::Statement& statement, Visit visit) {
  for (const auto& common : statement.with) std::visit(visit, common.body);
  std::visit(visit, statement.body);
}

bool locks(const sql::Statement& statement) {
  bool found = false;
  store::relational::for_each_query(
      statement, [&](const sql::Select& query) { found = found || query.locking.strength != sql::LockStrength::none; });
  return found;
}

// The tables in a FROM; of an UPDATE or DELETE its own is the first item.
void note_tables(const std::vector<sql::FromItem>& from, std::size_t first, std::set<std::size_t>& tables) {
  for (std::size_t i = first; i < from.size(); ++i) {
    if (!from[i].query && !from[i].common) tables.insert(from[i].table_number);
  }
}

}  // namespace

std::string foreign_word(std::string_view text, Offset at) {
  static const std::map<std::string_view, std::string_view> words = {
      {"return", "`respond 200;` ends a request"},
      {"throw", "there is no `throw`: an error of one's own is a response, as in `rollback; respond 'declined';`"},
      {"raise", "there is no `raise`: an error of one's own is a response, as in `rollback; respond 'declined';`"},
      {"while", "there are `for x in SELECT … { }` and `retry { … again; }`"},
      {"catch", "`catch` belongs to `try { }`, as in `try { transaction { … } } catch any { … }`"},
      {"const", "a local is made by `let`"},
      {"var", "a local is made by `let`"},
      {"invariant", "an invariant begins with `always`, `finally` or `history`"},
      {"assert", "what must hold is an invariant, `always \"…\" { SELECT … }`"},
      {"never", "an invariant begins with `always`, `finally` or `history`"},
      {"eventually", "an invariant begins with `always`, `finally` or `history`"},
      {"handler", "a handler is a `request`"},
      {"function", "a handler is a `request`"},
      {"endpoint", "a handler is a `request`"},
      {"table", "tables stand in `database NAME postgres { CREATE TABLE …; }`"},
      {"and", "requests are separated by commas"},
      {"or", "what may happen is separated by commas"},
      {"fails", "the claim is `violated`"},
      {"broken", "the claim is `violated`"}};
  const auto rest = text.substr(at);
  if (rest.starts_with('{') && at > 0 && text[at - 1] == '$') return "; a local in SQL is `:name`";
  if (rest.starts_with('#')) return "; a comment begins with `--`";
  const auto word = word_at(text, at);
  const auto before = word_before(text, at);
  if (before == "retry" && !word.empty() && std::isdigit(static_cast<unsigned char>(word.front())) != 0) {
    return "; write `retry up to " + std::string(word) + "`";
  }
  if (before == "transaction" && !word.empty()) return "; a level is written `transaction at \"serializable\"`";
  if (before == "catch" && (rest.starts_with('{') || rest.starts_with('('))) return "; `catch any` takes every error";
  if (const auto condition = store::condition_name(word); !condition.empty()) {
    return "; " + std::string(word) + " is called `" + std::string(condition) + "`";
  }
  if (const auto known = words.find(word); known != words.end()) return "; " + std::string(known->second);
  if (!word.empty() && assigns(text, at + word.size())) {
    return "; a local is made by `let " + std::string(word) + " = …;`, and `set " + std::string(word) +
           " = …;` gives it a new value";
  }
  const auto statement = statement_before(text, at);
  const auto begin = statement.find_first_not_of(" \n\t\r");
  static const std::set<std::string> verbs = {"select", "insert", "update", "delete", "with"};
  if (rest.starts_with('{') && begin != std::string_view::npos &&
      verbs.contains(to_lower(std::string(word_at(statement, begin))))) {
    return "; a local in SQL is `:name`";
  }
  if (rest.starts_with('{') && begin != std::string_view::npos && word_at(statement, begin) == "acquire") {
    return "; a block under a lock is `hold …(…) { }`";
  }
  return {};
}

ModelError with_foreign_sql(const ModelError& error) {
  // What the line has, and what PostgreSQL says.
  static const std::pair<std::string_view, std::string_view> foreign[] = {
      {"&&", "SQL says AND"},
      {"= ?", "a local in SQL is `:name`"},
      {" @", "a local in SQL is `:name`"},
      {"`", "a name is quoted as \"name\", a text as 'text'"},
      {"auto_increment", "PostgreSQL says `serial`"},
      {"duplicate key", "PostgreSQL says `ON CONFLICT (…) DO UPDATE SET …`"},
      {"insert ignore", "PostgreSQL says `INSERT … ON CONFLICT DO NOTHING`"},
      {"lock in share mode", "PostgreSQL says `FOR SHARE`"},
      {" ? ", "SQL says `CASE WHEN … THEN … ELSE … END`"},
      {" || ", "SQL says OR, and `||` joins two texts"}};
  // What the message is about, and what helps.
  static const std::pair<std::string_view, std::string_view> refused[] = {
      {"the operator == ", "; SQL compares with `=`"},
      {"the operator && ", "; SQL says AND"},
      {"the prefix operator ! ", "; SQL says NOT"},
      {"the prefix operator @ ", "; a local in SQL is `:name`"},
      {"type datetime ", ": use timestamp"},
      {"EXCLUDE is not supported", ": lock the parent row, or give the slot a unique key"},
      {"a precision of type interval ", ", and write interval '14 day'"}};
  Diagnostic diagnostic = error.diagnostic();
  std::string& message = diagnostic.message;
  for (const auto& [begin, help] : refused) {
    if (message.starts_with(begin)) {
      message += help;
      return ModelError(std::move(diagnostic));
    }
  }
  if (!message.starts_with("syntax error")) return error;
  const std::string line = to_lower(diagnostic.source_line);
  const auto begin = line.find_first_not_of(' ');
  if (line.find('(') != std::string::npos && begin != std::string::npos && line.compare(begin, 5, "lock ") == 0) {
    message += "; a lock of the application is taken by `acquire " +
               line.substr(begin + 5, line.find('(') - begin - 5) + "(…);`";
    return ModelError(std::move(diagnostic));
  }
  for (const auto* near : {"\"{\"", "\"$\"", "\"@\""}) {
    if (!message.ends_with(near)) continue;
    message += "; a local in SQL is `:name`";
    return ModelError(std::move(diagnostic));
  }
  for (const auto& [text, help] : foreign) {
    if (line.find(text) == std::string::npos) continue;
    message += "; " + std::string(help);
    break;
  }
  return ModelError(std::move(diagnostic));
}

ModelError with_ledger(const ModelError& error, bool has_unnamed) {
  Diagnostic diagnostic = error.diagnostic();
  if (has_unnamed && diagnostic.message.starts_with("column \"")) {
    diagnostic.message +=
        "; an argument of `effect` or `call` that is no name is called arg1, arg2 …: `effect paid(10 "
        "AS amount)` names it";
    return ModelError(std::move(diagnostic));
  }
  const bool table = diagnostic.message.starts_with("relation \"") && diagnostic.message.ends_with("does not exist");
  if (!table) return error;
  const std::string name = quoted(diagnostic.message);
  diagnostic.message += ", and this file has no `effect " + name + "(…)` and no `call " + name + "(…)`";
  return ModelError(std::move(diagnostic));
}

bool sounds_unknown(std::string_view outcome) {
  static const std::set<std::string_view> names = {"timeout", "timed_out", "lost",        "unknown",
                                                   "error",   "no_answer", "no_response", "crashed"};
  return names.contains(outcome);
}

ModelError with_local(const ModelError& error, const IsLocal& is_local) {
  Diagnostic diagnostic = error.diagnostic();
  const std::string name = quoted(diagnostic.message);
  if (name.empty() || !is_local(name)) return error;
  if (diagnostic.message.starts_with("column \"")) {
    diagnostic.message = "column \"" + name + "\" does not exist; the local is `:" + name + "` in SQL";
  } else if (diagnostic.message.starts_with("missing FROM-clause entry")) {
    diagnostic.message += "; a field of the local is `:" + name + ".…` in SQL";
  }
  return ModelError(std::move(diagnostic));
}

void warn_compared_with_itself(const sql::Statement& statement, const IsLocal& is_local, const SourceText& source,
                               std::vector<Diagnostic>& warnings) {
  store::relational::for_each_expression(statement, [&](const Expression& expression) {
    if (expression.kind != Expression::Kind::operation || expression.arguments.size() != 2) return;
    const auto& left = expression.arguments[0];
    const auto& right = expression.arguments[1];
    const bool columns = left.kind == Expression::Kind::column && right.kind == Expression::Kind::column;
    const bool compares = expression.op >= sql::Operator::equal && expression.op <= sql::Operator::is_not_distinct;
    if (!columns || !compares || left.name != right.name || left.qualifier != right.qualifier) return;
    if (!is_local(left.name)) return;
    warnings.push_back(diagnostic_at(source, expression.at,
                                     "`" + left.name +
                                         "` is compared with itself: without a colon both are the "
                                         "column; the local is `:" +
                                         left.name + "`"));
  });
}

std::set<std::size_t> tables_written(const sql::Statement& statement) {
  std::set<std::size_t> tables;
  each_body(statement, [&](const auto& body) {
    if constexpr (requires { body.returning; }) tables.insert(body.table_number);
  });
  return tables;
}

namespace {

// It locks rows that are there already. A mere INSERT waits for no value that it then uses.
bool may_wait(const sql::Statement& statement) {
  bool waits = false;
  each_body(statement, [&](const auto& body) {
    if constexpr (requires { body.on_conflict; }) {
      waits = waits || (body.on_conflict && !body.on_conflict->assignments.empty());
    } else if constexpr (requires { body.returning; }) {
      waits = true;
    }
  });
  return waits;
}

}  // namespace

std::set<std::size_t> tables_beside(const sql::Statement& statement) {
  std::set<std::size_t> tables;
  const auto written = tables_written(statement);
  if (written.empty()) return tables;
  each_body(statement, [&](const auto& body) {
    if constexpr (
        requires { body.assignments; } ||
        requires {
          body.where;
          body.returning;
        }) {
      note_tables(body.from, 1, tables);
    }
  });
  store::relational::for_each_query(statement, [&](const sql::Select& query) {
    if (query.locking.strength == sql::LockStrength::none) note_tables(query.from, 0, tables);
  });
  if (!may_wait(statement)) std::erase_if(tables, [&](std::size_t table) { return !written.contains(table); });
  return tables;
}

void warn_lock_is_gone(const sql::Statement& statement, const SourceText& source, std::vector<Diagnostic>& warnings) {
  if (!locks(statement) || !tables_written(statement).empty()) return;
  warnings.push_back(diagnostic_at(source, statement.at,
                                   "this lock is gone with its statement: it stands outside a transaction, and "
                                   "guards nothing that comes after it"));
}

Diagnostic overlap_warning(const SourceText& source, Offset at) {
  return diagnostic_at(
      source, at,
      "outside a transaction this statement is one step here; on a server two such statements overlap, and "
      "neither sub-select sees what the other writes: put it in `transaction { }` to see that");
}

void warn_equals_null(const sql::Expression& expression, const SourceText& source, std::vector<Diagnostic>& warnings) {
  const bool equates = expression.kind == Expression::Kind::operation &&
                       (expression.op == sql::Operator::equal || expression.op == sql::Operator::not_equal);
  const auto is_null = [](const Expression& each) {
    return each.kind == Expression::Kind::literal && sql::is_null(each.value);
  };
  if (!equates || std::ranges::none_of(expression.arguments, is_null)) return;
  const bool equal = expression.op == sql::Operator::equal;
  warnings.push_back(
      diagnostic_at(source, expression.at,
                    std::string("with NULL this is never true: write `IS ") + (equal ? "" : "NOT ") + "NULL`"));
}

void warn_colon(std::string_view word, Offset at, const IsLocal& is_local, const SourceText& source,
                std::vector<Diagnostic>& warnings) {
  if (!word.starts_with(':')) return;
  const auto path = word.substr(1);
  const auto name = path.substr(0, path.find('.'));
  if (name.empty() || !is_local(name)) return;
  warnings.push_back(diagnostic_at(
      source, at,
      "`" + std::string(word) + "` is that text: in a Redis command a local is written `{" + std::string(path) + "}`"));
}

}  // namespace gapless::scenario
