// The models that are written in C++, found by the path of their source: `gapless check models/withdraw.cc`.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/model.h"

namespace gapless::models {

struct Entry {
  std::string file;  // "models/withdraw.cc"
  // One model a variant, for this number of actors and at this level; nullopt: the model's own.
  std::function<std::vector<model::Model>(std::optional<std::size_t> actors, std::optional<store::Isolation> level)>
      make;
};

const std::vector<Entry>& registry();

// Of the entry whose file is `path`, or ends it ("../main/models/withdraw.cc"). A ModelError if there is none.
std::vector<model::Model> load(const std::string& path, std::optional<std::size_t> actors,
                               std::optional<store::Isolation> level = {});

std::vector<model::Model> withdraw(std::optional<std::size_t> actors,
                                   std::optional<store::Isolation> level);  // withdraw.cc

}  // namespace gapless::models
