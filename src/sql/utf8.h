// Which bytes of a text PostgreSQL's scanner may see: valid UTF-8 without zero bytes.
#pragma once

#include <cstddef>
#include <string_view>

namespace gapless::sql {

// The offset of the first byte that is zero or not part of a valid UTF-8 character (overlong forms and surrogates are
// not valid); the text's size if there is none. A character cut off by the end counts as not valid.
std::size_t first_bad_byte(std::string_view text);

}  // namespace gapless::sql
