// gapless check --controls: what breaks without each guard, and what never breaks.
#pragma once

#include <vector>

#include "cli/arguments.h"
#include "cli/engine.h"
#include "cli/run.h"
#include "model/model.h"
#include "model/verdict.h"

namespace gapless::cli {

// Fills Run::controls of each run that is claimed to hold and does, and Report::never_failed (not where one variant
// only is looked at). `models` are those that the report's runs were made of. Same report whatever the number of jobs.
void run_controls(const std::vector<model::Model>& models, const CheckArguments& arguments, const Engine& engine,
                  const Terminal& terminal, model::Report& report);

}  // namespace gapless::cli
