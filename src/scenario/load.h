// .gap text → Models, one a variant and setting of faults. The only front door of the scenario language.
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
  std::optional<model::Faults> faults;  // --faults: this setting only, whatever the file says
};

// What `gapless list` shows.
struct Variant {
  std::string name;
  std::string title;
};

// Variants in the order of the file, and for each the settings of faults in the order of the file. An unknown
// `options.variant` gives none. Throws ModelError.
std::vector<model::Model> load(const Source& source, const Options& options);

}  // namespace gapless::scenario
