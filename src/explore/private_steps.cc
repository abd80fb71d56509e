#include "explore/private_steps.h"

namespace gapless::explore {

bool is_private(const Space& space, const Factors& factors, WorldNumber world, LocalNumber local,
                const Space::Remembered& step) {
  const auto* operation = space.operation(local);
  const bool changes_core = step.world != world || step.change != 0 || step.created != Move::no_local;
  return operation != nullptr && !step.fault && !changes_core && !factors.seen_by_always() &&
         factors.only_adds(*operation);
}

}  // namespace gapless::explore
