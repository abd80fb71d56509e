#include "run.h"

#include <sstream>
#include <stdexcept>

#include "generate.h"
#include "shrink.h"
#include "spec.h"

namespace gapless::disagree {
namespace {

// SQLSTATEs among the answers of one line.
void count_errors(const Line& line, Progress& progress) {
  for (auto at = line.theirs.find("ERROR "); at != std::string::npos; at = line.theirs.find("ERROR ", at + 1)) {
    ++progress.counts["error " + line.theirs.substr(at + 6, 5)];
  }
}

void count(const Played& played, Progress& progress) {
  ++progress.counts["schedules"];
  progress.counts["statements"] += played.lines.size();
  progress.counts["waits"] += played.waits;
  progress.counts["choices"] += played.choices;
  for (const auto& line : played.lines) count_errors(line, progress);
}

void report(const Run& run, const Played& played, Progress& progress, std::uint64_t number) {
  progress.disagreements.push_back(number);
  const auto smallest = run.shrinks ? shrink(played, *run.theirs) : played;
  if (run.found)
    run.found(number,
              as_spec(smallest, "seed " + std::to_string(progress.seed) + ", schedule " + std::to_string(number)));
}

}  // namespace

void play_next(const Run& run, Progress& progress) {
  const auto number = progress.next++;
  const auto schedule = random_schedule(progress.seed, number, run.wishes);
  const auto played = play(schedule, *run.theirs);
  count(played, progress);
  switch (played.verdict) {
    case Played::Verdict::agrees:
      return;
    case Played::Verdict::refused:
      ++progress.counts["refused"];
      ++progress.refusals[played.reason];
      return;
    case Played::Verdict::lost:
      ++progress.counts["lost"];
      return;
    case Played::Verdict::disagrees:
      break;
  }
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto again = play(schedule, *run.theirs);
    if (again.verdict == Played::Verdict::disagrees) return report(run, again, progress, number);
  }
  ++progress.counts["disagreed once only"];
}

std::string to_text(const Progress& progress) {
  std::ostringstream text;
  text << "gapless disagree 1\nseed " << progress.seed << "\nnext " << progress.next << "\n";
  for (const auto& [name, value] : progress.counts) text << "count " << value << " " << name << "\n";
  for (const auto& [message, value] : progress.refusals) text << "refused " << value << " " << message << "\n";
  for (const auto number : progress.disagreements) text << "disagreement " << number << "\n";
  return text.str();
}

Progress read_progress(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  if (!std::getline(lines, line) || line != "gapless disagree 1") throw std::runtime_error("this is no progress file");
  Progress progress;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string what;
    std::uint64_t number = 0;
    std::string rest;
    if (!(words >> what >> number)) throw std::runtime_error("not understood in the progress file: " + line);
    words.get();
    std::getline(words, rest);
    if (what == "seed") {
      progress.seed = number;
    } else if (what == "next") {
      progress.next = number;
    } else if (what == "count") {
      progress.counts[rest] = number;
    } else if (what == "refused") {
      progress.refusals[rest] = number;
    } else if (what == "disagreement") {
      progress.disagreements.push_back(number);
    } else {
      throw std::runtime_error("not understood in the progress file: " + line);
    }
  }
  return progress;
}

std::string summary(const Progress& progress) {
  std::ostringstream text;
  text << "seed " << progress.seed << ", schedules 0 to " << progress.next << "\n";
  for (const auto& [name, value] : progress.counts) text << "  " << name << ": " << value << "\n";
  for (const auto& [message, value] : progress.refusals) text << "  not taken (" << value << "): " << message << "\n";
  text << "  disagreements: " << progress.disagreements.size();
  for (std::size_t i = 0; i < progress.disagreements.size(); ++i)
    text << (i == 0 ? " (schedules " : ", ") << progress.disagreements[i];
  text << (progress.disagreements.empty() ? "\n" : ")\n");
  return text.str();
}

}  // namespace gapless::disagree
