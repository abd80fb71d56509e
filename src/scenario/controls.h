// Guards: what in a variant makes it hold, and the variant without one of them.
//
// A guard is a lock, a condition of a change, a constraint, a check of what was read, a retry, an isolation level, an
// expiry, an idempotency key …: something whose only work is to keep others out, or to notice that they were in.
// Dropping it edits the file's text in place (every line stays where it is) and reads it again, so that what then
// happens is what a reader would write without it; only what the schema guards is taken out of the catalog, where a
// primary key must go on to be the order in which rows are scanned.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "model/model.h"
#include "sql/parse.h"

namespace gapless::scenario {

// A stretch of the file, and what stands there instead.
struct Edit {
  sql::Range range;
  std::string text;
};

struct Constraint {
  std::string database;
  std::string table;
  std::string
      name;  // of a unique key or index, a CHECK or a foreign key, as PostgreSQL names it; of MongoDB its number
};

struct Guard {
  std::string text;  // "FOR UPDATE", "AND balance >= :amount", "UNIQUE (code)"
  std::size_t line = 0;
  std::vector<Edit> edits;               // not overlapping
  std::optional<Constraint> constraint;  // that is not enforced
};

// All guards of the model's variant, in the order of the file. Of a C++ model there are none: its text is not here.
std::vector<Guard> guards_of(const model::Model& model);

// The same variant, actors, level and faults without the guard. Throws ModelError where that is no model any more.
model::Model without(const model::Model& model, const Guard& guard);

}  // namespace gapless::scenario
