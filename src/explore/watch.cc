#include "explore/watch.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "explore/graph.h"

namespace gapless::explore {
namespace {

std::uint64_t three_quarters_of_memory() {
  const auto pages = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES));
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE)) / 4 * 3;
}

// Where two actors in a loop may each add a row a turn, states grow with the square of the depth. As in graph.cc.
constexpr std::uint64_t steps_of_a_loop = 10;

}  // namespace

Watch::Watch(const Limits& limits)
    : limits_(limits), memory_bytes_(limits.memory_bytes == 0 ? three_quarters_of_memory() : limits.memory_bytes) {}

std::string Watch::time_is_up(std::uint64_t done, std::uint64_t depth) {
  const auto now = std::chrono::steady_clock::now();
  const double seconds = std::chrono::duration<double>(now - start_).count();
  if (limits_.seconds > 0 && seconds > limits_.seconds) {
    return fmt::format("the time limit of {} s is reached", limits_.seconds);
  }
  constexpr double seconds_between_reports = 0.1;
  if (limits_.progress && seconds - reported_ > seconds_between_reports) {
    reported_ = seconds;
    limits_.progress({done, static_cast<double>(done) / std::max(seconds, 1e-9), depth});
  }
  return {};
}

std::string Watch::memory_is_full(std::uint64_t bytes) const {
  if (bytes <= memory_bytes_) return {};
  return fmt::format("the memory limit of {} MiB is reached", memory_bytes_ >> 20U);
}

std::string Watch::goes_too_deep(const Space& space, std::uint64_t depth) const {
  if (depth <= space.actor_count() * limits_.steps_an_actor / steps_of_a_loop) return {};
  if (space.automata().has_loop()) {
    return located(
        *space.automata().loop(),
        fmt::format("a request repeats this statement and the tables go on changing: after {} steps there is no end "
                    "in sight",
                    depth));
  }
  if (space.repeated().empty()) return {};
  return fmt::format(
      "{} is delivered again and again, and the tables go on changing: after {} steps there is no end in sight",
      space.repeated(), depth);
}

std::string Watch::never_ends(const Space& space, const actor::NeverEnds& endless) const {
  return located(endless.operation, fmt::format("the request \"{}\" takes more than {} steps and may never end",
                                                space.role_name(endless.role), limits_.steps_an_actor));
}

}  // namespace gapless::explore
