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
  std::uint64_t bytes = 0;
};

// What need not be done, soundly; each can be switched off. Symmetry serves every mode, the others only search.
struct Reductions {
  bool symmetry = true;   // interchangeable actors are forgotten (symmetry.h)
  bool elision = true;    // a statement that would only wait is enabled when it need not (reduction.h)
  bool reduction = true;  // partial-order reduction (reduction.h)
  bool names = true;      // states that differ by what is only a name are one (naming.h); also of a census
  bool operator==(const Reductions&) const = default;
};

// How runs are drawn (sample.h). automatic: uniform where the states are few enough to be counted, else PCT.
enum class SampleMethod : std::uint8_t { automatic, uniform, pct, steps };

// Of --mode sample.
struct SampleOptions {
  SampleMethod method = SampleMethod::automatic;
  std::uint64_t runs = 10'000;
  std::uint64_t seed = 1;
  std::size_t depth = 3;  // of the bugs that are looked for: how many ordered pairs of steps it takes
};

struct Limits {
  std::uint64_t memory_bytes = 0;     // 0: three quarters of the machine's
  double seconds = 0;                 // 0: none
  std::size_t steps_an_actor = 1000;  // a request that takes more is reported as never ending
  bool final_states = true;           // find their digests, which only tests compare
  // What has at most so many states is explored as a graph, without reductions; what is larger layer by layer.
  std::uint64_t small_states = 20'000;
  unsigned jobs = 1;  // threads; no result depends on their number
  Reductions reductions;
  std::optional<std::uint32_t> switches;  // search: only interleavings with at most so many switches
  SampleOptions sample;
  bool odds = false;       // census: Verdict::odds of this number of actors
  bool savings = false;    // census: Verdict::savings
  std::string checkpoint;  // a folder to save to on the way, and to go on from; empty: none
  double seconds_between_checkpoints = 20;
  bool spill_at_once = false;          // for tests: a layer goes to disk as if tables could not grow
  std::uint64_t most_checkpoints = 0;  // for tests: it gives up once so many were saved. 0: never
  bool resume = false;                 // there must be something to go on from
  // Else a large exploration leaves it to who asked to find one: alike actors that are told apart make that hard.
  bool counterexample = true;
  std::function<void(const Progress&)> progress;  // called about ten times a second, from the exploring thread
};

model::Verdict check_model(const model::Model& model, model::Mode mode, const Limits& limits);

// Plays a schedule. nullopt where it cannot be played (an actor is to step that has finished or waits); `reason` then
// says which step and why. The execution runs up to the schedule's end; the first violated invariant is noted.
std::optional<model::Execution> replay(const model::Model& model, const model::Schedule& schedule, std::string& reason);

}  // namespace gapless::explore
