// A place in the tree of all interleavings of a model, for whoever walks it from outside the engines: what can happen
// next, with all that it comes to, as plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/keyvalue/database.h"
#include "store/operation.h"

namespace gapless::model {

struct Move {
  enum class Way : std::uint8_t {
    start,      // sends its operation
    resume,     // what its statement waited for is over
    deadlock,   // its statement is the victim of a deadlock
    time_out,   // its statement has waited for as long as it may
    crash,      // it is no more; its connections are closed
    again,      // it is run again: retry, redelivery, a job's last run
    duplicate,  // somebody else plays the same request, too
    expire,     // nobody's step: `key` of keyvalue `database` expires
    world,      // nobody's step, of another kind: the clock, a replica, a provider
  };

  std::size_t actor = 0;  // from 1; 0: nobody's step
  Way way = Way::start;
  std::string what;  // as a schedule has it: model::Choice
  std::size_t database = 0;
  std::string key;
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
  virtual const store::keyvalue::Database& keyvalue(std::size_t number) const = 0;
  virtual std::size_t actors() const = 0;  // grows where messages are sent
};

}  // namespace gapless::model
