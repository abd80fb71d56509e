// A line on the terminal that says how far a long check is: states, states a second, depth. Silent for the first
// second and where there is no terminal; never part of a report.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <ostream>

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

 private:
  void show();

  std::ostream* out_;
  std::mutex mutex_;
  std::map<std::size_t, explore::Progress> running_;
  std::chrono::steady_clock::time_point begin_;
  bool shown_ = false;
};

}  // namespace gapless::cli
