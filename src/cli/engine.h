// What the commands need of the layers below. A value, so that tests can put something else in its place: an engine
// that runs out of time, or fails, at will.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "explore/explore.h"
#include "model/model.h"
#include "model/position.h"
#include "model/schedule.h"
#include "model/verdict.h"
#include "scenario/controls.h"
#include "scenario/load.h"

namespace gapless::cli {

struct Engine {
  // The models of one file. Throws ModelError.
  std::function<std::vector<model::Model>(const std::string& path, const scenario::Options& options)> load;
  std::function<model::Verdict(const model::Model& model, model::Mode mode, const explore::Limits& limits)> check;
  std::function<std::optional<model::Execution>(const model::Model& model, const model::Schedule& schedule,
                                                std::string& reason)>
      replay;
  // The tree of what can be forced upon a real server.
  std::function<std::unique_ptr<model::Position>(const model::Model& model)> first_position;
  // What makes a model hold, and the model without it; see scenario/controls.h. `without` throws ModelError.
  std::function<std::vector<scenario::Guard>(const model::Model& model)> guards;
  std::function<model::Model(const model::Model& model, const scenario::Guard& guard)> without;
};

// The real one: scenario::load, explore::check, explore::replay, and the C++ models.
Engine real_engine();

}  // namespace gapless::cli
