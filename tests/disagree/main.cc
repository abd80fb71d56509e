// gapless_disagree: plays random schedules on the simulated server and on a real one, and prints each disagreement,
// shrunk, as an isolationtester spec. Exit status: 0 no disagreement, 1 some, 2 usage, 3 the server failed.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/source.h"
#include "generate.h"
#include "live/interrupt.h"
#include "run.h"

namespace gapless::disagree {
namespace {

struct Options {
  std::string url;
  std::uint64_t seed = 1;
  std::uint64_t schedules = 1000;
  std::uint64_t first = 0;
  std::string resume;
  std::string kinds;
  std::string levels;
  std::uint64_t sessions = 0;
  std::uint64_t most = 10;
  bool as_found = false;
  bool show = false;
};

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path + ".new");
  file << text;
  file.close();
  if (!file || std::rename((path + ".new").c_str(), path.c_str()) != 0)
    throw std::runtime_error("cannot write " + path);
}

Wishes wishes_of(const Options& options) {
  Wishes wishes;
  if (!options.kinds.empty()) wishes.adjust(options.kinds);
  if (!options.levels.empty()) wishes.choose_levels(options.levels);
  if (options.sessions > 0) wishes.least_sessions = wishes.most_sessions = options.sessions;
  return wishes;
}

Progress start(const Options& options) {
  if (!options.resume.empty() && std::ifstream(options.resume).good()) return read_progress(read_file(options.resume));
  Progress progress;
  progress.seed = options.seed;
  progress.next = options.first;
  return progress;
}

void show(const Options& options, const Wishes& wishes) {
  const auto schedule = random_schedule(options.seed, options.first, wishes);
  std::cout << setup_script(schedule);
  for (const auto& step : schedule.steps) std::cout << "s" << step.session + 1 << "> " << plain(step.statement) << "\n";
}

int fuzz(const Options& options) {
  const auto wishes = wishes_of(options);
  if (options.show) return show(options, wishes), 0;
  const live::InterruptGuard guard;
  auto progress = start(options);
  Theirs theirs(options.url);
  Run run{wishes, &theirs, !options.as_found,
          [](std::uint64_t, const std::string& spec) { std::cout << spec << std::endl; }};
  const auto begin = std::chrono::steady_clock::now();
  const auto first = progress.next;
  const auto save = [&] {
    if (!options.resume.empty()) write_file(options.resume, to_text(progress));
  };
  try {
    while (progress.next < first + options.schedules && progress.disagreements.size() < options.most) {
      play_next(run, progress);
      if (progress.next % 100 == 0) save();
    }
  } catch (const live::Interrupted&) {
    --progress.next;  // it was not played to its end
    live::ignore_interrupts();
  }
  save();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::cout << summary(progress);
  std::cerr << static_cast<double>(progress.next - first) / seconds.count() << " schedules a second\n";
  return progress.disagreements.empty() ? 0 : 1;
}

constexpr const char* usage =
    "usage: gapless_disagree --postgres URL [OPTION…]\n\n"
    "  --postgres URL   a throwaway server, as superuser\n"
    "  --seed S         schedule i of a seed is always the same (1)\n"
    "  --schedules N    how many (1000)\n"
    "  --first I        the number of the first one (0)\n"
    "  --resume FILE    goes on where the file says, and keeps it\n"
    "  --kinds WEIGHTS  lock=9,foreign=0 or only:lock,update\n"
    "  --levels LEVELS  of rc,rr,ser\n"
    "  --sessions N     exactly so many (else 2 to 4)\n"
    "  --most N         stops after so many disagreements (10)\n"
    "  --as-found       does not shrink\n"
    "  --show           only prints the first schedule\n";

template <class Number>
void take(Number& number, std::string_view word) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) {
    throw std::invalid_argument("not a number: " + std::string(word));
  }
}

Options options_of(std::span<char* const> words) {
  Options options;
  const std::map<std::string_view, bool*> flags = {{"--as-found", &options.as_found}, {"--show", &options.show}};
  const std::map<std::string_view, std::string*> texts = {{"--postgres", &options.url},
                                                          {"--resume", &options.resume},
                                                          {"--kinds", &options.kinds},
                                                          {"--levels", &options.levels}};
  const std::map<std::string_view, std::uint64_t*> numbers = {{"--seed", &options.seed},
                                                              {"--schedules", &options.schedules},
                                                              {"--first", &options.first},
                                                              {"--sessions", &options.sessions},
                                                              {"--most", &options.most}};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (const auto flag = flags.find(word); flag != flags.end()) {
      *flag->second = true;
      continue;
    }
    if (!texts.contains(word) && !numbers.contains(word))
      throw std::invalid_argument("not understood: " + std::string(word));
    if (++i == words.size()) throw std::invalid_argument("nothing after " + std::string(word));
    if (const auto text = texts.find(word); text != texts.end()) {
      *text->second = words[i];
    } else {
      take(*numbers.at(word), words[i]);
    }
  }
  if (options.url.empty() && !options.show) throw std::invalid_argument("--postgres is missing");
  if (options.sessions > 6) throw std::invalid_argument("at most 6 sessions");
  return options;
}

int main_of(int argc, char** argv) {
  try {
    return fuzz(options_of(std::span(argv, static_cast<std::size_t>(argc)).subspan(1)));
  } catch (const std::invalid_argument& error) {
    std::cerr << "gapless_disagree: " << error.what() << "\n\n" << usage;
    return 2;
  } catch (const live::ServerError& error) {
    std::cerr << "gapless_disagree: " << error.what() << "\n";
    return 3;
  } catch (const std::exception& error) {
    std::cerr << "gapless_disagree: " << error.what() << "\n";
    return 4;
  }
}

}  // namespace
}  // namespace gapless::disagree

int main(int argc, char** argv) { return gapless::disagree::main_of(argc, argv); }
