// Plays a schedule on both servers in lock step and compares, step by step, who waits, who goes on, and with which
// answer; at the end, what is committed.
#pragma once

#include <string>
#include <vector>

#include "ours.h"
#include "schedule.h"
#include "theirs.h"

namespace gapless::disagree {

struct Line {
  Step step;  // its statement plain
  std::string theirs;
  std::vector<std::string> ours;  // each outcome that we allow
};

struct Played {
  enum class Verdict {
    agrees,
    disagrees,
    refused,  // we do not take one of the statements, and say so
    lost,     // too many choices to follow
  };
  Verdict verdict = Verdict::agrees;
  std::string reason;  // of a refusal; or which difference it is, roughly: "UPDATE: ours waits, theirs ERROR 40001"
  std::vector<Line> lines;  // as played; the last one is where they differ
  Schedule schedule;        // with the steps in the order played
  std::size_t waits = 0;
  std::size_t choices = 0;  // steps at which the server had one
};

Played play(const Schedule& schedule, Theirs& theirs);

}  // namespace gapless::disagree
