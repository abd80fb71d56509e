// Facts of the format: # begins a comment outside of blocks; a block ends at the first closing brace, whatever the SQL
// in it says; the blanks beside its braces, but not line ends, are no part of it.
#include "spec/scanner.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace gapless::spec {
namespace {

constexpr auto keywords =
    std::to_array<std::string_view>({"notices", "permutation", "session", "setup", "step", "teardown"});

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool continues_name(char c) { return begins_name(c) || is_digit(c) || c == '$'; }

}  // namespace

Token Scanner::next() {
  skip_blanks();
  const auto& text = source_->text;
  Token token;
  token.at = static_cast<Offset>(at_);
  if (at_ == text.size()) return token;
  const char c = text[at_];
  if (c == '"') return quoted();
  if (c == '{') return block();
  if (begins_name(c)) {
    token.text = take_while(continues_name);
    const bool keyword = std::ranges::find(keywords, token.text) != keywords.end();
    token.kind = keyword ? Token::Kind::keyword : Token::Kind::identifier;
  } else if (is_digit(c)) {
    token.kind = Token::Kind::number;
    token.text = take_while(is_digit);
  } else if (std::string_view("(),*").find(c) != std::string_view::npos) {
    token.kind = Token::Kind::mark;
    token.text = text.substr(at_++, 1);
  } else if (c == '}') {
    throw ModelError(*source_, token.at, "this brace closes no block; a block of SQL ends at its first `}`");
  } else {
    throw ModelError(*source_, token.at, "unexpected character");
  }
  return token;
}

void Scanner::skip_blanks() {
  const auto& text = source_->text;
  while (at_ < text.size()) {
    if (text[at_] == '#') {
      while (at_ < text.size() && text[at_] != '\n' && text[at_] != '\r') ++at_;
    } else if (is_blank(text[at_]) || text[at_] == '\n') {
      ++at_;
    } else {
      return;
    }
  }
}

Token Scanner::quoted() {
  const auto& text = source_->text;
  Token token;
  token.kind = Token::Kind::identifier;
  token.at = static_cast<Offset>(at_);
  for (++at_; at_ < text.size() && text[at_] != '\n'; ++at_) {
    if (text[at_] == '"') {
      ++at_;
      if (at_ == text.size() || text[at_] != '"') return token;
    }
    token.text += text[at_];
  }
  throw ModelError(*source_, token.at, "this quoted name does not end on its line");
}

Token Scanner::block() {
  const auto& text = source_->text;
  Token token;
  token.kind = Token::Kind::block;
  token.at = static_cast<Offset>(at_);
  auto begin = at_ + 1;
  const auto close = text.find('}', begin);
  if (close == std::string::npos) throw ModelError(*source_, token.at, "this block of SQL is never closed");
  at_ = close + 1;
  while (begin < close && is_blank(text[begin])) ++begin;
  auto end = close;
  while (end > begin && is_blank(text[end - 1])) --end;
  token.block = {static_cast<Offset>(begin), static_cast<Offset>(end)};
  return token;
}

std::string Scanner::take_while(bool (*belongs)(char)) {
  const auto begin = at_;
  while (at_ < source_->text.size() && belongs(source_->text[at_])) ++at_;
  return source_->text.substr(begin, at_ - begin);
}

}  // namespace gapless::spec
