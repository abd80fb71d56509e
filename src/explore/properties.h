// Invariants: whether they hold of what is committed, the ledger and the responses.
#pragma once

#include <cstddef>
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

class Properties {
 public:
  explicit Properties(const model::Model& model);  // which must outlive this

  // Whether any invariant of this kind reads `responses`: otherwise it is a function of the world alone.
  bool reads_responses(model::PropertyKind kind) const;
  bool any(model::PropertyKind kind) const;

  // The number of the first invariant of this kind, in the model's order, that does not hold. An invariant that yields
  // NULL, or not exactly one row, is a ModelError.
  std::optional<std::size_t> first_violated(model::PropertyKind kind, const World& world,
                                            std::span<const Finished> finished) const;

  // What an invariant compares, with the values it found: ("min(balance)", "-50").
  std::vector<std::pair<std::string, std::string>> values(std::size_t number, const World& world,
                                                          std::span<const Finished> finished) const;

 private:
  const model::Model* model_;
};

// Whether some invariant looks at responses.actor: then actors are told apart by number, and none are interchangeable.
bool names_actors(const model::Model& model);

}  // namespace gapless::explore
