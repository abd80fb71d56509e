// Chance that is the same everywhere: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators", OOPSLA 2014). The standard fixes no distributions, so these are our own.
#pragma once

#include <cstdint>

#include "base/digest.h"

namespace gapless {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    return mix(state_);
  }

  // 0 … bound - 1, each equally likely: what would favour the small ones is drawn again. REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t excess = (0 - bound) % bound;  // 2^64 modulo bound
    for (;;) {
      const auto drawn = next();
      if (drawn >= excess) return drawn % bound;
    }
  }

  // At least 0, less than 1: a multiple of 2^-53.
  double unit() { return static_cast<double>(next() >> 11U) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace gapless
