#include "explore/levels.h"

namespace gapless::explore {

std::uint32_t& Levels::at(LocalNumber local) {
  if (levels_.size() <= local) {
    levels_.resize(local + 1, unknown);
    edges_.resize(local + 1);
  }
  return levels_[local];
}

void Levels::begin(LocalNumber created) {
  auto& level = at(created);
  if (level == unknown) {
    level = 0;
    ++states_;
  }
  // Of `longest` what comes into being adds its level, whatever it is.
  exist_ = exist_ && (kind_ == Kind::longest || level == 0);
}

void Levels::raise(LocalNumber from, LocalNumber to, std::uint32_t by) {
  at(to);
  if (at(from) == unknown) begin(from);  // it was there at the beginning
  const auto least = levels_[from] + by;
  if (levels_[to] == unknown) {
    levels_[to] = least;
    ++states_;
  } else if (kind_ == Kind::steps) {
    exist_ = exist_ && levels_[to] == least;
  }
  if (kind_ == Kind::steps || from == to) {
    exist_ = exist_ && (from != to || by == 0);
    return;
  }
  if (!known_[by].emplace((std::uint64_t{from} << 32U) | to, true).second) return;
  edges_[from].push_back({to, by});
  if (levels_[to] >= least) return;
  levels_[to] = least;
  is_steady_ = false;
  raise_what_follows(to);
}

void Levels::raise_what_follows(LocalNumber raised) {
  std::vector<LocalNumber> pending{raised};
  while (!pending.empty()) {
    const auto from = pending.back();
    pending.pop_back();
    if (levels_[from] > states_) {
      // Longer than all there are, one after the other: a circle.
      exist_ = false;
      return;
    }
    for (const auto& [to, by] : edges_[from]) {
      if (levels_[to] >= levels_[from] + by) continue;
      levels_[to] = levels_[from] + by;
      pending.push_back(to);
    }
  }
}

}  // namespace gapless::explore
