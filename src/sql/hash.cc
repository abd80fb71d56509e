// Twelve bytes at a time are added to three words and mixed; the last ones, up to twelve, go through another mix. The
// lowest byte of the third word stands for the length, so the last bytes are added to it from its second byte on.
#include "sql/hash.h"

#include <bit>
#include <cstddef>

namespace gapless::sql {

namespace {

struct Words {
  std::uint32_t a, b, c;

  void mix() {
    a -= c, a ^= std::rotl(c, 4), c += b;
    b -= a, b ^= std::rotl(a, 6), a += c;
    c -= b, c ^= std::rotl(b, 8), b += a;
    a -= c, a ^= std::rotl(c, 16), c += b;
    b -= a, b ^= std::rotl(a, 19), a += c;
    c -= b, c ^= std::rotl(b, 4), b += a;
  }

  void finish() {
    c ^= b, c -= std::rotl(b, 14);
    a ^= c, a -= std::rotl(c, 11);
    b ^= a, b -= std::rotl(a, 25);
    c ^= b, c -= std::rotl(b, 16);
    a ^= c, a -= std::rotl(c, 4);
    b ^= a, b -= std::rotl(a, 14);
    c ^= b, c -= std::rotl(b, 24);
  }
};

// The bytes as one number, the first one lowest.
std::uint32_t number(std::string_view bytes) {
  std::uint32_t result = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) result = result << 8U | static_cast<unsigned char>(bytes[i]);
  return result;
}

}  // namespace

std::uint32_t hash_bytes(std::string_view bytes) {
  const std::uint32_t start = 0x9e3779b9U + static_cast<std::uint32_t>(bytes.size()) + 3923095U;
  Words words{start, start, start};
  for (; bytes.size() >= 12; bytes.remove_prefix(12)) {
    words.a += number(bytes.substr(0, 4));
    words.b += number(bytes.substr(4, 4));
    words.c += number(bytes.substr(8, 4));
    words.mix();
  }
  const auto rest = [&](std::size_t begin, std::size_t size) {
    return begin < bytes.size() ? number(bytes.substr(begin, size)) : 0U;
  };
  words.a += rest(0, 4);
  words.b += rest(4, 4);
  words.c += rest(8, 3) << 8U;
  words.finish();
  return words.c;
}

std::int32_t hash_text(std::string_view text) { return static_cast<std::int32_t>(hash_bytes(text)); }

}  // namespace gapless::sql
