// In which ways a state, or a layer of states, violates.
#pragma once

namespace gapless::explore {

struct Violations {
  bool always = false;
  bool finally = false;
  bool deadlock = false;
  bool any() const { return always || finally || deadlock; }
  void add(const Violations& other) {
    always = always || other.always;
    finally = finally || other.finally;
    deadlock = deadlock || other.deadlock;
  }
};

}  // namespace gapless::explore
