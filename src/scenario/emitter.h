// Instructions with labels for targets that are not known yet, and the handler that errors go to at the moment.
#pragma once

#include <utility>
#include <vector>

#include "base/source.h"
#include "scenario/code.h"

namespace gapless::scenario {

class Emitter {
 public:
  using Label = std::size_t;

  // A request longer than this is refused: liveness takes instructions × variables bits.
  static constexpr std::size_t longest = 5000;

  explicit Emitter(const SourceText& source) : source_(source) {}

  Label label();
  void place(Label label);  // here: at the next instruction

  // Targets of `body` are labels until finish(). Returns the instruction's index.
  template <typename Body>
  std::size_t emit(Offset at, Body body) {
    check_length(at);
    instructions_.push_back({at, handler_, std::move(body), {}});
    return instructions_.size() - 1;
  }
  Instruction& instruction(std::size_t index) { return instructions_[index]; }

  // Where errors go from now on (a label); returns where they went before.
  Handler set_handler(Handler handler) { return std::exchange(handler_, handler); }
  Handler handler() const { return handler_; }

  // Labels become instructions.
  std::vector<Instruction> finish();

 private:
  void check_length(Offset at) const;

  const SourceText& source_;
  std::vector<Instruction> instructions_;
  std::vector<Target> labels_;
  Handler handler_;
};

}  // namespace gapless::scenario
