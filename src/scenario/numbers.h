// Serial numbers that nobody looks at.
//
// `id serial PRIMARY KEY` is in every real schema, and in most scenarios no statement and no invariant mentions it.
// Then the numbers are mere names: which of fifty requests drew which one matters to nobody, but would tell fifty
// states apart where there is one. Such a column is not kept: it stays NULL, and the unique keys that it is part of,
// which its numbers satisfy by themselves, are dropped.
#pragma once

#include <utility>
#include <vector>

#include "model/model.h"

namespace gapless::scenario {

struct DatabaseStatement {
  std::size_t database = 0;
  const sql::Statement* statement = nullptr;
};

// `statements` are all that the requests of this model can perform.
void forget_unseen_numbers(model::Model& model, const std::vector<DatabaseStatement>& statements);

}  // namespace gapless::scenario
