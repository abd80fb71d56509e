// Invariants: whether they hold of what is committed, the ledger and the responses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "explore/successors.h"
#include "model/model.h"

namespace gapless::explore {

// A row of the table `responses`.
struct Finished {
  std::size_t actor = 0;  // from 1
  std::string request;
  std::string status;
  auto operator<=>(const Finished&) const = default;
};

// A row of the table `sections`: who is inside a critical section.
struct Inside {
  std::string section;
  std::string request;
  std::size_t actor = 0;
  auto operator<=>(const Inside&) const = default;
};

// What of the actors invariants see: requests that have finished, and critical sections. Sorted.
struct Actors {
  std::vector<Finished> finished;
  std::vector<Inside> inside;
  bool are_named = false;  // their numbers are names (sql/name.h)
};

class Properties {
 public:
  explicit Properties(const model::Model& model);  // which must outlive this

  // When an invariant is looked at: after every step (always and history), or at the end.
  enum class When : std::uint8_t { step, end };

  // Whether any invariant of this `when` reads `responses` or `sections`: otherwise it is a function of the world
  // alone.
  bool reads_actors(When when) const;
  bool any(When when) const;

  // The number of the first invariant of this `when`, in the model's order, that does not hold. An invariant that
  // yields NULL, or not exactly one row, is a ModelError.
  std::optional<std::size_t> first_violated(When when, const World& world, const Actors& actors) const;

  // What an invariant compares, with the values it found: ("min(balance)", "-50").
  std::vector<std::pair<std::string, std::string>> values(std::size_t number, const World& world,
                                                          const Actors& actors) const;

 private:
  const model::Model* model_;
};

// Whether some invariant looks at responses.actor or sections.actor: then actors are told apart by number, and none are
// interchangeable.
bool names_actors(const model::Model& model);

}  // namespace gapless::explore
