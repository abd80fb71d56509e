// Where a path leads: a scenario in our language, or a model in C++ that was compiled in.
#include "cli/engine.h"

#include "base/source.h"
#include "cli/files.h"

namespace gapless::cli {
namespace {

std::vector<model::Model> load(const std::string& path, const scenario::Options& options) {
  if (path.ends_with(".cc")) {
    // C++ MODELS COME IN HERE: return models::cpp_models(path, options) of models/registry.h.
    throw ModelError(Diagnostic{path, 0, 0, "no C++ model of this name is compiled in", ""});
  }
  return scenario::load(make_source(path, read_file(path)), options);
}

}  // namespace

Engine real_engine() { return {.load = load, .check = explore::check_model, .replay = explore::replay}; }

}  // namespace gapless::cli
