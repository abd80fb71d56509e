// One interleaving through the space of canonical states, with actors told apart again: what is drawn, or shown, must
// be a schedule that can be replayed.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "explore/space.h"
#include "model/schedule.h"

namespace gapless::explore {

class Walk {
 public:
  // What the local state of nobody is: any will do that no actor can be in.
  static constexpr LocalNumber nobodys = Move::no_local;

  explicit Walk(Space& space);

  // Back to the initial state.
  void restart();

  // Out of where it stands. Valid until the next call of anything that asks the space for moves.
  std::span<const Move> moves() { return space_.moves(row_); }
  const StateRow& row() const { return row_; }
  // Actors are numbered from 1; those that came into being on the way follow. 0 is nobody.
  std::size_t actors() const { return locals_.size(); }
  LocalNumber local_of(std::size_t actor) const { return actor == 0 ? nobodys : locals_[actor - 1]; }

  // Who could take the move, and where that leaves him.
  LocalNumber before(const Move& move) const {
    return move.group == Move::nobody ? nobodys : row_.groups[move.group].local;
  }
  static LocalNumber after(const Move& move) { return move.group == Move::nobody ? nobodys : move.local; }
  bool is_of(const Move& move, std::size_t actor) const { return before(move) == local_of(actor); }
  // The actor that is the nth, from 0, of those that could take the move. REQUIRES: there are so many.
  std::size_t nth_of(const Move& move, std::uint32_t nth) const;

  // REQUIRES: the move is one of moves(), which have not been asked for since, and is_of() the actor.
  void take(const Move& move, std::size_t actor);

  const model::Schedule& schedule() const { return schedule_; }

 private:
  Space& space_;
  const StateRow initial_;
  const std::vector<LocalNumber> initial_locals_;
  StateRow row_;
  std::vector<LocalNumber> locals_;  // by actor
  model::Schedule schedule_;
};

}  // namespace gapless::explore
