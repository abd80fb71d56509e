// The engines' front door: a Model in, a Verdict out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "model/model.h"
#include "model/verdict.h"

namespace gapless::explore {

struct Progress {
  std::uint64_t states = 0;
  double states_per_second = 0;
  std::uint64_t depth = 0;
};

struct Limits {
  std::uint64_t memory_bytes = 0;                 // 0: three quarters of the machine's
  double seconds = 0;                             // 0: none
  std::size_t steps_an_actor = 1000;              // a request that takes more is reported as never ending
  std::function<void(const Progress&)> progress;  // called about ten times a second, from the exploring thread
};

model::Verdict check_model(const model::Model& model, model::Mode mode, const Limits& limits);

// Plays a schedule. nullopt where it cannot be played (an actor is to step that has finished or waits); `reason` then
// says which step and why. The execution runs up to the schedule's end; the first violated invariant is noted.
std::optional<model::Execution> replay(const model::Model& model, const model::Schedule& schedule, std::string& reason);

}  // namespace gapless::explore
