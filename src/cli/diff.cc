// Both texts have the same characters but for white space, so lines belong together that end behind equally many of
// them: no search for a longest common sequence, and linear time.
#include "cli/diff.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace gapless::cli {
namespace {

struct Line {
  std::string_view text;    // with its line break
  std::size_t reached = 0;  // characters other than white space up to its end
  bool blank = false;
};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  std::size_t reached = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    const auto line = text.substr(0, end);
    const auto marks = static_cast<std::size_t>(std::ranges::count_if(line, [](char c) { return !is_space(c); }));
    reached += marks;
    lines.push_back({line, reached, marks == 0});
    text.remove_prefix(end);
  }
  return lines;
}

struct Edit {
  char sign;  // ' ', '-', '+'
  std::string_view text;
};

// Lines that are replaced stand together: all that go, then all that come.
class Matching {
 public:
  Matching(const std::vector<Line>& before, const std::vector<Line>& after) : before_(before), after_(after) {}

  std::vector<Edit> run() {
    while (i_ < before_.size() || j_ < after_.size()) {
      if (i_ < before_.size() && j_ < after_.size() && before_[i_].text == after_[j_].text) {
        flush();
        edits_.push_back({' ', before_[i_].text});
        ++i_, ++j_;
      } else {
        replace();
      }
    }
    flush();
    return std::move(edits_);
  }

 private:
  // The shortest piece of both with equally many characters.
  void replace() {
    const bool more_before = i_ < before_.size();
    const bool more_after = j_ < after_.size();
    const bool both_blank = more_before && more_after && before_[i_].blank && after_[j_].blank;
    if (more_before && (!more_after || (before_[i_].blank && !both_blank))) return take_before();
    if (more_after && (!more_before || (after_[j_].blank && !both_blank))) return take_after();
    take_before();
    take_after();
    while (before_[i_ - 1].reached != after_[j_ - 1].reached) {
      const bool behind = before_[i_ - 1].reached < after_[j_ - 1].reached;
      if (behind ? i_ == before_.size() : j_ == after_.size()) return;
      behind ? take_before() : take_after();
    }
  }

  void take_before() { gone_.push_back({'-', before_[i_++].text}); }
  void take_after() { come_.push_back({'+', after_[j_++].text}); }

  void flush() {
    edits_.insert(edits_.end(), gone_.begin(), gone_.end());
    edits_.insert(edits_.end(), come_.begin(), come_.end());
    gone_.clear();
    come_.clear();
  }

  const std::vector<Line>& before_;
  const std::vector<Line>& after_;
  std::size_t i_ = 0;
  std::size_t j_ = 0;
  std::vector<Edit> gone_;
  std::vector<Edit> come_;
  std::vector<Edit> edits_;
};

std::string range(std::size_t first, std::size_t count) {
  // Of no lines, the number of the line before them.
  return std::to_string(count == 0 ? first - 1 : first) + (count == 1 ? "" : "," + std::to_string(count));
}

struct Hunk {
  std::size_t begin = 0;  // of the edits
  std::size_t end = 0;
};

std::vector<Hunk> hunks_of(const std::vector<Edit>& edits) {
  constexpr std::size_t context = 3;
  std::vector<Hunk> hunks;
  for (std::size_t i = 0; i < edits.size(); ++i) {
    if (edits[i].sign == ' ') continue;
    const std::size_t begin = i < context ? 0 : i - context;
    const std::size_t end = std::min(i + 1 + context, edits.size());
    if (hunks.empty() || begin > hunks.back().end) hunks.push_back({begin, end});
    hunks.back().end = end;
  }
  return hunks;
}

}  // namespace

std::string difference(std::string_view name, std::string_view before, std::string_view after) {
  if (before == after) return {};
  const auto old_lines = lines_of(before);
  const auto new_lines = lines_of(after);
  const auto edits = Matching(old_lines, new_lines).run();
  std::string text = "--- " + std::string(name) + "\n+++ " + std::string(name) + "\n";
  std::size_t old_line = 1;
  std::size_t new_line = 1;
  std::size_t at = 0;
  const auto count = [&](std::size_t end, char other) {
    return static_cast<std::size_t>(std::count_if(edits.begin() + static_cast<std::ptrdiff_t>(at),
                                                  edits.begin() + static_cast<std::ptrdiff_t>(end),
                                                  [&](const Edit& edit) { return edit.sign != other; }));
  };
  for (const auto& hunk : hunks_of(edits)) {
    old_line += hunk.begin - at;  // all of them are in both
    new_line += hunk.begin - at;
    at = hunk.begin;
    const auto old_count = count(hunk.end, '+');
    const auto new_count = count(hunk.end, '-');
    text += "@@ -" + range(old_line, old_count) + " +" + range(new_line, new_count) + " @@\n";
    for (; at < hunk.end; ++at) {
      text += edits[at].sign + std::string(edits[at].text);
      if (!edits[at].text.ends_with('\n')) text += "\n\\ No newline at end of file\n";
    }
    old_line += old_count;
    new_line += new_count;
  }
  return text;
}

}  // namespace gapless::cli
