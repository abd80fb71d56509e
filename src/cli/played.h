// Recorded schedules, brought together with the model as it is now.
#pragma once

#include <optional>
#include <string>

#include "cli/engine.h"
#include "model/execution.h"
#include "model/model.h"
#include "model/schedule.h"

namespace gapless::cli {

struct Played {
  std::optional<model::Model> model;  // null: the variant does not exist any more
  std::optional<model::Execution> execution;
  std::string stale;  // why the schedule says nothing about the model as it is now; empty if it does
};

// Throws ModelError where the schedule's file or its model cannot be read.
model::RecordedSchedule read_recorded(const std::string& path);
Played play(const model::RecordedSchedule& recorded, const Engine& engine);

}  // namespace gapless::cli
