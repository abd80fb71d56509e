// libpg_query speaks of positions in two ways: tokens and tree nodes count bytes from 0, errors characters from 1.
// Outside this file there are only bytes.
#include "sql/postgres.h"

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include <algorithm>
#include <memory>

#include "base/check.h"

namespace gapless::sql::postgres {

namespace {

std::size_t byte_of_character(std::string_view text, int position) {
  std::size_t byte = 0;
  for (int character = 1; character < position && byte < text.size(); ++character) {
    ++byte;
    while (byte < text.size() && (static_cast<unsigned char>(text[byte]) & 0xC0U) == 0x80U) ++byte;
  }
  return byte;
}

// `unterminated quoted string at or near "'aaaa…` quotes all that follows, whatever lines it has: its beginning will
// do.
std::string with_short_quote(std::string message) {
  constexpr std::string_view near = " at or near \"";
  constexpr std::size_t longest = 40;
  const auto found = message.find(near);
  if (found == std::string::npos) return message;
  const auto begin = found + near.size();
  const auto cut = std::min(begin + byte_of_character(std::string_view(message).substr(begin), longest + 1),
                            message.find_first_of("\r\n", begin));
  if (cut + 1 < message.size()) message = message.substr(0, cut) + "…\"";
  return message;
}

SyntaxError error_of(const PgQueryError& error, std::string_view text) {
  return {byte_of_character(text, error.cursorpos),
          error.message != nullptr ? with_short_quote(error.message) : "syntax error"};
}

TokenKind kind_of(const PgQuery__ScanToken& token) {
  switch (token.token) {
    case PG_QUERY__TOKEN__IDENT:
    case PG_QUERY__TOKEN__UIDENT:
      return TokenKind::name;
    case PG_QUERY__TOKEN__SCONST:
    case PG_QUERY__TOKEN__USCONST:
    case PG_QUERY__TOKEN__BCONST:
    case PG_QUERY__TOKEN__XCONST:
      return TokenKind::string;
    case PG_QUERY__TOKEN__ICONST:
    case PG_QUERY__TOKEN__FCONST:
      return TokenKind::number;
    case PG_QUERY__TOKEN__PARAM:
      return TokenKind::parameter;
    case PG_QUERY__TOKEN__SQL_COMMENT:
    case PG_QUERY__TOKEN__C_COMMENT:
      return TokenKind::comment;
    default:
      break;
  }
  if (token.keyword_kind != PG_QUERY__KEYWORD_KIND__NO_KEYWORD) return TokenKind::keyword;
  // Bison numbers single characters by their code, below the named tokens.
  return token.token < 256 ? TokenKind::character : TokenKind::symbol;
}

}  // namespace

Scan scan(std::string_view text) {
  const std::string copy(text);
  const auto close = [](PgQueryScanResult* result) { pg_query_free_scan_result(*result); };
  PgQueryScanResult result = pg_query_scan(copy.c_str());
  const std::unique_ptr<PgQueryScanResult, decltype(close)> guard(&result, close);
  Scan scanned;
  if (result.error != nullptr) {
    scanned.error = error_of(*result.error, text);
    return scanned;
  }
  const auto free_unpacked = [](PgQuery__ScanResult* list) { pg_query__scan_result__free_unpacked(list, nullptr); };
  const std::unique_ptr<PgQuery__ScanResult, decltype(free_unpacked)> list(
      pg_query__scan_result__unpack(nullptr, result.pbuf.len, reinterpret_cast<const std::uint8_t*>(result.pbuf.data)),
      free_unpacked);
  check(list != nullptr, "libpg_query's list of tokens can be unpacked");
  scanned.tokens.reserve(list->n_tokens);
  for (std::size_t i = 0; i < list->n_tokens; ++i) {
    const auto& token = *list->tokens[i];
    scanned.tokens.push_back(
        {kind_of(token), static_cast<std::size_t>(token.start), static_cast<std::size_t>(token.end)});
  }
  return scanned;
}

Parse parse(std::string_view text) {
  const std::string copy(text);
  const auto close = [](PgQueryParseResult* result) { pg_query_free_parse_result(*result); };
  PgQueryParseResult result = pg_query_parse(copy.c_str());
  const std::unique_ptr<PgQueryParseResult, decltype(close)> guard(&result, close);
  Parse parsed;
  if (result.error != nullptr) {
    parsed.error = error_of(*result.error, text);
  } else {
    parsed.tree = result.parse_tree;
  }
  return parsed;
}

}  // namespace gapless::sql::postgres
