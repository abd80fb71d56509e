// A line on the terminal that says how far a long check is: states, states a second, depth, memory, and the time left
// where it was forecast how many states there are. Silent for the first second and where there is no terminal; never
// part of a report.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>

#include "explore/explore.h"

namespace gapless::cli {

class ProgressLine {
 public:
  // Null: silent.
  explicit ProgressLine(std::ostream* out);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // For explore::Limits; empty where the line is silent. May be called from several threads.
  std::function<void(const explore::Progress&)> reporter(std::size_t run);
  void finished(std::size_t run);

  // How many states a run will have, as far as one knows. To be said before it begins.
  void expect(std::size_t run, double states);
  // A line of its own, which stays, on `err`.
  void say(std::ostream& err, const std::string& text);

 private:
  void show();

  std::ostream* out_;
  std::mutex mutex_;
  std::map<std::size_t, explore::Progress> running_;
  std::map<std::size_t, double> expected_;
  std::chrono::steady_clock::time_point begin_;
  bool shown_ = false;
};

// "1,234,567 states, 400,000 a second, depth 12, 310 MiB, about 3 min left". `expected`: states in all, where it is
// known.
std::string progress_text(const explore::Progress& progress, std::optional<double> expected);

}  // namespace gapless::cli
