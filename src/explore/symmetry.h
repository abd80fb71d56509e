// Global states with interchangeable actors forgotten.
//
// Actors of one role are interchangeable, and nothing in a state names one. So a global state is a world and a
// multiset of local states (automaton node and sessions): a short row of integers. N requests of one kind then cost a
// polynomial, not a factorial. Only one of several equal actors is stepped, and the step counts as many times as there
// are actors like it. (Ip and Dill, "Better Verification Through Symmetry", 1993; counter abstraction.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/model.h"

namespace gapless::explore {

using WorldNumber = std::uint32_t;
using LocalNumber = std::uint32_t;  // an automaton node together with the actor's sessions
using StateNumber = std::uint32_t;

struct Group {
  LocalNumber local = 0;
  std::uint32_t count = 0;  // actors in this local state, at least 1
  auto operator<=>(const Group&) const = default;
};

// A canonical global state: groups in order of local number, each local number once.
struct StateRow {
  WorldNumber world = 0;
  std::vector<Group> groups;

  // Adds an actor to, or takes one from, its group. REQUIRES for taking: there is one.
  void add(LocalNumber local, std::uint32_t count = 1);
  void take(LocalNumber local);
  auto operator<=>(const StateRow&) const = default;
};

// Every state seen, each once, in order of discovery. Insert-only open addressing over one arena of words.
class StateTable {
 public:
  StateTable();

  // The state's number, and whether it is new.
  std::pair<StateNumber, bool> insert(const StateRow& row);
  // REQUIRES: the state is in the table.
  StateNumber find(const StateRow& row) const;
  void read(StateNumber number, StateRow& row) const;

  StateNumber size() const { return static_cast<StateNumber>(begins_.size() - 1); }
  std::uint64_t bytes() const;

 private:
  std::size_t slot_of(const StateRow& row, std::uint64_t digest) const;
  bool equals(StateNumber number, const StateRow& row) const;
  void grow();

  std::vector<std::uint32_t> words_;   // of each state: world, then local and count of each group
  std::vector<std::uint64_t> begins_;  // where each state's words begin; one more at the end
  std::vector<std::uint64_t> slots_;   // high half: part of the digest; low half: state number + 1, 0 if empty
};

// The same model with every actor a role of its own: for invariants that tell actors apart by number.
model::Model with_distinct_actors(const model::Model& model);

}  // namespace gapless::explore
