// The part of the world that nobody reads on the way.
//
// Effects enter the ledger, and rows enter tables such as an audit trail, and no request ever looks at them: only
// invariants do. Which rows are there then decides nothing about what happens next, and the world falls into two
// factors: a core, in which those tables are empty, and how often each row was added. A hundred different rows make
// 2^100 worlds, but few cores; what a step does is remembered by core, and the rows are counted in the packed state.
//
// A table of PostgreSQL is such a one where all that requests do with it is a plain INSERT … VALUES of its own, it has
// no foreign keys and no serial columns; committed rows that nobody has locked are counted, others stay in the core.
// Two rows that would meet in a unique index end it (Unsuitable), and so does a transaction that keeps a snapshot.
#pragma once

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "base/hash_map.h"
#include "explore/space.h"

namespace gapless::explore {

// Another way must be taken: the model has something that this one cannot tell.
struct Unsuitable {
  const char* why;
};

class Factors {
 public:
  // `wanted` false: nothing is factored out.
  Factors(Space& space, bool wanted);

  bool any() const { return any_; }
  // An invariant that is looked at on the way reads what is factored out.
  bool seen_by_always() const { return seen_by_always_; }
  // The statement does nothing but add rows to what is factored out.
  bool only_adds(const store::Operation& operation) const;

  struct Split {
    WorldNumber core = 0;
    std::vector<std::uint32_t> additions;  // by number, each as often as it was added
    std::uint32_t change = 0;              // Space's: how rows that stay are renamed, after `change` that was given
  };
  // `change`: what led to the world.
  Split split(WorldNumber world, std::uint32_t change);
  // The core with so many of each addition.
  World whole(WorldNumber core, std::span<const std::uint32_t> counts) const;
  std::uint32_t additions() const { return static_cast<std::uint32_t>(rows_.size()); }
  // Some of what is factored out has a unique index.
  bool any_unique() const { return any_unique_; }
  // Two of one row would meet in a unique index.
  bool is_unique(std::uint32_t addition) const { return rows_[addition].is_unique; }

  // One more actor that is only counted, in this local state (fold.h): the number of the addition.
  std::uint32_t counted(LocalNumber local);
  // Puts the actors back that are only counted.
  void add_actors(std::span<const std::uint32_t> counts, StateRow& row) const;

 private:
  struct Added {
    std::size_t database = none;  // `none`: of the ledger
    std::size_t table = 0;
    sql::Tuple row;
    bool is_unique = false;
    LocalNumber actor = Move::no_local;  // it is no row, but an actor
  };
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  bool is_added_to_only(const model::Model& model, std::size_t database, std::size_t table) const;
  std::uint32_t addition(std::size_t database, std::size_t table, const sql::Tuple& row);

  Space& space_;
  bool any_ = false;
  bool any_unique_ = false;
  bool seen_by_always_ = false;
  bool ledgers_ = false;
  std::vector<std::vector<bool>> tables_;  // by database and table
  std::vector<Added> rows_;
  HashMap<std::string, std::uint32_t> numbers_;
  HashMap<LocalNumber, std::uint32_t> counted_;
};

}  // namespace gapless::explore
