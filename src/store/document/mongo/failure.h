// What MongoDB answers to a request that fails.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "store/document/database.h"

namespace gapless::store::document::mongo {

struct Failure : std::runtime_error {
  Failure(std::string condition_, const std::string& message)
      : std::runtime_error(message), condition(std::move(condition_)) {}
  std::string condition;    // as store/document/rules.h lists them
  std::vector<Path> paths;  // of a duplicate key: those of the index
};

[[noreturn]] inline void fail(const std::string& message) { throw Failure("mongodb_error", message); }

// A plain write has come upon what an open transaction holds (M-5).
struct Waits {};

}  // namespace gapless::store::document::mongo
