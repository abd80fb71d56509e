// A parameter is a colon directly followed by a word, and optionally a point and a field; the scanner has already told
// apart '::' casts, ':=' and whatever stands in strings. A local name is a word that is no function, type or field.
#include "sql/parameters.h"

#include <algorithm>

#include "base/check.h"
#include "sql/postgres.h"
#include "sql/scan.h"
#include "sql/utf8.h"

namespace gapless::sql {

namespace {

using postgres::Token;
using postgres::TokenKind;

std::string folded(std::string_view name) {
  std::string result(name);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

class Rewriter {
 public:
  Rewriter(const Source& source, Range range, std::string_view prefix,
           const std::function<bool(std::string_view)>& is_local)
      : source_(*source), begin_(range.begin), is_local_(is_local) {
    text_ = std::string_view(source->text).substr(range.begin, range.end - range.begin);
    result_.text = prefix;
    result_.pieces.push_back({0, begin_, false});
  }

  Rewritten run() {
    scan();
    std::size_t copied = 0;
    for (std::size_t i = 0; i < tokens_.size();) {
      const std::size_t length = parameter_length(i);
      if (length == 0) {
        refuse_numbered(tokens_[i]);
        ++i;
        continue;
      }
      copy(copied, tokens_[i].begin);
      substitute(i, length);
      copied = tokens_[i + length - 1].end;
      i += length;
    }
    copy(copied, text_.size());
    return std::move(result_);
  }

 private:
  void scan() {
    if (text_.size() > longest_statement)
      throw ModelError(source_, begin_,
                       "a statement longer than " + std::to_string(longest_statement) + " bytes is not supported");
    if (const std::size_t bad = first_bad_byte(text_); bad < text_.size())
      throw ModelError(source_, at(bad), text_[bad] == '\0' ? "a zero byte" : "this is not valid UTF-8");
    auto scanned = postgres::scan(text_);
    if (scanned.error) throw ModelError(source_, at(scanned.error->at), scanned.error->message);
    tokens_ = std::move(scanned.tokens);
    std::erase_if(tokens_, [](const Token& token) { return token.kind == TokenKind::comment; });
  }

  // How many tokens from i on are one parameter; 0 if there is none.
  std::size_t parameter_length(std::size_t i) const {
    if (is_character(i, ':') && is_word(i + 1) && tokens_[i + 1].begin == tokens_[i].end)
      return 2 + field_length(i + 2);
    if (is_local_name(i)) return 1 + field_length(i + 1);
    return 0;
  }

  bool is_local_name(std::size_t i) const {
    if (!is_local_ || !is_word(i) || !is_local_(written(i))) return false;
    const bool field_or_type = i > 0 && (is_character(i - 1, '.') || written(i - 1) == "::");
    const bool function_or_literal = is_character(i + 1, '(') || is_kind(i + 1, TokenKind::string);
    return !field_or_type && !function_or_literal;
  }

  // `.field`, and `.field.field` of a document, but not `.function(`: that is no SQL, and the grammar shall say so.
  std::size_t field_length(std::size_t first) const {
    std::size_t i = first;
    while (is_character(i, '.') && is_word(i + 1) && tokens_[i].begin == tokens_[i - 1].end &&
           tokens_[i + 1].begin == tokens_[i].end) {
      i += 2;
    }
    return i - first;
  }

  void substitute(std::size_t first, std::size_t length) {
    std::size_t word = is_character(first, ':') ? first + 1 : first;
    std::string name(written(word));
    for (std::size_t field = word + 2; field < first + length; field += 2) name += "." + folded(written(field));
    const auto known = std::ranges::find(result_.parameters, name);
    const auto number = static_cast<std::size_t>(known - result_.parameters.begin()) + 1;
    if (known == result_.parameters.end()) result_.parameters.push_back(name);
    result_.pieces.push_back({result_.text.size(), at(tokens_[first].begin), false});
    // The blanks keep x:a from becoming the name x$1.
    result_.text += " $" + std::to_string(number) + " ";
  }

  void copy(std::size_t begin, std::size_t end) {
    result_.pieces.push_back({result_.text.size(), at(begin), true});
    result_.text += text_.substr(begin, end - begin);
  }

  void refuse_numbered(const Token& token) const {
    if (token.kind == TokenKind::parameter)
      throw ModelError(source_, at(token.begin), "a parameter is written with its name, as in :amount");
  }

  Offset at(std::size_t offset) const { return begin_ + static_cast<Offset>(offset); }
  std::string_view written(std::size_t i) const {
    return text_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
  }
  bool is_kind(std::size_t i, TokenKind kind) const { return i < tokens_.size() && tokens_[i].kind == kind; }
  bool is_character(std::size_t i, char c) const {
    return is_kind(i, TokenKind::character) && text_[tokens_[i].begin] == c;
  }
  bool is_word(std::size_t i) const {
    return is_kind(i, TokenKind::keyword) ||
           (is_kind(i, TokenKind::name) && written(i).find('"') == std::string_view::npos);
  }

  const SourceText& source_;
  Offset begin_;
  const std::function<bool(std::string_view)>& is_local_;
  std::string_view text_;
  std::vector<Token> tokens_;
  Rewritten result_;
};

}  // namespace

Rewritten rewrite_parameters(const Source& source, Range range, std::string_view prefix,
                             const std::function<bool(std::string_view)>& is_local) {
  check(range.begin <= range.end && range.end <= source->text.size(), "a range lies within its source");
  return Rewriter(source, range, prefix, is_local).run();
}

Offset Rewritten::source_offset(std::size_t at) const {
  const auto after = std::ranges::upper_bound(pieces, at, {}, &Piece::begin);
  check(after != pieces.begin(), "the first piece begins at 0");
  const Piece& piece = *std::prev(after);
  return piece.verbatim ? piece.source + static_cast<Offset>(at - piece.begin) : piece.source;
}

std::string Rewritten::message(std::string text_of_postgres) const {
  for (std::size_t i = parameters.size(); i > 0; --i) {
    const std::string numbered = "\"$" + std::to_string(i) + "\"";
    if (const auto at = text_of_postgres.find(numbered); at != std::string::npos)
      text_of_postgres.replace(at, numbered.size(), "\":" + parameters[i - 1] + "\"");
  }
  return text_of_postgres;
}

}  // namespace gapless::sql
