// Where PostgreSQL's scanner would be wrong: lock:7a is no token of SQL, and is one word of Redis.
#include "scenario/command_text.h"

#include <algorithm>

#include "sql/scan.h"

namespace gapless::scenario {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_character(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c); }

bool is_at(std::string_view text, std::size_t at, std::string_view wanted) {
  return text.substr(std::min(at, text.size()), wanted.size()) == wanted;
}

// Behind the comment that begins at `at`; `at` itself where none does.
std::size_t behind_comment(std::string_view text, std::size_t at) {
  if (is_at(text, at, "--")) return std::min(text.find('\n', at), text.size());
  if (!is_at(text, at, "/*")) return at;
  for (std::size_t depth = 0; at < text.size();) {
    const bool opens = is_at(text, at, "/*");
    const bool closes = is_at(text, at, "*/");
    depth += opens ? 1 : 0;
    depth -= closes ? 1 : 0;
    at += opens || closes ? 2 : 1;
    if (depth == 0) return at;
  }
  return text.size();
}

std::size_t behind_space(std::string_view text, std::size_t at) {
  for (;;) {
    while (at < text.size() && is_space(text[at])) ++at;
    const std::size_t next = behind_comment(text, at);
    if (next == at) return at;
    at = next;
  }
}

// A comment as programs have it; http://example.com holds none.
bool begins_slash_comment(std::string_view text, std::size_t at) {
  if (!is_at(text, at, "//")) return false;
  return at == 0 || is_space(text[at - 1]) || std::string_view(";{}(),").find(text[at - 1]) != std::string_view::npos;
}

// Behind the quoted text that begins at `at`.
std::size_t behind_quoted(std::string_view text, std::size_t at, bool escapes) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (escapes && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (!is_at(text, at + 1, std::string_view(&quote, 1))) return at + 1;
      ++at;
    }
  }
  return text.size();
}

// Behind $tag$ … $tag$; `at` itself where none begins.
std::size_t behind_dollar_quoted(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && is_name_character(text[end])) ++end;
  if (end >= text.size() || text[end] != '$' || is_digit(text[at + 1])) return at;
  const std::string_view tag = text.substr(at, end + 1 - at);
  const std::size_t closing = text.find(tag, end + 1);
  return closing == std::string_view::npos ? text.size() : closing + tag.size();
}

class Scanner {
 public:
  Scanner(const Source& source, Offset from) : source_(source), text_(source->text), at_(from) {}

  ScannedCommand run() {
    ScannedCommand result;
    for (;;) {
      at_ = behind_space(text_, at_);
      if (is_over()) break;
      result.words.push_back(word());
    }
    result.end = static_cast<Offset>(at_);
    return result;
  }

 private:
  bool is_over() const {
    return at_ == text_.size() || text_[at_] == ';' || (text_[at_] == '}' && !is_at(text_, at_, "}}"));
  }
  bool ends_word() const { return is_over() || is_space(text_[at_]) || behind_comment(text_, at_) != at_; }

  CommandWord word() {
    CommandWord result{{}, static_cast<Offset>(at_)};
    if (text_[at_] == '\'' || text_[at_] == '"') {
      quoted(result);
      return result;
    }
    while (!ends_word()) {
      if (text_[at_] == '\'' || text_[at_] == '"') {
        refuse(at_, "a quote inside a word: put the quotes around the whole word");
      }
      piece(result);
    }
    return result;
  }

  void quoted(CommandWord& word) {
    const std::size_t begin = at_;
    const char quote = text_[at_++];
    add(word, "");  // also of an empty text
    for (;;) {
      if (at_ == text_.size()) refuse(begin, "this quote is never closed");
      if (text_[at_] == quote) {
        ++at_;
        if (at_ == text_.size() || text_[at_] != quote) break;
      } else if (text_[at_] == '}' && !is_at(text_, at_, "}}")) {
        const bool far = text_.substr(begin, at_ - begin).find('\n') != std::string_view::npos;
        if (far) refuse(begin, "this quote is never closed, or a `}` in it is not written twice: `}}`");
        refuse(at_, "a brace that stands for itself is written twice: `}}`");
      }
      piece(word);
    }
    if (!ends_word()) refuse(at_, "a quoted word ends with its quote: put a blank behind it");
  }

  // One character, or one expression.
  void piece(CommandWord& word) {
    const bool brace = text_[at_] == '{' || text_[at_] == '}';
    if (!brace || is_at(text_, at_, "{{") || is_at(text_, at_, "}}")) {
      add(word, text_.substr(at_, 1));
      at_ += brace ? 2 : 1;
      return;
    }
    const std::size_t begin = at_ + 1;
    const Offset end = sql::find_end(source_, static_cast<Offset>(begin), "};");
    if (end == text_.size() || text_[end] != '}') {
      refuse(at_, "this `{` is never closed; a brace that stands for itself is written twice: `{{`");
    }
    if (behind_space(text_, begin) >= end) {
      refuse(at_, "`{ }` holds an expression; a brace that stands for itself is written twice: `{{`");
    }
    word.pieces.push_back({{}, sql::Range{static_cast<Offset>(begin), end}});
    at_ = end + 1;
  }

  static void add(CommandWord& word, std::string_view text) {
    if (word.pieces.empty() || word.pieces.back().expression) word.pieces.emplace_back();
    word.pieces.back().text += text;
  }

  [[noreturn]] void refuse(std::size_t at, const char* message) const {
    throw ModelError(*source_, static_cast<Offset>(at), message);
  }

  const Source& source_;
  std::string_view text_;
  std::size_t at_;
};

}  // namespace

ScannedCommand scan_command(const Source& source, Offset from) { return Scanner(source, from).run(); }

std::set<std::string> database_names(std::string_view text, std::string_view kind) {
  std::set<std::string> names;
  std::string name;
  int seen = 0;  // of `database NAME redis`
  for (std::size_t at = behind_space(text, 0); at < text.size(); at = behind_space(text, at)) {
    const std::size_t begin = at;
    while (at < text.size() && is_name_character(text[at])) ++at;
    const std::string_view word = text.substr(begin, at - begin);
    if (!word.empty()) {
      if (seen == 2 && word == kind) names.insert(name);
      if (seen == 1) name = word;
      seen = seen == 1 ? 2 : word == "database" ? 1 : 0;
      const bool escapes = (word == "e" || word == "E") && (is_at(text, at, "'"));
      if (escapes) at = behind_quoted(text, at, true);
      continue;
    }
    seen = 0;
    if (begins_slash_comment(text, at)) {
      at = std::min(text.find('\n', at), text.size());
    } else if (text[at] == '\'' || text[at] == '"') {
      at = behind_quoted(text, at, false);
    } else {
      const std::size_t next = text[at] == '$' ? behind_dollar_quoted(text, at) : at;
      at = next == at ? at + 1 : next;
    }
  }
  return names;
}

std::string fold_mixed(std::string_view text, bool programs) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t next = behind_space(text, at);
    while (programs && begins_slash_comment(text, next)) {
      next = behind_space(text, std::min(text.find('\n', next), text.size()));
    }
    if (next != at) {
      result += '\n';
      at = next;
      continue;
    }
    const bool quote = text[at] == '\'' || text[at] == '"';
    const std::size_t end = quote ? behind_quoted(text, at, programs) : at + 1;
    result += text.substr(at, end - at);
    at = end;
  }
  return result;
}

}  // namespace gapless::scenario
