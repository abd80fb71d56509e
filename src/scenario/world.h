// What a file declares that its requests act on and live with: databases, locks, processes, the clock, faults.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/source.h"
#include "model/model.h"
#include "scenario/syntax.h"

namespace gapless::scenario {

struct Lock {
  std::string name;
  bool per_process = false;
};

struct World {
  std::size_t processes = 1;
  // In the order of the file; a memory that each process has is there once for each, side by side. The locks' database,
  // which no file names, comes last.
  std::vector<model::Database> databases;
  std::optional<std::size_t> locks_database;
  std::vector<Lock> locks;
  std::vector<model::KeyValue> keyvalues;
  std::vector<model::Documents> documents;
  std::vector<std::set<std::string>> filled;  // of each of these: collections that something is inserted into
  std::vector<sql::Timestamp> clock;
  std::vector<model::Faults> settings;  // of which each variant is checked at each; at least one

  // Where statements go that name no database: the only one that can be meant.
  std::optional<std::size_t> only_database;
};

// `schemas`: what a variant adds to what its databases' blocks say.
World read_world(const File& file, const Source& source, const std::vector<SchemaText>& schemas = {});

inline constexpr std::size_t most_processes = 100;
// The faults' names, in the order in which a setting names them.
const std::vector<std::string>& fault_names();
// "crash" → its bound. REQUIRES: it is one of fault_names().
std::uint32_t bound_of(const model::Faults& faults, const std::string& name);

}  // namespace gapless::scenario
