// Which interleavings of a model a real server plays as the simulator says: one, all, or some.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "live/player.h"
#include "live/workspace.h"
#include "model/model.h"
#include "model/position.h"
#include "model/schedule.h"

namespace gapless::live {

// The root of the tree of forceable interleavings, as often as it is asked for.
using FirstPosition = std::function<std::unique_ptr<model::Position>()>;

struct Agreement {
  std::uint64_t forceable = 0;    // of `all`: how many there are
  std::uint64_t forced = 0;       // have taken place, each once, and agreed to the end
  std::uint64_t not_reached = 0;  // of `all`: forceable but for the server's choices
  std::uint64_t plays = 0;        // vain ones included
  std::vector<Disagreement> disagreements;
  bool too_many = false;  // of `all`: more than the limit; nothing was played
};

// After each play: so many have taken place, of so many.
using PlayProgress = std::function<void(std::uint64_t forced, std::uint64_t forceable)>;

// Every interleaving. Where the server chooses, what took place is credited, and the others are tried for again, until
// experience says that they do not come.
Agreement play_all(Workspace& workspace, const model::Model& model, const FirstPosition& first, std::uint64_t most,
                   const PlayProgress& progress);

// So many, drawn step by step; `forced` counts different ones.
Agreement play_some(Workspace& workspace, const model::Model& model, const FirstPosition& first, std::uint64_t count,
                    std::uint64_t seed, const PlayProgress& progress);

struct One {
  enum class Outcome : std::uint8_t {
    agrees,
    disagrees,
    not_forceable,  // a real server does not let it happen; `reason` says at which step
    not_reached,    // the server chose otherwise each time
    impossible,     // not even here
  };
  Outcome outcome = Outcome::impossible;
  std::string reason;
  std::vector<model::Move> moves;  // that agree: all of the schedule, or those before the disagreement
  std::vector<Disagreement> disagreements;
  bool complete = false;  // every actor has finished, and the tables are compared
  std::uint64_t plays = 0;
};

One play_one(Workspace& workspace, const model::Model& model, const FirstPosition& first,
             const model::Schedule& schedule);

}  // namespace gapless::live
