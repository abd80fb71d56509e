// Longest match by the first character. In Redis an {expression} is one quoted text, whatever is in it.
#include "scenario/format/lexer.h"

#include <algorithm>

namespace gapless::scenario::format {
namespace {

using Kind = Lexeme::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_word(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}
bool in_word(char c) { return begins_word(c) || is_digit(c); }

class Reader {
 public:
  Reader(std::string_view text, std::size_t at, Notation notation) : text_(text), notation_(notation), at_(at) {}

  Lexeme next() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    const std::size_t begin = at_;
    const Kind kind = at_ == text_.size() ? Kind::end : read();
    at_ = std::min(at_, text_.size());
    return {kind, begin, at_};
  }

 private:
  bool sees(std::string_view wanted) const { return text_.substr(std::min(at_, text_.size())).starts_with(wanted); }

  Kind read() {
    const char c = text_[at_];
    if (sees("--") || (sees("//") && has_slash_comments())) {
      at_ = std::min(text_.find('\n', at_), text_.size());
      while (is_space(text_[at_ - 1])) --at_;
      return Kind::line_comment;
    }
    if (sees("/*")) return block_comment();
    if (c == '\'' || c == '"') return quoted();
    if (c == '$' && is_sql() && dollar_quoted()) return Kind::quoted;
    if (notation_ == Notation::redis && (c == '{' || c == '}')) return brace();
    if (in_word(c)) return word();
    at_ += sees("<=") ? 2 : 1;
    return Kind::symbol;
  }

  bool is_sql() const { return notation_ == Notation::sql || notation_ == Notation::partiql; }
  bool has_slash_comments() const { return notation_ == Notation::language || notation_ == Notation::document; }

  Kind block_comment() {
    std::size_t depth = 0;
    do {
      const bool opens = sees("/*");
      const bool closes = sees("*/");
      depth += opens ? 1 : 0;
      depth -= closes ? 1 : 0;
      at_ += opens || closes ? 2 : 1;
    } while (depth > 0 && at_ < text_.size());
    return Kind::block_comment;
  }

  // A doubled quote stands for one, but in JavaScript's "…".
  Kind quoted() {
    const char quote = text_[at_++];
    const bool escapes = notation_ == Notation::document;
    while (at_ < text_.size()) {
      if (escapes && text_[at_] == '\\') {
        at_ += 2;
      } else if (text_[at_] == quote) {
        ++at_;
        if ((escapes && quote == '"') || at_ == text_.size() || text_[at_] != quote) break;
        ++at_;
      } else if (notation_ == Notation::redis && text_[at_] == '{') {
        brace();
      } else {
        ++at_;
      }
    }
    return Kind::quoted;
  }

  // $tag$ … $tag$
  bool dollar_quoted() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && in_word(text_[end])) ++end;
    if (end >= text_.size() || text_[end] != '$' || is_digit(text_[at_ + 1])) return false;
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    const std::size_t closing = text_.find(tag, end + 1);
    at_ = closing == std::string_view::npos ? text_.size() : closing + tag.size();
    return true;
  }

  // {{ or }}, an {expression}, or the } that ends the block around the command.
  Kind brace() {
    if (sees("{{") || sees("}}")) {
      at_ += 2;
      return Kind::symbol;
    }
    if (text_[at_] == '}') {
      ++at_;
      return Kind::symbol;
    }
    for (++at_;;) {
      const Lexeme lexeme = next_lexeme(text_, at_, Notation::sql);
      at_ = lexeme.end;
      const bool closes = lexeme.kind == Kind::symbol && text_[lexeme.begin] == '}';
      if (closes || lexeme.kind == Kind::end) return Kind::quoted;
    }
  }

  Kind word() {
    const std::size_t begin = at_;
    const bool name = begins_word(text_[at_]);
    while (at_ < text_.size() && (in_word(text_[at_]) || (name && text_[at_] == '$' && is_sql()))) ++at_;
    const bool is_e = at_ == begin + 1 && (text_[begin] == 'e' || text_[begin] == 'E');
    if (is_e && is_sql() && sees("'")) return quoted_with_escapes();
    return Kind::word;
  }

  // E'…', in which both a backslash and a second quote escape.
  Kind quoted_with_escapes() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == '\'') {
        ++at_;
        if (!sees("'")) break;
      }
    }
    return Kind::quoted;
  }

  std::string_view text_;
  Notation notation_;
  std::size_t at_;
};

}  // namespace

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

Lexeme next_lexeme(std::string_view text, std::size_t at, Notation notation) {
  return Reader(text, at, notation).next();
}

}  // namespace gapless::scenario::format
