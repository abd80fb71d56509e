#include "store/document/dynamo/tokens.h"

#include <algorithm>

namespace gapless::store::document::dynamo {
namespace {

constexpr std::size_t longest = 4096;  // bytes, of an expression

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Lexer {
 public:
  Lexer(Notation notation, std::string_view label, std::string_view text)
      : notation_(notation), label_(label), text_(text) {}

  std::vector<Token> run() {
    while (skip_space(), at_ < text_.size()) found_.push_back(next());
    const std::size_t end = found_.empty() ? 0 : found_.back().end;
    found_.push_back({Token::Kind::end, "<EOF>", false, end, end});
    return std::move(found_);
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  Token next() {
    const char c = text_[at_];
    const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    const bool is_placeholder = notation_ == Notation::expression && (c == '#' || c == ':');
    if (is_placeholder && (is_letter(after) || is_digit(after))) {
      return take(c == '#' ? Token::Kind::name : Token::Kind::value, word_end(at_ + 1));
    }
    if (is_letter(c)) return take(Token::Kind::word, word_end(at_));
    if (is_digit(c)) return take(Token::Kind::number, number_end());
    if (notation_ == Notation::partiql && (c == '\'' || c == '"')) return quoted(c);
    return sign();
  }

  Token take(Token::Kind kind, std::size_t end) {
    const Token token{kind, std::string(text_.substr(at_, end - at_)), false, at_, end};
    at_ = end;
    return token;
  }

  std::size_t word_end(std::size_t end) const {
    while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]))) ++end;
    return end;
  }

  std::size_t number_end() const {
    std::size_t end = at_;
    const auto digits = [&] {
      while (end < text_.size() && is_digit(text_[end])) ++end;
    };
    digits();
    if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
      ++end;
      digits();
    }
    return end;
  }

  Token quoted(char quote) {
    Token token{quote == '"' ? Token::Kind::word : Token::Kind::text, "", true, at_, at_};
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == quote) {
        const bool doubled = i + 1 < text_.size() && text_[i + 1] == quote;
        if (!doubled) {
          token.end = at_ = i + 1;
          return token;
        }
        ++i;
      }
      token.text += text_[i];
    }
    throw Refusal("Invalid " + std::string(label_) + ": the quote at character " + std::to_string(at_ + 1) +
                  " is never closed");
  }

  Token sign() {
    static constexpr std::string_view twos[] = {"<>", "<=", ">=", "!=", "<<", ">>"};
    const std::string_view two = text_.substr(at_, 2);
    const bool is_two = std::ranges::find(twos, two) != std::end(twos);
    const bool is_one = std::string_view("=<>()[]{}.,:+-*?").find(text_[at_]) != std::string_view::npos;
    std::size_t end = at_ + (is_two ? 2 : 1);
    if (!is_two && !is_one) {
      while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0U) == 0x80U) ++end;  // one character
    }
    const Token token = take(Token::Kind::sign, end);
    if (is_two || is_one) return token;
    found_.push_back(token);
    found_.push_back({Token::Kind::end, "<EOF>", false, end, end});
    refuse_syntax(label_, text_, found_, found_.size() - 2);
  }

  Notation notation_;
  std::string_view label_, text_;
  std::size_t at_ = 0;
  std::vector<Token> found_;
};

}  // namespace

std::vector<Token> tokens_of(Notation notation, std::string_view label, std::string_view text) {
  const std::string name(label);
  if (text.size() > longest) {
    throw Refusal("Invalid " + name + ": Expression size has exceeded the maximum allowed size; expression size: " +
                  std::to_string(text.size()));
  }
  auto tokens = Lexer(notation, label, text).run();
  if (tokens.size() == 1) throw Refusal("Invalid " + name + ": The expression can not be empty;");
  return tokens;
}

void refuse_syntax(std::string_view label, std::string_view text, const std::vector<Token>& tokens, std::size_t at,
                   std::string_view advice) {
  const Token& token = tokens.at(at);
  const Token& before = tokens[at == 0 ? 0 : at - 1];
  const Token& after = tokens[std::min(at + 1, tokens.size() - 1)];
  std::string message =
      "Invalid " + std::string(label) + ": Syntax error; token: \"" +
      (token.kind == Token::Kind::end ? token.text : std::string(text.substr(token.begin, token.end - token.begin))) +
      "\", near: \"" + std::string(text.substr(before.begin, after.end - before.begin)) + "\" (character " +
      std::to_string(token.begin + 1) + ")";
  if (!advice.empty()) message += ": " + std::string(advice);
  throw Refusal(message);
}

}  // namespace gapless::store::document::dynamo
