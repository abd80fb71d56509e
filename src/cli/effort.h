// How thoroughly a model is checked, on the command line: --mode, --bound, --jobs, …
#pragma once

#include <cstdint>
#include <string>

#include "cli/arguments.h"

namespace CLI {
class App;
}

namespace gapless::cli {

// What CLI11 fills in.
struct EffortWords {
  std::string mode = "auto";
  std::size_t jobs = 1;
  std::string memory;
  double seconds = 0;
  bool no_symmetry = false;
  bool no_reduction = false;
  bool no_names = false;
  bool no_elision = false;
  std::string bound;
  std::string method;
  std::uint64_t samples = 0;
  std::size_t depth = 0;
  std::string seed;
  std::string checkpoint;
  std::string resume;
};

void add_effort(CLI::App& command, EffortWords& words);
// For the command that runs for hours.
void add_checkpoints(CLI::App& command, EffortWords& words);

// Throws UsageError. `command` says which words were given.
Effort effort_of(const EffortWords& words, const CLI::App& command);

// What the engines are told. One run: all jobs work on it.
explore::Limits limits_of(const Effort& effort, std::size_t runs);

}  // namespace gapless::cli
