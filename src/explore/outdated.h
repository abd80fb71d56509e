// Compares that can only fail any more: the optimistic lock's, and the guard's that finds too little left.
//
// `UPDATE … WHERE id = 1 AND version = :seen`, where every statement only ever adds to `version` and each row has come
// past the value that was seen: it changes no row, now and in whatever happens later. The same of
// `quantity >= :amount`, where every statement only ever subtracts something positive. Requests that are about to do so
// and go on alike after it are alike now, whatever each of them has seen, and stand for each other (Space::failing):
// their futures are the same, interleaving by interleaving. A search goes further: such a step commutes with whatever
// anybody else does, and is taken at once (a persistent set of one step).
#pragma once

#include <tuple>
#include <vector>

#include "explore/space.h"

namespace gapless::explore {

class Outdated {
 public:
  explicit Outdated(const model::Model& model);

  // Some column only ever grows, or only ever shrinks, of rows that nobody adds to.
  bool any() const { return !moving_.empty(); }

  // The local state that stands for this one in this world, and in all later ones; itself where nothing is to be said.
  LocalNumber stands_for(Space& space, WorldNumber world, LocalNumber local) const;
  // It is about to compare with what it has seen.
  bool compares(const Space& space, LocalNumber local) const;

 private:
  struct Column {
    std::size_t database = 0;
    std::size_t table = 0;
    std::size_t column = 0;
    bool shrinks = false;  // else it grows
    auto operator<=>(const Column&) const = default;
  };

  static const sql::Update* compared_update(const Space& space, LocalNumber local);
  LocalNumber stands_for(Space& space, WorldNumber world, LocalNumber local, bool lags) const;
  bool fails_for_ever(const Space& space, WorldNumber world, LocalNumber local, bool only_versions) const;
  static bool is_past(const relational::Database& database, const Column& column, std::int64_t value, bool or_there);

  std::vector<Column> moving_;
};

}  // namespace gapless::explore
