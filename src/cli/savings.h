// gapless check --savings: what a search would have had to keep, beside what the census has kept.
#pragma once

#include <vector>

#include "cli/arguments.h"
#include "cli/engine.h"
#include "cli/run.h"
#include "model/model.h"
#include "model/verdict.h"

namespace gapless::cli {

// Completes the savings of each run by those of a search, which is run for it.
void add_savings(const std::vector<model::Model>& models, const Effort& effort, const Engine& engine,
                 const Terminal& terminal, model::Report& report);

}  // namespace gapless::cli
