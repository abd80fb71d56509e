// What an instruction reads, writes and may be followed by.
#pragma once

#include <vector>

#include "scenario/code.h"

namespace gapless::scenario {

struct Flow {
  std::vector<Variable> reads;
  std::vector<Variable> writes;
  std::vector<Target> next;  // where no error happened
  bool can_fail = false;     // then the handler may follow
  bool is_step = false;
};

Flow flow_of(const Instruction& instruction, Target position);

}  // namespace gapless::scenario
