// What guards in a statement. The statement has been parsed and bound before, so here it is enough to see where its
// clauses begin and end: a level is the statement itself or a pair of parentheses with a SELECT, INSERT, UPDATE or
// DELETE of its own.
#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "scenario/guards.h"

namespace gapless::scenario {
namespace {

using Tokens = std::vector<Token>;

struct Level {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string verb;
  std::string table;  // that it changes
  bool outermost = false;
};

template <std::size_t count>
bool is_any(const Token& token, const std::array<std::string_view, count>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.is(word); });
}

constexpr std::array<std::string_view, 4> verbs = {"select", "insert", "update", "delete"};
constexpr std::array<std::string_view, 13> ends_of_where = {"returning", "group",  "order", "limit", "offset",
                                                            "fetch",     "for",    "union", "on",    "intersect",
                                                            "except",    "having", "window"};

bool at(const Tokens& tokens, std::size_t place, std::string_view word) {
  return place < tokens.size() && tokens[place].is(word);
}

// Calls `look` for each token of a level that stands in no parentheses of it, until it returns false.
template <typename Look>
void each_of(const Tokens& tokens, std::size_t begin, std::size_t end, Look look) {
  for (std::size_t i = begin; i < end; ++i) {
    if (!look(i)) return;
    if (tokens[i].partner > i) i = tokens[i].partner;
  }
}

std::string table_behind(const Tokens& tokens, std::size_t verb) {
  std::size_t name = verb + 1;
  while (at(tokens, name, "into") || at(tokens, name, "from") || at(tokens, name, "only")) ++name;
  return name < tokens.size() ? tokens[name].text : "";
}

void add_levels(const Tokens& tokens, std::size_t begin, std::size_t end, bool outermost, std::vector<Level>& levels) {
  Level level{begin, end, {}, {}, outermost};
  each_of(tokens, begin, end, [&](std::size_t i) {
    if (!is_any(tokens[i], verbs)) return true;
    level.verb = tokens[i].text;
    if (level.verb != "select") level.table = table_behind(tokens, i);
    return false;
  });
  if (!level.verb.empty()) levels.push_back(level);
  each_of(tokens, begin, end, [&](std::size_t i) {
    if (tokens[i].partner > i) add_levels(tokens, i + 1, tokens[i].partner, false, levels);
    return true;
  });
}

std::vector<Level> levels_of(const Tokens& tokens) {
  std::vector<Level> levels;
  add_levels(tokens, 0, tokens.size(), true, levels);
  return levels;
}

bool changes(const std::vector<Level>& levels) {
  return std::ranges::any_of(levels, [](const Level& level) { return level.verb != "select"; });
}

// ------------------------------------------------------------------------------------------------------ touches

// The columns on the left of `=` behind SET.
void note_set(const Tokens& tokens, const Level& level, std::set<std::string>& columns) {
  bool in_set = false;
  bool begins = false;  // an assignment
  each_of(tokens, level.begin, level.end, [&](std::size_t i) {
    if (tokens[i].is("set") && !in_set) {
      in_set = begins = true;
      return true;
    }
    if (in_set && (tokens[i].is("where") || tokens[i].is("from") || tokens[i].is("returning"))) in_set = false;
    if (!in_set) return true;
    if (begins && tokens[i].text == "(") {
      for (std::size_t name = i + 1; name < tokens[i].partner; ++name) columns.insert(tokens[name].text);
    } else if (begins) {
      columns.insert(tokens[i].text);
    }
    begins = tokens[i].text == ",";
    return true;
  });
}

std::set<std::string> columns_listed(const Tokens& tokens, const Level& level) {
  std::set<std::string> columns;
  each_of(tokens, level.begin, level.end, [&](std::size_t i) {
    if (tokens[i].is("values") || tokens[i].is("select") || tokens[i].is("default")) return false;
    const bool list = tokens[i].text == "(" && !is_any(tokens[i + 1], verbs) && !tokens[i + 1].is("with");
    if (!list) return true;
    for (std::size_t name = i + 1; name < tokens[i].partner; ++name) {
      if (tokens[name].kind == Token::Kind::word) columns.insert(tokens[name].text);
    }
    return false;
  });
  return columns;
}

// ---------------------------------------------------------------------------------------------------- the guards

class Finder {
 public:
  Finder(Tokens tokens, const Touches& touches, Findings& findings)
      : tokens_(std::move(tokens)), levels_(levels_of(tokens_)), findings_(findings) {
    for (const auto& token : tokens_) {
      if (token.kind != Token::Kind::word || token.local) continue;
      add(touches.keys, token.text, keys_);
      add(touches.set, token.text, set_);
    }
  }

  void row_locks();
  void advisory_locks();
  void conditions();
  void conflicts();
  void level();
  // A statement that does nothing but guard: its text in the report; empty for all others.
  std::string all_of_it() const;

 private:
  struct Range {  // of tokens
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  static void add(const std::map<std::string, std::set<std::string>>& from, const std::string& table,
                  std::set<std::string>& to) {
    const auto found = from.find(table);
    if (found != from.end()) to.insert(found->second.begin(), found->second.end());
  }

