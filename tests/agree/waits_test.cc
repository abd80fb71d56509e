// Waits that meet in several places, with some reductions and without: 500 made-up scenarios, always the same ones. A
// deadlock over two databases with somebody queued behind was once missed, and no other random scenario has such.
#include "made_up.h"
#include "random_scenario.h"

namespace gapless::agree {

TEST_CASE("no reduction shows where waits meet, and the engines agree") {
  check_that_made_up_ones_agree("waits meet", random_scenario_of_waits, 1'000);
}

}  // namespace gapless::agree
