#include "models/registry.h"

#include "base/source.h"

namespace gapless::models {

const std::vector<Entry>& registry() {
  static const std::vector<Entry> entries = {
      {"models/withdraw.cc", withdraw},
  };
  return entries;
}

std::vector<model::Model> load(const std::string& path, std::optional<std::size_t> actors,
                               std::optional<store::Isolation> level) {
  std::string known;
  for (const auto& entry : registry()) {
    if (path == entry.file || path.ends_with("/" + entry.file)) {
      auto models = entry.make(actors, level);
      for (auto& model : models) model.file = path;
      return models;
    }
    known += (known.empty() ? "" : ", ") + entry.file;
  }
  throw ModelError(Diagnostic{path, 0, 0,
                              "no C++ model of this name is compiled in (there are: " + known +
                                  "); add it to models/registry.cc, or write a scenario: models/withdraw.gap shows how",
                              ""});
}

}  // namespace gapless::models
