// gapless check --odds: the same variants at fewer actors.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "cli/arguments.h"
#include "cli/engine.h"
#include "cli/run.h"
#include "model/model.h"
#include "model/verdict.h"

namespace gapless::cli {

// Gives each run's verdict its odds at 2, 3, 4, … actors, up to the run's own number, which check_models() has filled
// in. Numbers that the file's `run` line does not allow are left out.
void add_odds(const std::vector<model::Model>& models, const Effort& effort, const Engine& engine,
              const Terminal& terminal, model::Report& report);

// The numbers below `actors` at which they are asked for: each one up to 12; beyond that, where one more changes
// little and each takes longer than the one before, a quarter more each time.
std::vector<std::size_t> fewer_actors(std::size_t actors);

// The same variant, at the same level and under the same faults; nullopt where its `run` line does not allow the
// number.
std::optional<model::Model> at_other_number(const model::Model& model, std::size_t actors, const Engine& engine);

}  // namespace gapless::cli
