// The runs that are under way are added up into one line, which overwrites itself.
#include "cli/progress.h"

#include <fmt/core.h>

#include <algorithm>

#include "explore/forecast.h"
#include "report/numbers.h"

namespace gapless::cli {
namespace {

constexpr const char* clear_line = "\r\x1b[K";

std::string readable_bytes(std::uint64_t bytes) {
  constexpr double mebi = 1024 * 1024;
  const auto number = static_cast<double>(bytes) / mebi;
  return number < 1024 ? fmt::format("{:.0f} MiB", number) : fmt::format("{:.1f} GiB", number / 1024);
}

}  // namespace

ProgressLine::ProgressLine(std::ostream* out) : out_(out), begin_(std::chrono::steady_clock::now()) {}

ProgressLine::~ProgressLine() {
  if (shown_) *out_ << clear_line << std::flush;
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
  expected_.erase(run);
}

void ProgressLine::expect(std::size_t run, double states) {
  const std::lock_guard lock(mutex_);
  expected_[run] = states;
}

void ProgressLine::say(std::ostream& err, const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (shown_) *out_ << clear_line << std::flush;
  shown_ = false;
  err << text << std::endl;
}

void ProgressLine::show() {
  explore::Progress sum;
  std::optional<double> expected = 0;
  for (const auto& [run, progress] : running_) {
    sum.states += progress.states;
    sum.states_per_second += progress.states_per_second;
    sum.depth = std::max(sum.depth, progress.depth);
    sum.bytes += progress.bytes;
    const auto known = expected_.find(run);
    if (known == expected_.end()) expected.reset();
    if (expected) *expected += known->second;
  }
  *out_ << clear_line << progress_text(sum, expected) << std::flush;
  shown_ = true;
}

std::string progress_text(const explore::Progress& progress, std::optional<double> expected) {
  auto text = fmt::format("{} states, {} a second, depth {}", report::readable_count(std::to_string(progress.states)),
                          report::readable_count(fmt::format("{:.0f}", progress.states_per_second)), progress.depth);
  if (progress.bytes > 0) text += ", " + readable_bytes(progress.bytes);
  const auto left = expected.value_or(0) - static_cast<double>(progress.states);
  if (left > 0 && progress.states_per_second > 0) {
    text += ", about " + explore::readable_duration(left / progress.states_per_second) + " left";
  }
  return text;
}

}  // namespace gapless::cli
