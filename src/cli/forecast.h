// What is said before a run that may be long: how long it will be, from quick runs at fewer requests.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "cli/arguments.h"
#include "cli/engine.h"
#include "explore/forecast.h"
#include "model/model.h"

namespace gapless::cli {

struct Announcement {
  std::string text;              // a line for standard error; empty where the run will be short and nobody has asked
  std::optional<double> states;  // that the run is expected to have
};

// Runs the model at 2, 3, 4, … actors for about a second. Nothing where the model is as small as these.
Announcement announce(const model::Model& model, const Effort& effort, const Engine& engine);

// "withdraw.naive: 3 actors 0.2 s, 4 actors 9 s, 5 actors about 11 min (…); symmetry would divide by up to 120".
// REQUIRES: samples as for explore::forecast(), at least two. `spared`: what symmetry would divide by, where it is off;
// else 1.
std::string forecast_text(const std::string& name, std::span<const explore::Sample> samples, std::size_t actors,
                          double spared);

// How many assignments of interchangeable actors there are: for each role the factorial of its actors.
double orders_of_alike(const model::Model& model);

}  // namespace gapless::cli
