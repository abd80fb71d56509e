#include "explore/early_steps.h"

namespace gapless::explore {
namespace {

bool only_looks(const Space::Remembered& step, WorldNumber world) {
  return step.world == world && step.change == 0 && step.created == Move::no_local && !step.fault;
}

}  // namespace

LocalNumber with_early_steps(Space& space, WorldNumber initial, LocalNumber local) {
  // A request with a loop that only looks would come back.
  constexpr int most_steps = 16;
  auto after = local;
  auto result = local;
  for (int i = 0; i < most_steps; ++i) {
    const auto outlook = space.outlook(initial, after);
    if (outlook.steps.size() != 1 || outlook.may_close_cycle || !only_looks(outlook.steps[0], initial)) break;
    after = outlook.steps[0].local;
    if (space.waits(after)) break;
    result = space.lagging(result, after);
  }
  return result;
}

std::uint32_t lag(const Space& space, LocalNumber local) {
  std::uint32_t lag = 0;
  for (; space.is_lagging(local); local = space.behind(local)) ++lag;
  return lag;
}

Late late_steps(Space& space, WorldNumber world, LocalNumber lagging) {
  Late late;
  auto after = space.foremost(lagging);
  for (auto rest = space.behind(lagging); rest != Move::no_local; rest = space.behind(rest)) {
    const auto before = space.foremost(rest);
    const auto place = lag(space, rest);
    const auto outlook = space.outlook(world, before);
    late.is_blocked = late.is_blocked || !outlook.goes_on;
    for (const auto& step : outlook.steps) {
      if (step.local != after || !only_looks(step, world)) late.steps.push_back({step, place});
    }
    after = before;
  }
  return late;
}

}  // namespace gapless::explore
