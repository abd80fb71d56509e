// Stable digests: the same bytes give the same number on every machine and in every run (std::hash promises neither).
#pragma once

#include <cstdint>
#include <string_view>

namespace gapless {

// Stafford's "Mix13" finaliser, as in SplitMix64: every input bit reaches every output bit.
constexpr std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 30U;
  x *= 0xbf58476d1ce4e5b9U;
  x ^= x >> 27U;
  x *= 0x94d049bb133111ebU;
  x ^= x >> 31U;
  return x;
}

// Collects what a digest is made of, in order.
class Digest {
 public:
  Digest& add(std::uint64_t word) {
    state_ = mix(state_ ^ word) + 0x9e3779b97f4a7c15U;
    return *this;
  }
  Digest& add(std::string_view bytes);

  std::uint64_t value() const { return mix(state_); }

 private:
  std::uint64_t state_ = 0x243f6a8885a308d3U;  // pi, so that an empty digest is not 0
};

}  // namespace gapless
