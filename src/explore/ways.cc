#include "explore/ways.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gapless::explore {
namespace {

// Beyond that many bits of difference the smaller number does not matter.
constexpr std::int64_t negligible = 128;

Large normalised(double fraction, std::int64_t exponent) {
  if (fraction == 0) return {};
  int shift = 0;
  fraction = std::frexp(fraction, &shift);
  return {fraction, exponent + shift};
}

}  // namespace

Large operator+(Large a, Large b) {
  if (a.fraction == 0) return b;
  if (b.fraction == 0) return a;
  if (a.exponent < b.exponent) std::swap(a, b);
  const auto difference = std::min(a.exponent - b.exponent, negligible);
  return normalised(a.fraction + std::ldexp(b.fraction, -static_cast<int>(difference)), a.exponent);
}

Large operator*(Large a, double factor) { return normalised(a.fraction * factor, a.exponent); }

double operator/(Large a, Large b) {
  if (a.fraction == 0) return 0;
  constexpr std::int64_t smallest = -1000;  // such a share is never drawn
  return std::ldexp(a.fraction / b.fraction, static_cast<int>(std::max(a.exponent - b.exponent, smallest)));
}

std::optional<Ways> Ways::count(Space& space, Watch& watch, StateNumber most_states) {
  Ways ways;
  if (!ways.explore(space, watch, most_states) || !ways.add_up()) return std::nullopt;
  return ways;
}

bool Ways::explore(Space& space, Watch& watch, StateNumber most_states) {
  states_.insert(space.initial());
  StateRow row;
  for (StateNumber state = 0; state < states_.size(); ++state) {
    constexpr StateNumber states_between_looks = 1024;
    if (state % states_between_looks == 0 && !watch.time_is_up(state, 0).empty()) return false;
    states_.read(state, row);
    terminal_.push_back(space.end(row) != Space::End::none);
    try {
      for (const auto& move : space.moves(row)) {
        targets_.push_back(states_.insert(move.row).first);
        counts_.push_back(move.count);
      }
    } catch (const actor::NeverEnds&) {
      return false;
    }
    begins_.push_back(targets_.size());
    if (states_.size() > most_states) return false;
  }
  return true;
}

// Kahn's algorithm for the order, and then backwards along it.
bool Ways::add_up() {
  std::vector<std::uint32_t> missing(states_.size());
  for (const auto target : targets_) ++missing[target];
  std::vector<StateNumber> order;
  order.reserve(states_.size());
  if (missing[0] == 0) order.push_back(0);  // every other state was reached from somewhere
  for (std::size_t next = 0; next < order.size(); ++next) {
    for (const auto target : targets(order[next])) {
      if (--missing[target] == 0) order.push_back(target);
    }
  }
  if (order.size() != states_.size()) return false;
  ways_.resize(states_.size());
  for (auto next = order.rbegin(); next != order.rend(); ++next) {
    Large sum = terminal_[*next] ? normalised(1, 0) : Large{};
    for (auto edge = begins_[*next]; edge < begins_[*next + 1]; ++edge) {
      sum = sum + ways_[targets_[edge]] * counts_[edge];
    }
    ways_[*next] = sum;
  }
  return true;
}

}  // namespace gapless::explore
