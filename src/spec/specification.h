// A test in the format of PostgreSQL's isolationtester (a .spec file) as plain values. The format is that of
// PostgreSQL's src/test/isolation/README: blocks of SQL in braces, sessions of named steps, and the orders to run them
// in.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/source.h"

namespace gapless::spec {

// SQL between braces, without the blanks beside them: bytes [begin, end) of the source.
struct Block {
  Offset begin = 0;
  Offset end = 0;
};

struct Step {
  std::string name;
  std::size_t session = 0;
  Block sql;
  Offset at = 0;
};

struct Session {
  std::string name;
  std::optional<Block> setup;
  std::vector<std::size_t> steps;  // numbers in Specification::steps, in order
  std::optional<Block> teardown;
  Offset at = 0;
};

// What holds back the report of a step, in parentheses behind its name.
struct Blocker {
  enum class Kind {
    once,     // (*): it is reported as waiting first, in any case
    step,     // (other): as long as the other step is under way
    notices,  // (other notices n): until the other's session has seen n more notices
  };
  Kind kind = Kind::once;
  std::size_t step = 0;
  std::size_t notices = 0;
};

struct PermutationStep {
  std::size_t step = 0;
  std::vector<Blocker> blockers;
  Offset at = 0;
};

using Permutation = std::vector<PermutationStep>;

struct Specification {
  Source source;
  std::vector<Block> setups;
  std::optional<Block> teardown;
  std::vector<Session> sessions;
  std::vector<Step> steps;                // of all sessions, in the order of the file
  std::vector<Permutation> permutations;  // as listed, or every order there is
  std::vector<std::string> unused;        // steps that stand in no listed permutation, by name

  std::string text(const Block& block) const { return source->text.substr(block.begin, block.end - block.begin); }
};

// Throws ModelError at the place of whatever is wrong.
Specification read_specification(Source source);

}  // namespace gapless::spec
