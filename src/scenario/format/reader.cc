// Recursive descent over what the grammar has accepted, so that nothing needs to be diagnosed here: it is only asked
// where heads, blocks and stretches begin and end. What comes otherwise is a belief that fails, and no file is written.
#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "base/check.h"
#include "scenario/format/cursor.h"
#include "scenario/format/tree.h"

namespace gapless::scenario::format {
namespace {

using Kind = Piece::Kind;
using Before = Piece::Before;

constexpr std::array declarations = {"scenario", "isolation", "database", "memory", "processes", "lock",   "clock",
                                     "faults",   "request",   "run",      "always", "finally",   "history"};
// With a block, and without.
constexpr std::array block_statements = {"if", "for", "transaction", "retry", "try", "hold", "section"};
constexpr std::array statements = {"let",  "set",   "respond", "effect",  "call", "again",
                                   "send", "await", "acquire", "release", "sleep"};
// Of the latter those that go on with words of the language.
constexpr std::array listing = {"effect", "call", "send", "acquire", "release"};
constexpr std::array next_parts = {"else", "catch", "finally", "exhausted"};

bool is_one_of(std::string_view word, std::span<const char* const> words) {
  return std::ranges::find(words, word) != words.end();
}

class Reader : private Cursor {
 public:
  Reader(std::string_view text, const Notations& notations) : Cursor(text, notations) {}

  std::vector<Item> file();

 private:
  using ReadItem = void (Reader::*)(Item&);

  // Blocks.
  void items(std::vector<Item>& into, char close, ReadItem read);
  void block(Part& part, ReadItem read);
  void semicolon(Item& item);

  // Items.
  void declaration(Item& item);
  void plain_declaration(Item& item, std::string_view keyword);
  bool declaration_goes_on(const Part& part, std::string_view keyword) const;
  bool is_session(const Part& part) const;
  void session(Part& part);
  void database(Item& item);
  void request(Item& item);
  void variant(Item& item);
  void clauses(Item& item);
  void schema(Item& item);
  void invariant(Item& item);
  void query(Item& item);
  void setup_command(Item& item);
  void statement(Item& item);
  void block_statement(Item& item);
  void head_of_block(Part& part);
  void assignment(Item& item);
  void command(Item& item);
  void value(Part& part);

