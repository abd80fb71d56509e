// Looks at the clock, at memory and at how deep a walk has gone, for strategies that are no census: when to stop, and
// why.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "explore/explore.h"
#include "explore/space.h"

namespace gapless::explore {

class Watch {
 public:
  explicit Watch(const Limits& limits);

  // The time limit is reached, as a reason; else empty. Reports progress, `done` of whatever is counted. Looks at the
  // clock each time.
  std::string time_is_up(std::uint64_t done, std::uint64_t depth);
  // The same for memory.
  std::string memory_is_full(std::uint64_t bytes) const;

  // A request that repeats a statement while the tables go on changing, or a message that is never accepted: a reason
  // why to go no deeper; else empty.
  std::string goes_too_deep(const Space& space, std::uint64_t depth) const;

  // What a request that takes more steps than allowed is told.
  std::string never_ends(const Space& space, const actor::NeverEnds& endless) const;

 private:
  const Limits& limits_;
  std::uint64_t memory_bytes_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double reported_ = 0;
};

}  // namespace gapless::explore
