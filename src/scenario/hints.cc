// All of it looks at texts and parsed statements only, and adds to messages; nothing here decides what is refused.
#include "scenario/hints.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>

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

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
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
  return (rest.starts_with('=') && rest != "==") || rest == "+=" || rest == "-=";
}

// "x" or "x.y" in a message of the kind: column "x" does not exist.
std::string quoted(const std::string& message) {
  const auto begin = message.find('"');
  const auto end = begin == std::string::npos ? begin : message.find('"', begin + 1);
  return end == std::string::npos ? "" : message.substr(begin + 1, end - begin - 1);
}

bool reads_table(const sql::Select& query) {
  return std::ranges::any_of(query.from, [](const sql::FromItem& item) { return !item.query && !item.table.empty(); });
}

bool changes(const sql::Statement& statement) {
  return std::holds_alternative<sql::Insert>(statement.body) || std::holds_alternative<sql::Update>(statement.body) ||
         std::holds_alternative<sql::Delete>(statement.body);
}

bool locks(const sql::Statement& statement) {
  bool found = false;
  store::relational::for_each_query(
      statement, [&](const sql::Select& query) { found = found || query.locking.strength != sql::LockStrength::none; });
  return found;
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
      {" ? ", "SQL says `CASE WHEN … THEN … ELSE … END`"}};
  // What the message is about, and what helps.
  static const std::pair<std::string_view, std::string_view> refused[] = {
      {"the operator == ", "; SQL compares with `=`"},
      {"the operator && ", "; SQL says AND"},
      {"the prefix operator ! ", "; SQL says NOT"},
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
  const std::string line = lower(diagnostic.source_line);
  for (const auto& [text, help] : foreign) {
    if (line.find(text) == std::string::npos) continue;
    message += "; " + std::string(help);
    break;
  }
  return ModelError(std::move(diagnostic));
}

ModelError with_ledger(const ModelError& error) {
  Diagnostic diagnostic = error.diagnostic();
  const bool table = diagnostic.message.starts_with("relation \"") && diagnostic.message.ends_with("does not exist");
  if (!table) return error;
  const std::string name = quoted(diagnostic.message);
  diagnostic.message += ", and this file has no `effect " + name + "(…)` and no `call " + name + "(…)`";
  return ModelError(std::move(diagnostic));
}

bool sounds_unknown(std::string_view outcome) {
  static const std::set<std::string_view> names = {"timeout", "timed_out", "lost", "error", "no_answer", "crashed"};
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

void warn_autocommitted(const sql::Statement& statement, const SourceText& source, std::vector<Diagnostic>& warnings) {
  const auto* select = std::get_if<sql::Select>(&statement.body);
  if (select != nullptr && statement.with.empty() && locks(statement)) {
    warnings.push_back(diagnostic_at(source, statement.at,
                                     "this lock is gone with its statement: it stands outside a transaction, and "
                                     "guards nothing that comes after it"));
    return;
  }
  if (!changes(statement) && !locks(statement)) return;
  // An INSERT's own source is a query without a table, or the one that it copies from.
  bool reads = false;
  const auto* insert = std::get_if<sql::Insert>(&statement.body);
  store::relational::for_each_query(statement, [&](const sql::Select& query) {
    reads = reads || (reads_table(query) && (insert == nullptr || &query != &insert->source));
  });
  if (!reads) return;
  warnings.push_back(diagnostic_at(
      source, statement.at,
      "outside a transaction this statement is one step here; on a server two such statements overlap, and "
      "neither sub-select sees what the other writes: put it in `transaction { }` to see that"));
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
