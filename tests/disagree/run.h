// A run over many schedules of one seed: what was played so far, what came of it, and where to go on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "play.h"
#include "wishes.h"

namespace gapless::disagree {

struct Progress {
  std::uint64_t seed = 1;
  std::uint64_t next = 0;                         // the number of the schedule to play next
  std::map<std::string, std::uint64_t> counts;    // "schedules", "statements", "waits", "error 40001", …
  std::map<std::string, std::uint64_t> refusals;  // by message
  std::vector<std::uint64_t> disagreements;       // numbers of schedules
};

// As text, a line each; what read_progress() reads. Throws std::runtime_error on a file that is none.
std::string to_text(const Progress& progress);
Progress read_progress(const std::string& text);

// What is printed at the end.
std::string summary(const Progress& progress);

struct Run {
  Wishes wishes;
  Theirs* theirs = nullptr;
  bool shrinks = true;
  // Called with each disagreement, shrunk: its number and its spec.
  std::function<void(std::uint64_t, const std::string&)> found;
};

// Plays the next schedule. A disagreement counts if it shows again when the schedule is played again.
void play_next(const Run& run, Progress& progress);

}  // namespace gapless::disagree
