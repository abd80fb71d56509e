// What random scenarios are made of. To be called inside a RapidCheck property.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

namespace gapless::agree {

// At full size from the first scenario on: RapidCheck begins with small numbers, which here are no simpler.
inline int number(int from, int to) { return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, to + 1)); }
inline bool chance(int percent) { return number(1, 100) > 100 - percent; }
inline std::string text(int value) { return std::to_string(value); }

inline std::string pick(const std::vector<std::string>& choices) {
  return choices[static_cast<std::size_t>(number(0, static_cast<int>(choices.size()) - 1))];
}

}  // namespace gapless::agree
