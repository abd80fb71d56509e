// Where things end in text that mixes our own words with SQL, by PostgreSQL's scanner: strings, quoted names, dollar
// quotes, casts and comments are seen as PostgreSQL sees them.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace gapless::sql {

// The offset of the first byte in `stops` (";", "{", ",", ")"…) that stands outside strings, comments, and
// parentheses or brackets opened since `from`; the source's size if there is none. Unterminated strings, comments and
// parentheses, and a stretch longer than `longest_statement`, are ModelErrors at their beginning. Nothing from `limit`
// on is looked at.
Offset find_end(const Source& source, Offset from, std::string_view stops,
                Offset limit = std::numeric_limits<Offset>::max());

// A statement longer than this is refused: libpg_query recurses, and 70,000 terms of a sum overflow its stack.
inline constexpr std::size_t longest_statement = 32 * 1024;

// The text with comments dropped and white space folded to single blanks outside strings, for messages.
std::string fold_space(std::string_view text);

// The text's tokens, each on a line of its own, without comments: equal for texts that differ in layout only. For
// digests.
std::string token_lines(std::string_view text);

}  // namespace gapless::sql
