// Where a path leads: a scenario in our language, or a model in C++ that was compiled in.
#include "cli/engine.h"

#include <vector>

#include "base/digest.h"
#include "base/source.h"
#include "cli/files.h"
#include "explore/interleavings.h"
#include "models/registry.h"

namespace gapless::cli {
namespace {

// A handler in C++ knows nothing of faults; whether they may happen is the explorer's business.
void set_faults(model::Model& model, const model::Faults& faults) {
  model.faults = faults;
  if (!faults.none()) model.digest = Digest().add(model.digest).add(to_string(faults)).value();
}

std::vector<model::Model> load(const std::string& path, const scenario::Options& options) {
  if (path.ends_with(".cc")) {
    auto models = models::load(path, options.actors, options.isolation);
    std::erase_if(models,
                  [&](const model::Model& model) { return options.variant && model.variant != *options.variant; });
    for (auto& model : models) {
      if (options.faults) set_faults(model, *options.faults);
    }
    return models;
  }
  return scenario::load(make_source(path, read_file(path)), options);
}

}  // namespace

Engine real_engine() {
  return {.load = load,
          .check = explore::check_model,
          .replay = explore::replay,
          .first_position =
              [](const model::Model& model) { return explore::first_position(model, explore::Branches::forceable); },
          .guards = scenario::guards_of,
          .without = scenario::without};
}

}  // namespace gapless::cli
