// Backward data flow, as in any compiler's textbook (Aho, Lam, Sethi, Ullman, 9.2.5): a variable is live where some
// way on reads it before writing it. An error is a way on, too: from any instruction that can fail to its handler. What
// an instruction writes it has not written when it fails.
#include "scenario/liveness.h"

#include "scenario/flow.h"

namespace gapless::scenario {
namespace {

using Set = std::vector<bool>;

void add(Set& to, const Set& from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = to[i] || from[i];
}

// Live when the instruction is done, whatever it comes to.
Set live_after(const Instruction& instruction, const Flow& flow, const std::vector<Set>& live_before,
               std::size_t variables) {
  Set live(variables);
  for (const Target next : flow.next) add(live, live_before[next]);
  for (const Variable written : flow.writes) live[written] = false;
  if (!flow.can_fail) return live;
  Set handled = live_before[instruction.handler.target];
  handled[instruction.handler.error] = false;
  add(live, handled);
  return live;
}

}  // namespace

void find_live_variables(Code& code) {
  const std::size_t count = code.instructions.size();
  const std::size_t variables = code.variables.size();
  std::vector<Flow> flows;
  for (std::size_t i = 0; i < count; ++i) flows.push_back(flow_of(code.instructions[i], i));

  std::vector<Set> live_before(count, Set(variables));
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = count; i-- > 0;) {
      Set live = live_after(code.instructions[i], flows[i], live_before, variables);
      for (const Variable read : flows[i].reads) live[read] = true;
      if (live == live_before[i]) continue;
      live_before[i] = std::move(live);
      changed = true;
    }
  }

  for (std::size_t i = 0; i < count; ++i) {
    auto& instruction = code.instructions[i];
    instruction.live.clear();
    if (!flows[i].is_step) continue;
    const Set live = live_after(instruction, flows[i], live_before, variables);
    for (Variable each = 0; each < variables; ++each) {
      if (live[each]) instruction.live.push_back(each);
    }
  }
}

}  // namespace gapless::scenario
