// PostgreSQL's own hash of bytes, which hashtext() shows: people make keys of advisory locks with it.
#pragma once

#include <cstdint>
#include <string_view>

namespace gapless::sql {

// hash_bytes of PostgreSQL 15: Bob Jenkins' lookup3, as a little-endian machine computes it.
std::uint32_t hash_bytes(std::string_view bytes);

// hashtext(text), in a database whose texts compare by bytes.
std::int32_t hash_text(std::string_view text);

}  // namespace gapless::sql
