// What check, draw, list and record have in common: from a selection to models, from models to runs.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/engine.h"
#include "cli/run.h"
#include "model/model.h"
#include "model/verdict.h"

namespace gapless::cli {

// The models that are selected, in order of file, level, variant, setting of faults. Errors are added to the report,
// each once.
std::vector<model::Model> load_models(const Selection& selection, const Engine& engine, model::Report& report);

// The one that a single schedule is played on, where the models differ in their settings of faults: that without any,
// if the file has it. REQUIRES: there is a model.
const model::Model& model_to_play(const std::vector<model::Model>& models);

// Checks them, several at the same time, and adds a run or an error for each to the report, in their order.
void check_models(const std::vector<model::Model>& models, const Effort& effort, const Engine& engine,
                  const Terminal& terminal, model::Report& report);

model::Run run_of(const model::Model& model, model::Verdict verdict);
// The model's run in the report; null where it has none, for an error.
model::Run* run_of(const model::Model& model, model::Report& report);

// "no variant is named “niave”; there are: naive, row_lock".
std::string why_nothing_matched(const Selection& selection, const Engine& engine);

// "withdraw-naive", with the level where it is not read committed, and the faults where there may be any: what files
// about a run are called.
std::string file_stem(const model::Run& run);

}  // namespace gapless::cli
