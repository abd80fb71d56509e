// What the commands need of the layers below. A value, so that tests can put something else in its place: an engine
// that runs out of time, or fails, at will.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "explore/explore.h"
#include "model/model.h"
#include "model/schedule.h"
#include "model/verdict.h"
#include "scenario/load.h"

namespace gapless::cli {

struct Engine {
  // The models of one file. Throws ModelError.
  std::function<std::vector<model::Model>(const std::string& path, const scenario::Options& options)> load;
  std::function<model::Verdict(const model::Model& model, model::Mode mode, const explore::Limits& limits)> check;
  std::function<std::optional<model::Execution>(const model::Model& model, const model::Schedule& schedule,
                                                std::string& reason)>
      replay;
};

// The real one: scenario::load, explore::check, explore::replay, and the C++ models.
Engine real_engine();

}  // namespace gapless::cli
