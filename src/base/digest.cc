#include "base/digest.h"

namespace gapless {

Digest& Digest::add(std::string_view bytes) {
  add(static_cast<std::uint64_t>(bytes.size()));  // so that "a","bc" and "ab","c" differ
  std::uint64_t word = 0;
  unsigned filled = 0;
  for (const char c : bytes) {
    word |= static_cast<std::uint64_t>(static_cast<unsigned char>(c)) << (8U * filled);
    if (++filled == 8) {
      add(word);
      word = 0;
      filled = 0;
    }
  }
  if (filled != 0) add(word);
  return *this;
}

}  // namespace gapless