  Notation setup_ = Notation::sql;  // of the database's block that is being read
};

// ------------------------------------------------------------------------------------------------------ blocks

// Up to `close`, which is left; '\0' for the end of the file.
void Reader::items(std::vector<Item>& into, char close, ReadItem read) {
  for (;;) {
    const Lexeme lexeme = peek();
    const bool end = lexeme.kind == Lexeme::Kind::end;
    check(!end || close == '\0', "a block ends before the file does");
    if (end || (lexeme.kind == Lexeme::Kind::symbol && text_[lexeme.begin] == close)) return;
    Item item;
    item.blank_before = breaks(at_, lexeme.begin) > 1;
    if (lexeme.comment()) {
      item.comment = true;
      item.parts.emplace_back();
      item.parts.back().head.push_back({Kind::comment, lexeme.begin, lexeme.end, Before::nothing});
      at_ = lexeme.end;
    } else {
      (this->*read)(item);
    }
    item.trailing = comments_on_this_line();
    into.push_back(std::move(item));
  }
}

void Reader::block(Part& part, ReadItem read) {
  const Lexeme open = peek();
  check(text_of(open) == "{", "a block begins with a brace");
  if (!part.head.empty()) {
    part.several_lines = part.several_lines || has_break(part.head.front().begin, part.head.back().end);
  }
  at_ = open.end;
  const Lexeme first = peek();
  const bool comment_only = first.comment() && has_break(first.begin, std::min(peek(first.end).begin, text_.size()));
  if (comment_only) part.opening = comments_on_this_line();
  items(part.items, '}', read);
  const Lexeme close = peek();
  at_ = close.end;
  part.has_block = true;
  part.one_line = !has_break(open.begin, close.end);
}

void Reader::semicolon(Item& item) {
  const Lexeme lexeme = peek();
  if (text_of(lexeme) != ";") return;
  item.semicolon = true;
  at_ = lexeme.end;
}

// ------------------------------------------------------------------------------------------------ declarations

std::vector<Item> Reader::file() {
  std::vector<Item> result;
  items(result, '\0', &Reader::declaration);
  return result;
}

void Reader::declaration(Item& item) {
  const auto keyword = text_of(peek());
  check(is_one_of(keyword, declarations), "every declaration of the grammar is known to its layout");
  if (keyword == "database" || keyword == "memory") return database(item);
  if (keyword == "request") return request(item);
  // `finally` is a statement's, too, but stands here at the beginning of a declaration only.
  if (keyword == "always" || keyword == "finally" || keyword == "history") return invariant(item);
  plain_declaration(item, keyword);
}

// What has no block ends with its semicolon, or where another declaration begins.
void Reader::plain_declaration(Item& item, std::string_view keyword) {
  Part& part = item.parts.emplace_back();
  word(part);
  while (declaration_goes_on(part, keyword)) {
    const bool new_line = has_break(at_, peek().begin);
    comments(part);
    const bool behind_comma = text_[part.head.back().begin] == ',';
    const auto next = text_of(peek());
    if (next == "(") {
      is_session(part) ? session(part) : arguments(part, Before::nothing);
      continue;
    }
    word(part, next == "," ? Before::nothing : new_line && behind_comma ? Before::line : Before::blank);
    if (part.head.back().before == Before::line) part.several_lines = true;
  }
  semicolon(item);
}

// As the grammar tells it from a request of that name: session (a(1), b(2)).
bool Reader::is_session(const Part& part) const {
  const Lexeme name = peek_past_comments(peek().end);
  const auto word = text_.substr(part.head.back().begin, part.head.back().end - part.head.back().begin);
  return word == "session" && name.kind == Lexeme::Kind::word && text_of(peek_past_comments(name.end)) == "(";
}

void Reader::session(Part& part) {
  word(part, Before::blank);
  for (bool first = true; !sees(")"); first = false) {
    word(part, first || sees(",") ? Before::nothing : Before::blank);
    if (sees("(")) arguments(part, Before::nothing);
  }
  word(part, Before::nothing);
}

bool Reader::declaration_goes_on(const Part& part, std::string_view keyword) const {
  const Lexeme next = peek_past_comments(at_);
  if (next.kind == Lexeme::Kind::end || text_of(next) == ";") return false;
  if (!is_one_of(text_of(next), declarations) || part.head.size() == 1) return true;
  const Piece& last = part.head.back();
  const char c = text_[last.end - 1];
  if (c == ',') return true;
  // A request may be called `lock`: deliver lock(1) until 200.
  return keyword == "run" && c != ')' && c != '"' && (c < '0' || c > '9');
}

void Reader::database(Item& item) {
  Part& part = item.parts.emplace_back();
  const bool memory = sees("memory");
  word(part);
  const auto name = text_of(peek_past_comments(at_));
  words_until(part, "{");
  const auto found = notations_.find(name);
  setup_ = memory || found == notations_.end() ? Notation::sql : found->second;
  block(part, &Reader::setup_command);
}

void Reader::setup_command(Item& item) {
  Part& part = item.parts.emplace_back();
  stretch(part, notation_at(at_, setup_), ";}");
  semicolon(item);
}

void Reader::request(Item& item) {
  Part& part = item.parts.emplace_back();
  word(part);
  word(part);
  word(part, Before::nothing);  // (
  for (bool first = true; !sees(")"); first = false) {
    word(part, first || sees(",") ? Before::nothing : Before::blank);
  }
  word(part, Before::nothing);
  clauses(item);
  const Lexeme first = peek_past_comments(peek().end);
  const bool variants = text_of(first) == "variant";
  item.parts.back().airy = variants;
  block(item.parts.back(), variants ? &Reader::variant : &Reader::statement);
}

void Reader::variant(Item& item) {
  Part& part = item.parts.emplace_back();
  word(part);
  word(part);
  while (sees(",")) {
    constexpr int under_first_name = 8;
    word(part, Before::nothing);
    const bool new_line = has_break(at_, peek().begin);
    word(part, new_line ? Before::line : Before::blank);
    part.head.back().hang = under_first_name;
  }
  clauses(item);
  block(item.parts.back(), &Reader::statement);
}

// Title, story, claims, level and schema: story, claims and schema begin a line where one line is too little.
void Reader::clauses(Item& item) {
  constexpr int under_first_claim = 11;
  bool in_claims = false;
  bool first = true;
  std::string_view previous;
  for (std::size_t end = at_;; end = at_, first = false) {
    Part& part = item.parts.back();
    part.has_clauses = true;
    comments(part);
    const Lexeme lexeme = peek();
    const auto next = text_of(lexeme);
    if (next == "{") break;
    const bool new_line = has_break(end, lexeme.begin);
    part.several_lines = part.several_lines || new_line;
    const bool level = next == "at" && !in_claims;
    const bool title = next.starts_with('"') && !in_claims && previous != "story" && previous != "at";
    const bool behind_comma = previous == ",";
    Before before = next == "," ? Before::nothing : Before::blank;
    if (next == "story" || next == "expect" || next == "schema") before = Before::clause;
    if (new_line && (level || behind_comma || (title && !first))) before = Before::clause;
    if (before == Before::clause && !behind_comma) in_claims = next == "expect";
    previous = next;
    word(part, before);
    if (behind_comma) part.head.back().hang = under_first_claim;
    if (next == "schema") schema(item);
  }
}

// schema bank { CREATE UNIQUE INDEX …; }
void Reader::schema(Item& item) {
  if (!sees("{")) word(item.parts.back());
  setup_ = Notation::sql;
  block(item.parts.back(), &Reader::setup_command);
  item.parts.emplace_back();
}

// always "…" { SELECT … }
void Reader::invariant(Item& item) {
  Part& part = item.parts.emplace_back();
  word(part);
  word(part);
  comments(part);
  block(part, &Reader::query);
}

void Reader::query(Item& item) {
  Part& part = item.parts.emplace_back();
  stretch(part, Notation::sql, ";}");
  semicolon(item);
}

// -------------------------------------------------------------------------------------------------- statements

void Reader::statement(Item& item) {
  const Lexeme first = peek();
  const auto keyword = text_of(first);
  const Lexeme second = peek_past_comments(first.end);
  const bool prefixed = text_of(second) == ">" && notations_.contains(keyword);
  const bool transaction = prefixed && text_of(peek_past_comments(second.end)) == "transaction";
  if (transaction || is_one_of(keyword, block_statements)) return block_statement(item);
  if (keyword == "let" || keyword == "set") return assignment(item);
  command(item);
}

void Reader::block_statement(Item& item) {
  for (;;) {
    Part& part = item.parts.emplace_back();
    head_of_block(part);
    block(part, &Reader::statement);
    const Lexeme next = peek_past_comments(at_);
    if (next.kind != Lexeme::Kind::word || !is_one_of(text_of(next), next_parts)) return;
  }
}

void Reader::head_of_block(Part& part) {
  comments(part);
  prefix(part);
  const auto keyword = text_of(peek());
  word(part);
  if (keyword == "else" && text_of(peek_past_comments(at_)) == "if") {
    word(part);
    return stretch(part, Notation::sql, "{");
  }
  if (keyword == "if" || keyword == "hold") return stretch(part, Notation::sql, "{");
  if (keyword != "for") return words_until(part, "{");
  word(part);
  word(part);
  const auto known = prefix(part);
  stretch(part, notation_at(at_, known), "{");
}

void Reader::assignment(Item& item) {
  Part& part = item.parts.emplace_back();
  for (int i = 0; i < 3; ++i) word(part);  // let x =
  value(part);
  semicolon(item);
}

void Reader::command(Item& item) {
  Part& part = item.parts.emplace_back();
  const auto keyword = text_of(peek());
  if (is_one_of(keyword, statements)) word(part);
  if (is_one_of(keyword, listing)) {
    stretch(part, Notation::language, ";");
  } else {
    value(part);
  }
  semicolon(item);
}

// Up to the semicolon: bank> SELECT …, an expression, a call.
void Reader::value(Part& part) {
  comments(part);
  const auto known = prefix(part);
  stretch(part, notation_at(at_, known), ";");
}

}  // namespace

std::vector<Item> read_items(std::string_view text, const Notations& notations) {
  return Reader(text, notations).file();
}

}  // namespace gapless::scenario::format
