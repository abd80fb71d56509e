// Roles: what an actor of `run`, or a message, plays, and what it plays when it is run again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/model.h"
#include "scenario/interpret.h"
#include "scenario/syntax.h"

namespace gapless::scenario {

// More attempts than these are not told apart.
inline constexpr std::int32_t most_told_attempts = 10;

struct Part {
  Term::Kind kind = Term::Kind::request;
  std::vector<Played> requests;  // one, but for a session
  std::string until;
  bool has_processes = false;  // there is more than one, so that it may matter in which one this is played
};

// `situation` as it is; what the requests do not ask for makes no role of its own.
model::Role role_of(const Part& part, Situation situation);

}  // namespace gapless::scenario
