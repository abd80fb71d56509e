// .gap text → Models, one a variant. The only front door of the scenario language.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/source.h"
#include "model/model.h"

namespace gapless::scenario {

struct Options {
  std::optional<std::string> variant;  // only this one
  std::optional<std::size_t> actors;   // --actors
  std::optional<store::Isolation> isolation;
};

// What `gapless list` shows.
struct Variant {
  std::string name;
  std::string title;
};

// One model a variant, in the order of the file. An unknown `options.variant` gives none. Throws ModelError.
std::vector<model::Model> load(const Source& source, const Options& options);

}  // namespace gapless::scenario
