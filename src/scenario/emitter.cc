#include "scenario/emitter.h"

#include <limits>

#include "base/check.h"

namespace gapless::scenario {
namespace {

constexpr Target not_placed = std::numeric_limits<Target>::max();

// The target that an instruction may jump to; null where it only falls through.
struct TargetOf {
  Target* operator()(Jump& jump) const { return &jump.target; }
  Target* operator()(Unless& unless) const { return &unless.target; }
  Target* operator()(UnlessEqual& unless) const { return &unless.target; }
  Target* operator()(UnlessError& unless) const { return &unless.target; }
  Target* operator()(NextRow& next) const { return &next.exit; }
  Target* operator()(NextAttempt& next) const { return &next.exhausted; }
  template <typename Other>
  Target* operator()(Other& /*unused*/) const {
    return nullptr;
  }
};

}  // namespace

Emitter::Label Emitter::label() {
  labels_.push_back(not_placed);
  return labels_.size() - 1;
}

void Emitter::place(Label label) {
  check(labels_[label] == not_placed, "a label is placed once");
  labels_[label] = instructions_.size();
}

void Emitter::check_length(Offset at) const {
  if (instructions_.size() >= longest) {
    throw ModelError(source_, at, "this request is too long: more than " + std::to_string(longest) + " instructions");
  }
}

std::vector<Instruction> Emitter::finish() {
  const auto resolve = [&](Target& target) {
    target = labels_[target];
    check(target < instructions_.size(), "a label that is used is placed before an instruction");
  };
  for (auto& instruction : instructions_) {
    resolve(instruction.handler.target);
    if (Target* target = std::visit(TargetOf{}, instruction.body)) resolve(*target);
  }
  return std::move(instructions_);
}

}  // namespace gapless::scenario
