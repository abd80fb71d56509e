// Early steps. What a request does first is mostly to look: a SELECT, a BEGIN. Such a step changes nothing that anybody
// else can notice, and so it may be taken at the very beginning, whenever it is taken in truth, as long as it would
// come to the same: the request *lags*, it is known to stand before its first step or behind it, and not where. Only in
// a world in which the step would come to something else, that is a step of its own out of there. No state is lost, and
// none is added: every run in which the step comes to what it came to at the beginning is also a run in which it was
// taken then, and every other one takes the late step. One state stands for the two places, and for each request again:
// N requests that read before they act have 2^N states where they had 3^N.
//
// A lagging local state has several places, one behind the other. What it can do in a world is what it could do at each
// of them, but for the steps from one place to the next.
//
// Only at the beginning, where everybody's world is the same: a state that is reached in many worlds would have to be
// told apart by the world it was reached in.
#pragma once

#include <cstdint>
#include <vector>

#include "explore/space.h"

namespace gapless::explore {

// How many steps the foremost place is from the first one.
std::uint32_t lag(const Space& space, LocalNumber local);

// The local state that stands for this initial one and for what it may have looked at by then: itself where its first
// step changes something, or waits, or is more than one.
LocalNumber with_early_steps(Space& space, WorldNumber initial, LocalNumber local);

// What it can do in this world from the places before its foremost one, but for the steps from each to the next.
struct Late {
  struct Step {
    Space::Remembered step;
    std::uint32_t place = 0;  // from which one, in steps from the first
  };
  std::vector<Step> steps;
  bool is_blocked = false;  // at one of these places it cannot go on: who comes late is stuck there
};
Late late_steps(Space& space, WorldNumber world, LocalNumber lagging);

}  // namespace gapless::explore
