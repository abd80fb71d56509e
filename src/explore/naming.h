// States that differ by what names their names have.
//
// A request that keeps the number of its own order in a variable, a lock whose value says whose it is: which number it
// is means nothing, yet fifty such requests are in fifty different local states. Where values are names (sql/name.h),
// states that differ by renaming them are one. Each step leads to a state that is named anew: names are given out in an
// order that depends on nothing but where they occur. What occurs is a list of *facts*: a row, a local state, a member
// of a set, each with the names in it in order of their occurrence and a shape, which is all the rest. Names are told
// apart by the facts that they are in, then by what the other names in these facts look like, and so on until nothing
// more comes of it (McKay and Piperno, "Practical graph isomorphism II", 2014). Of those that are still alike one is
// taken for the first; where they are not interchangeable, equal states may stay apart, never different ones become
// one.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "explore/successors.h"

namespace gapless::explore {

using sql::Name;

struct Fact {
  std::uint32_t shape = 0;  // equal ones have equal shapes, different ones different shapes
  std::vector<Name> names;  // in order of their first occurrence
  std::uint32_t count = 1;
  auto operator<=>(const Fact&) const = default;
};

// From old names to new ones, sorted by the old. Names that are not in it are called as before.
struct Naming {
  std::vector<std::pair<Name, Name>> names;
  Name operator()(const Name& name) const;
  bool identity() const;
  bool operator==(const Naming&) const = default;
};

// Names that occur, sorted by what they are like; by kind.
std::vector<std::vector<Name>> in_canonical_order(std::span<const Fact> facts, std::size_t kinds);

// Facts that could change places: with all names in one for those in the other, and back, all facts are the same.
class Swaps {
 public:
  explicit Swaps(std::span<const Fact> facts);  // which must outlive this
  // Whether the facts with these numbers could.
  bool can_swap(std::size_t a, std::size_t b);
  // What can swap with each other has the same look; what has may or may not.
  std::uint64_t look(std::size_t fact) const { return looks_[fact]; }

 private:
  std::span<const Fact> facts_;
  std::vector<std::uint64_t> looks_;
  std::vector<std::pair<Name, std::uint32_t>> uses_;  // name and fact, sorted
};

// Everything that is a value in these, renamed; what is kept in order is put in order anew. `events` say how the rows
// of each database went. NameUsed where that cannot be done.
World renamed(const World& world, const Naming& naming, std::vector<std::pair<std::size_t, relational::Event>>& events);
Sessions renamed(Sessions sessions, const Naming& naming);
relational::Row renamed(relational::Row row, const Naming& naming);
store::Observation renamed(store::Observation observation, const Naming& naming);
std::vector<sql::Value> renamed(std::vector<sql::Value> values, const Naming& naming);

// In order of their first occurrence, each once.
std::vector<Name> names_in(const Sessions& sessions);
std::vector<Name> names_in(const relational::Row& row);
std::vector<Name> names_in(const std::vector<sql::Value>& values);
std::vector<Name> names_in(const store::Observation& observation);
std::vector<Name> names_in(std::string_view text);

// These names are 0, 1, …, so that what differs by names only becomes equal.
Naming shape_naming(std::span<const Name> names);

}  // namespace gapless::explore
