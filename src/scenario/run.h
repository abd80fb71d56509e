// The run line: who acts, and how --actors changes it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "scenario/syntax.h"
#include "sql/value.h"

namespace gapless::scenario {

inline constexpr std::size_t most_actors = 1000;

// One term with its arguments computed.
struct Play {
  struct Sent {
    std::size_t request = 0;  // in File::requests
    sql::Tuple arguments;
  };

  Term::Kind kind = Term::Kind::request;
  std::vector<Sent> requests;  // one, but for a session
  std::string until;           // of a delivery
  std::size_t times = 1;
  bool starred = false;  // written with * N: takes what --actors adds
};

// `has_clock`: arguments do not read the time.
std::vector<Play> plays_of(const File& file, const Source& source, bool has_clock);

std::size_t actors_of(const std::vector<Play>& plays);

// For each actor the number of its play. `actors` is --actors:
//   with `*`, the other terms keep their one actor, and what remains is dealt to the `*` terms in turn, in the
//   proportions of the run line;
//   without `*`, the terms are repeated in turn.
std::vector<std::size_t> deal(const std::vector<Play>& plays, std::optional<std::size_t> actors,
                              const SourceText& source, Offset at);

}  // namespace gapless::scenario
