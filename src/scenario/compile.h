// One variant of a request, from syntax tree to code: names are resolved, statements parsed and bound, and every way
// out of a block is spelt out.
#pragma once

#include <vector>

#include "base/source.h"
#include "model/model.h"
#include "scenario/code.h"
#include "scenario/ledger.h"
#include "scenario/syntax.h"

namespace gapless::scenario {

struct Compiled {
  Code code;
  std::vector<Diagnostic> warnings;
  // Effects inside transaction { }: `always` sees them before COMMIT.
  std::vector<Offset> effects_in_transaction;
};

// `level` is that of transactions for which the variant says nothing else.
Compiled compile(const Source& source, const std::vector<model::Database>& databases, const Request& request,
                 const VariantText& variant, store::Isolation level, Ledgers& ledgers);

}  // namespace gapless::scenario
