// PostgreSQL's scanner reads a whole text or fails, but what follows a statement need not be SQL. So a window is
// scanned that grows until the end is in it. A cut through a token changes only tokens after which nothing follows in
// the window, so an end that is found before an error or a cut is where it would be found in the whole.
#include "sql/scan.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/check.h"
#include "sql/postgres.h"
#include "sql/utf8.h"

namespace gapless::sql {

namespace {

using postgres::Token;
using postgres::TokenKind;

struct Opened {
  char bracket;
  Offset at;
};

// Walks over tokens, from the beginning each time.
class EndFinder {
 public:
  EndFinder(const Source& source, Offset from, std::string_view stops) : source_(*source), from_(from), stops_(stops) {}

  std::optional<Offset> find(std::string_view window, const std::vector<Token>& tokens) {
    opened_.clear();
    for (const Token& token : tokens) {
      if (token.kind != TokenKind::character) continue;
      const char c = window[token.begin];
      const Offset at = from_ + static_cast<Offset>(token.begin);
      if (opened_.empty() && stops_.find(c) != std::string_view::npos) return at;
      step(c, at);
    }
    return std::nullopt;
  }

  void refuse_open() const {
    if (!opened_.empty())
      throw ModelError(source_, opened_.back().at, std::string("'") + opened_.back().bracket + "' is never closed");
  }

 private:
  void step(char c, Offset at) {
    if (c == '(' || c == '[') opened_.push_back({c, at});
    // No statement goes on after a semicolon: better to point at the parenthesis than to swallow the next statement.
    if (c == ';') refuse_open();
    if (c != ')' && c != ']') return;
    const char opening = c == ')' ? '(' : '[';
    if (opened_.empty() || opened_.back().bracket != opening)
      throw ModelError(source_, at, std::string("'") + c + "' closes nothing");
    opened_.pop_back();
  }

  const SourceText& source_;
  Offset from_;
  std::string_view stops_;
  std::vector<Opened> opened_;
};

// Space and line ends become one blank, without a look at quotes: for text that cannot be scanned.
std::string fold_blindly(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!space) result += c;
    if (space && !result.empty() && result.back() != ' ') result += ' ';
  }
  if (result.ends_with(' ')) result.pop_back();
  return result;
}

// The tokens but for comments, with what `between` gives between two of them.
template <typename Between>
std::string join_tokens(std::string_view text, Between between) {
  if (first_bad_byte(text) != text.size()) return fold_blindly(text);
  const auto scanned = postgres::scan(text);
  if (scanned.error) return fold_blindly(text);
  std::string result;
  const Token* previous = nullptr;
  for (const Token& token : scanned.tokens) {
    if (token.kind == TokenKind::comment) continue;
    if (previous != nullptr) result += between(*previous, token);
    result += text.substr(token.begin, token.end - token.begin);
    previous = &token;
  }
  return result;
}

}  // namespace

Offset find_end(const Source& source, Offset from, std::string_view stops, Offset limit) {
  check(from <= source->text.size() && from <= limit, "a search begins within its source");
  const std::string_view rest = std::string_view(source->text).substr(from, limit - from);
  EndFinder finder(source, from, stops);
  const auto at = [&](std::size_t offset) { return from + static_cast<Offset>(offset); };
  for (std::size_t size = 512;; size *= 4) {
    size = std::min({size, longest_statement, rest.size()});
    const bool last = size == longest_statement || size == rest.size();
    std::string_view window = rest.substr(0, size);
    const std::size_t good = first_bad_byte(window);
    window = window.substr(0, good);

    auto scanned = postgres::scan(window);
    const auto error = scanned.error;
    while (scanned.error) {
      const std::size_t before = std::min(scanned.error->at, window.size());
      if (before == 0) break;
      window = window.substr(0, before == window.size() ? before - 1 : before);
      window = window.substr(0, first_bad_byte(window));
      scanned = postgres::scan(window);
    }
    if (const auto end = finder.find(window, scanned.tokens)) return *end;
    if (!last) continue;
    if (error) throw ModelError(*source, at(error->at), error->message);
    if (good < size && (size == rest.size() || size - good >= 4))
      throw ModelError(*source, at(good), rest[good] == '\0' ? "a zero byte" : "this is not valid UTF-8");
    if (size < rest.size())
      throw ModelError(
          *source, from,
          "a statement longer than " + std::to_string(longest_statement) + " bytes, or its end is missing");
    finder.refuse_open();
    return at(rest.size());
  }
}

std::string fold_space(std::string_view text) {
  return join_tokens(text,
                     [](const Token& before, const Token& after) { return before.end == after.begin ? "" : " "; });
}

std::string token_lines(std::string_view text) {
  return join_tokens(text, [](const Token&, const Token&) { return "\n"; });
}

}  // namespace gapless::sql
