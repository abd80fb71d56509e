// Our run of a test against what isolationtester printed.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/source.h"
#include "spec/specification.h"
#include "spec/transcript.h"

namespace gapless::spec {

struct Comparison {
  std::size_t permutations = 0;
  std::size_t agreeing = 0;
  // Of each permutation that differs: where it first does, and how.
  std::vector<std::string> differences;

  bool equal() const { return agreeing == permutations && differences.empty(); }
};

// Step by step: whether it was done at once, waited, or was completed later and after which step; its rows, in any
// order unless the statement has an ORDER BY; its error message. What was completed after the same step has no order.
// Throws ModelError where the output is not one of this test.
Comparison compare(const Transcript& ours, const Source& expected, const Specification& specification);

}  // namespace gapless::spec