  sql::Range range(Range tokens) const {
    return {tokens_[tokens.begin].range.begin, tokens_[tokens.end - 1].range.end};
  }
  std::size_t end_of_row_lock(std::size_t begin) const;
  void terms_of(std::size_t where, std::size_t end);
  std::vector<Range> split(Range condition) const;
  bool is_address(Range term) const;
  std::optional<std::string> column(Range side) const;
  bool is_given(Range side) const;
  bool is_lock_call(std::size_t i) const;

  Tokens tokens_;
  std::vector<Level> levels_;
  Findings& findings_;
  std::set<std::string> keys_;  // of the tables that the statement names
  std::set<std::string> set_;
};

std::size_t Finder::end_of_row_lock(std::size_t begin) const {
  std::size_t end = begin + 1;
  for (const auto* word : {"no", "key", "update", "share"}) {
    if (at(tokens_, end, word)) ++end;
  }
  if (at(tokens_, end, "of")) {
    end += 2;
    while (end < tokens_.size() && tokens_[end].text == ",") end += 2;
  }
  return end;
}

// FOR UPDATE and the like, wherever; SKIP LOCKED by itself.
void Finder::row_locks() {
  for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
    const auto& next = tokens_[i + 1];
    if (!tokens_[i].is("for") || !(next.is("update") || next.is("share") || next.is("no") || next.is("key"))) continue;
    std::size_t end = end_of_row_lock(i);
    if (at(tokens_, end, "skip")) {
      const auto skip = range({end, end + 2});
      findings_.add(skip.begin, "SKIP LOCKED", {blank(skip)});
      end += 2;
    } else if (at(tokens_, end, "nowait")) {
      ++end;
    }
    const auto lock = range({i, end});
    findings_.add(lock.begin, findings_.shown(lock), {blank(lock)});
  }
}

bool Finder::is_lock_call(std::size_t i) const {
  const auto& name = tokens_[i].text;
  return !tokens_[i].local && (name.starts_with("pg_advisory_") || name.starts_with("pg_try_advisory_")) &&
         name.find("unlock") == std::string::npos && i + 1 < tokens_.size() && tokens_[i + 1].text == "(";
}

void Finder::advisory_locks() {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (!is_lock_call(i)) continue;
    const auto call = range({i, tokens_[i + 1].partner + 1});
    const bool tries = tokens_[i].text.starts_with("pg_try_");
    findings_.add(call.begin, findings_.shown(call), {{call, tries ? "true" : "NULL"}});
  }
}

std::string Finder::all_of_it() const {
  if (tokens_.empty()) return {};
  const sql::Range whole = range({0, tokens_.size()});
  if (tokens_[0].is("lock")) return findings_.shown(whole);
  if (tokens_.size() > 3 && tokens_[0].is("select") && is_lock_call(1) && tokens_[2].partner + 1 == tokens_.size()) {
    return findings_.shown(range({1, tokens_.size()}));
  }
  return {};
}

// ------------------------------------------------------------------------------------------------- conditions

void Finder::conditions() {
  if (!changes(levels_)) return;
  for (const auto& level : levels_) {
    if (level.outermost && level.verb == "select") continue;  // it looks at what was changed
    bool target = false;                                      // of ON CONFLICT: what says which key is meant
    each_of(tokens_, level.begin, level.end, [&](std::size_t i) {
      if (tokens_[i].is("conflict")) target = true;
      if (tokens_[i].is("do")) target = false;
      if (target || !(tokens_[i].is("where") || tokens_[i].is("having"))) return true;
      std::size_t end = level.end;
      each_of(tokens_, i + 1, level.end, [&](std::size_t stop) {
        if (!is_any(tokens_[stop], ends_of_where)) return true;
        end = stop;
        return false;
      });
      terms_of(i, end);
      return true;
    });
  }
}

void Finder::terms_of(std::size_t where, std::size_t end) {
  const auto terms = split({where + 1, end});
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (is_address(terms[i])) continue;
    const bool only = terms.size() == 1;
    // With the AND in front of it, or behind it; an only term goes with its WHERE.
    const Range gone = only     ? Range{where, end}
                       : i == 0 ? Range{terms[0].begin, terms[1].begin}
                                : Range{terms[i].begin - 1, terms[i].end};
    const std::string word = i > 0 ? "AND " : tokens_[where].is("having") ? "HAVING " : "WHERE ";
    findings_.add(range(terms[i]).begin, word + findings_.shown(range(terms[i])), {blank(range(gone))});
  }
}

