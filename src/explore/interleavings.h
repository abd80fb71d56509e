// The tree of all interleavings, walked by somebody else: for comparison with a real server.
#pragma once

#include <cstdint>
#include <memory>

#include "model/model.h"
#include "model/position.h"

namespace gapless::explore {

enum class Branches : std::uint8_t {
  all,
  // Only what can be forced upon a real server: there a statement goes on as soon as what it waited for is over, and a
  // deadlock ends by itself. Where one of the two is possible, nobody starts anything. (A time-out is a choice: to let
  // the time pass.)
  forceable,
};

// The root. The model must outlive it and all that comes after it.
std::unique_ptr<model::Position> first_position(const model::Model& model, Branches branches);

// How many interleavings begin here. Uses the position up.
std::uint64_t count_interleavings(model::Position& position);

}  // namespace gapless::explore
