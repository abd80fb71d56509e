#include "report/sampling.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "report/numbers.h"

namespace gapless::report {
namespace {

// Above that a promise is none.
constexpr double hardly_anything = 0.999;

std::string count(std::uint64_t number, const std::string& what) {
  return readable_count(std::to_string(number)) + " " + what + (number == 1 ? "" : "s");
}

// "at most 0.03 %": two digits, rounded up.
std::string at_most(double probability) {
  constexpr double least = 0.001;  // per cent
  const double percent = std::max(100 * probability, least);
  const double unit = std::pow(10, std::floor(std::log10(percent)) - 1);
  // What is a whole number of units but for rounding is not one more.
  constexpr double rounding = 1e-9;
  return fmt::format("at most {:.2g} %", std::min(100.0, std::ceil(percent / unit - rounding) * unit));
}

// What the bound was computed from; runs, where not all of them knew how long interleavings are.
std::string from_what(const model::Sampling& sampling) {
  auto text = " (" + count(sampling.actors, "actor") + ", " + count(sampling.steps, "step");
  if (sampling.counted < sampling.runs) text += ", " + count(sampling.counted, "run") + " that count";
  return text + ")";
}

}  // namespace

std::string promise(const model::Sampling& sampling) {
  if (sampling.depth > 0) {
    const auto bug = "a bug of depth " + std::to_string(sampling.depth);
    if (sampling.missed > hardly_anything) {
      return bug + " may well have been missed" + from_what(sampling) + ": draw more, or look for a smaller depth";
    }
    return bug + " is missed with a probability of " + at_most(sampling.missed) + from_what(sampling);
  }
  if (sampling.share_below < 1) {
    return at_most(sampling.share_below) + " of all interleavings violate, with 95 % confidence";
  }
  return "how likely it is to have missed something is not known";
}

}  // namespace gapless::report
