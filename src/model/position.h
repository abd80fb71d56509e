// A place in the tree of all interleavings of a model, for whoever walks it from outside the engines: what can happen
// next, with all that it comes to, as plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "store/operation.h"

namespace gapless::model {

struct Move {
  enum class Way : std::uint8_t {
    start,     // sends its operation
    resume,    // what its statement waited for is over
    deadlock,  // its statement is the victim of a deadlock
    time_out,  // its statement has waited for as long as it may
  };

  std::size_t actor = 0;  // from 1
  Way way = Way::start;
  store::Operation operation;
  std::optional<store::Observation> observation;  // none: the statement waits
  // Databases whose open transaction is rolled back as part of this step (an error that nobody caught).
  std::vector<std::size_t> abandoned;
};

class Position {
 public:
  virtual ~Position() = default;

  // In order of actor; none at an end.
  virtual const std::vector<Move>& moves() = 0;
  // Where the move leads. Each may be asked for once: the place is handed over.
  virtual std::unique_ptr<Position> after(std::size_t move) = 0;
  // The committed rows of a database's tables, in the order of its catalog.
  virtual std::vector<std::vector<sql::Tuple>> tables(std::size_t database) const = 0;
};

}  // namespace gapless::model
