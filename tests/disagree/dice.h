// Chance that is the same everywhere: the standard fixes what mt19937_64 yields, but not what its distributions do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

namespace gapless::disagree {

class Dice {
 public:
  // Stream number `stream` of a seed.
  Dice(std::uint64_t seed, std::uint64_t stream) : engine_(mixed(seed * 0x9e3779b97f4a7c15U + mixed(stream))) {}

  int between(int low, int high) {
    return low + static_cast<int>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return between(1, 100) <= percent; }
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
  std::string number(int low, int high) { return std::to_string(between(low, high)); }
  std::string one_of(std::initializer_list<const char*> texts) { return *(texts.begin() + below(texts.size())); }
  template <class T>
  const T& one_of(const std::vector<T>& things) {
    return things[below(things.size())];
  }

 private:
  static std::uint64_t mixed(std::uint64_t x) {  // splitmix64
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
  }
  std::mt19937_64 engine_;
};

}  // namespace gapless::disagree
