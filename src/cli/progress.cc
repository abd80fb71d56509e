// The runs that are under way are added up into one line, which overwrites itself.
#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>

namespace gapless::cli {

ProgressLine::ProgressLine(std::ostream* out) : out_(out), begin_(std::chrono::steady_clock::now()) {}

ProgressLine::~ProgressLine() {
  if (shown_) *out_ << "\r\x1b[K" << std::flush;
}

std::function<void(const explore::Progress&)> ProgressLine::reporter(std::size_t run) {
  if (out_ == nullptr) return {};
  return [this, run](const explore::Progress& progress) {
    const std::lock_guard lock(mutex_);
    running_[run] = progress;
    if (std::chrono::steady_clock::now() - begin_ >= std::chrono::seconds(1)) show();
  };
}

void ProgressLine::finished(std::size_t run) {
  const std::lock_guard lock(mutex_);
  running_.erase(run);
}

void ProgressLine::show() {
  explore::Progress sum;
  for (const auto& [run, progress] : running_) {
    sum.states += progress.states;
    sum.states_per_second += progress.states_per_second;
    sum.depth = std::max(sum.depth, progress.depth);
  }
  *out_ << fmt::format("\r\x1b[K{} states, {:.0f} a second, depth {}", sum.states, sum.states_per_second, sum.depth)
        << std::flush;
  shown_ = true;
}

}  // namespace gapless::cli