// At each AND that is not BETWEEN's or within CASE; where there is an OR, the whole is one term.
std::vector<Finder::Range> Finder::split(Range condition) const {
  std::vector<Range> terms = {{condition.begin, condition.begin}};
  bool between = false;
  bool alternatives = false;
  std::size_t cases = 0;
  each_of(tokens_, condition.begin, condition.end, [&](std::size_t i) {
    if (tokens_[i].is("case")) ++cases;
    if (tokens_[i].is("end") && cases > 0) --cases;
    if (cases > 0) return true;
    if (tokens_[i].is("or")) alternatives = true;
    if (tokens_[i].is("between")) between = true;
    if (!tokens_[i].is("and")) return true;
    if (!std::exchange(between, false)) {
      terms.back().end = i;
      terms.push_back({i + 1, i + 1});
    }
    return true;
  });
  terms.back().end = condition.end;
  if (alternatives) return {condition};
  return terms;
}

// What only says which row is meant: an equality on a column of a key, or one with a given value on a column that
// nobody sets.
bool Finder::is_address(Range term) const {
  std::optional<std::size_t> equals;
  bool is_list = false;
  std::size_t operators = 0;
  each_of(tokens_, term.begin, term.end, [&](std::size_t i) {
    const bool list = tokens_[i].is("in");
    if (tokens_[i].text == "=" || list) {
      equals = i;
      is_list = list;
      ++operators;
    }
    if (tokens_[i].is("not") || tokens_[i].is("is") || tokens_[i].is("or")) operators += 2;
    return true;
  });
  if (!equals || operators != 1) return false;
  const Range right{*equals + 1, term.end};
  const auto left_column = column({term.begin, *equals});
  const auto right_column = is_list ? std::nullopt : column(right);
  const auto is_key = [&](const auto& name) { return name && keys_.contains(*name); };
  if (is_key(left_column) || is_key(right_column)) return true;
  const auto never_set = [&](const auto& name) { return name && !set_.contains(*name); };
  return (never_set(left_column) && is_given(right)) || (never_set(right_column) && is_given({term.begin, *equals}));
}

// c, t.c
std::optional<std::string> Finder::column(Range side) const {
  if (side.begin >= side.end) return std::nullopt;
  const std::size_t size = side.end - side.begin;
  const auto& last = tokens_[side.end - 1];
  const bool plain = size == 1 || (size == 3 && tokens_[side.begin + 1].text == ".");
  if (!plain || last.kind != Token::Kind::word || last.local || last.is("true") || last.is("false"))
    return std::nullopt;
  return last.text;
}

// Values and locals only.
bool Finder::is_given(Range side) const {
  for (std::size_t i = side.begin; i < side.end; ++i) {
    const auto& token = tokens_[i];
    if (token.kind == Token::Kind::word && !token.local && !token.is("true") && !token.is("false")) return false;
  }
  return true;
}

// ------------------------------------------------------------------------------------------- ON CONFLICT, levels

void Finder::conflicts() {
  for (const auto& level : levels_) {
    if (level.verb != "insert") continue;
    std::optional<std::size_t> begin;
    std::size_t end = level.end;
    each_of(tokens_, level.begin, level.end, [&](std::size_t i) {
      if (tokens_[i].is("on") && at(tokens_, i + 1, "conflict")) begin = i;
      if (begin && tokens_[i].is("returning")) end = i;
      return end == level.end;
    });
    if (!begin) continue;
    const auto clause = range({*begin, end});
    findings_.add(clause.begin, findings_.shown(clause), {blank(clause)});
  }
}

// BEGIN ISOLATION LEVEL SERIALIZABLE, SET TRANSACTION ISOLATION LEVEL REPEATABLE READ
void Finder::level() {
  if (!levels_.empty()) return;
  for (std::size_t i = 0; i + 2 < tokens_.size(); ++i) {
    if (!tokens_[i].is("isolation") || !tokens_[i + 1].is("level") || at(tokens_, i + 3, "committed")) continue;
    const bool two_words = tokens_[i + 2].is("repeatable") || tokens_[i + 2].is("read");
    const auto named = range({i + 2, i + (two_words ? 4 : 3)});
    findings_.add(named.begin, findings_.shown(range({i, i + (two_words ? 4 : 3)})), {{named, "READ COMMITTED"}});
  }
}

}  // namespace

bool changes_data(const SourceText& source, const SqlText& text) {
  return changes(levels_of(tokens_of(source, text.range)));
}

void note_touches(const SourceText& source, const SqlText& text, Touches& touches) {
  const auto tokens = tokens_of(source, text.range);
  for (const auto& level : levels_of(tokens)) {
    if (level.verb == "insert") touches.inserted[level.table].push_back(columns_listed(tokens, level));
    if (level.verb == "insert" || level.verb == "update") note_set(tokens, level, touches.set[level.table]);
    if (level.verb == "delete") touches.deleted.insert(level.table);
  }
}

void find_in_sql(const Statement& statement, const SqlText& text, bool kept, const Touches& touches,
                 Findings& findings) {
  Finder finder(tokens_of(findings.source(), text.range), touches, findings);
  const std::string whole = finder.all_of_it();
  if (!whole.empty() && !kept) {
    findings.add(statement.at, whole, {blank(findings.statement_at(statement.at))});
    return;
  }
  finder.row_locks();
  finder.advisory_locks();
  finder.conditions();
  finder.conflicts();
  finder.level();
}

}  // namespace gapless::scenario
