#include "explore/walk.h"

#include <source_location>

#include "base/check.h"

namespace gapless::explore {

Walk::Walk(Space& space) : space_(space), initial_(space.initial()), initial_locals_(space.initial_locals()) {
  restart();
}

void Walk::restart() {
  row_ = initial_;
  locals_ = initial_locals_;
  schedule_.steps.clear();
}

std::size_t Walk::nth_of(const Move& move, std::uint32_t nth) const {
  if (move.group == Move::nobody) return 0;
  const auto local = before(move);
  for (std::size_t actor = 1; actor <= locals_.size(); ++actor) {
    if (locals_[actor - 1] == local && nth-- == 0) return actor;
  }
  check_failed("a group has as many actors as it says", std::source_location::current());
}

void Walk::take(const Move& move, std::size_t actor) {
  schedule_.steps.emplace_back(actor, space_.what(move));
  if (move.change != 0) {
    for (std::size_t other = 1; other <= locals_.size(); ++other) {
      if (other != actor) locals_[other - 1] = space_.renamed(locals_[other - 1], move.change);
    }
  }
  if (actor != 0) locals_[actor - 1] = move.local;
  if (move.created != Move::no_local) locals_.push_back(move.created);
  row_ = move.row;
}

}  // namespace gapless::explore
