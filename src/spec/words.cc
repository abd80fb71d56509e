// Lenient: whatever is wrong with the text, PostgreSQL's grammar says so later.
#include "spec/words.h"

#include <algorithm>

namespace gapless::spec {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::vector<Word> split() {
    while (skip_blanks(), at_ < text_.size()) {
      Word word;
      word.begin = at_;
      read(word);
      word.end = at_;
      words_.push_back(std::move(word));
    }
    return std::move(words_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void skip_blanks() {
    while (at_ < text_.size()) {
      if (is_space(text_[at_])) {
        ++at_;
      } else if (peek() == '-' && peek(1) == '-') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (peek() == '/' && peek(1) == '*') {
        skip_comment();
      } else {
        return;
      }
    }
  }

  // They nest.
  void skip_comment() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      if (peek() == '/' && peek(1) == '*') {
        ++depth;
        at_ += 2;
      } else if (peek() == '*' && peek(1) == '/') {
        at_ += 2;
        if (--depth == 0) return;
      } else {
        ++at_;
      }
    }
  }

  void read(Word& word) {
    const char c = peek();
    if ((c == 'e' || c == 'E') && peek(1) == '\'') {
      ++at_;
      quoted(word, Word::Kind::string, true);
    } else if (begins_name(c)) {
      word.kind = Word::Kind::name;
      while (begins_name(peek()) || is_digit(peek()) || peek() == '$') word.text += lower(text_[at_++]);
    } else if (is_digit(c)) {
      word.kind = Word::Kind::number;
      while (is_digit(peek()) || peek() == '.') word.text += text_[at_++];
    } else if (c == '\'') {
      quoted(word, Word::Kind::string, false);
    } else if (c == '"') {
      quoted(word, Word::Kind::quoted_name, false);
    } else if (const auto tag = dollar_tag(); !tag.empty()) {
      dollar_string(word, tag);
    } else {
      word.text = text_[at_++];
    }
  }

  void quoted(Word& word, Word::Kind kind, bool escapes) {
    word.kind = kind;
    const char quote = text_[at_++];
    while (at_ < text_.size()) {
      if (escapes && peek() == '\\' && at_ + 1 < text_.size()) {
        ++at_;
      } else if (peek() == quote) {
        ++at_;
        if (peek() != quote) return;
      }
      word.text += text_[at_++];
    }
  }

  // "$body$" where one begins here; empty if none does.
  std::string_view dollar_tag() const {
    if (peek() != '$') return {};
    std::size_t length = 1;
    while (begins_name(peek(length)) || (length > 1 && is_digit(peek(length)))) ++length;
    return peek(length) == '$' ? text_.substr(at_, length + 1) : std::string_view();
  }

  void dollar_string(Word& word, std::string_view tag) {
    word.kind = Word::Kind::dollar_string;
    at_ += tag.size();
    const auto close = text_.find(tag, at_);
    word.text = text_.substr(at_, close == std::string_view::npos ? close : close - at_);
    at_ = close == std::string_view::npos ? text_.size() : close + tag.size();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Word> words_;
};

}  // namespace

std::vector<Word> words_of(std::string_view text) { return Splitter(text).split(); }

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
  std::string all;
  for (const auto& text : texts) {
    if (&text != &texts.front()) all += between;
    all += text;
  }
  return all;
}

}  // namespace gapless::spec
