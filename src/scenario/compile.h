// One variant of a request, from syntax tree to code: names are resolved, statements parsed and bound, and every way
// out of a block is spelt out.
#pragma once

#include <set>
#include <vector>

#include "base/source.h"
#include "model/model.h"
#include "scenario/code.h"
#include "scenario/ledger.h"
#include "scenario/syntax.h"
#include "scenario/world.h"

namespace gapless::scenario {

// A message that some statement sends.
struct Sent {
  std::size_t request = 0;  // in File::requests
  Offset at = 0;
};

// A statement that commits by itself, and the tables that it reads beside the one that it changes.
struct Overlap {
  Offset at = 0;
  std::size_t database = 0;
  std::set<std::size_t> tables;
};

struct Compiled {
  Code code;
  std::vector<Diagnostic> warnings;
  // Effects inside transaction { }: `always` sees them before COMMIT.
  std::vector<Offset> effects_in_transaction;
  std::vector<Sent> sent;
  std::vector<Overlap> overlaps;
};

// `level` is that of transactions for which the variant says nothing else.
Compiled compile(const Source& source, const World& world, const File& file, const Request& request,
                 const VariantText& variant, store::Isolation level, Ledgers& ledgers);

}  // namespace gapless::scenario
