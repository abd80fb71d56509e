// The door to libpg_query: PostgreSQL's own scanner and grammar, behind plain values. No other file includes it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gapless::sql::postgres {

enum class TokenKind {
  name,     // an identifier that is no keyword, as written; a quoted one begins with a double quote
  keyword,  // of any kind, reserved or not
  string,   // '…', E'…', $$…$$ and their like
  number,
  parameter,  // $1
  comment,
  character,  // one of ( ) [ ] { } , ; : . and other single characters
  symbol,     // operators and the rest
};

struct Token {
  TokenKind kind;
  std::size_t begin;  // in bytes
  std::size_t end;
};

struct SyntaxError {
  std::size_t at = 0;  // in bytes
  std::string message;
};

// REQUIRES of both: the text is valid UTF-8 without zero bytes.

struct Scan {
  std::vector<Token> tokens;  // empty where there was an error
  std::optional<SyntaxError> error;
};
Scan scan(std::string_view text);

struct Parse {
  std::string tree;  // JSON
  std::optional<SyntaxError> error;
};
Parse parse(std::string_view text);

}  // namespace gapless::sql::postgres
