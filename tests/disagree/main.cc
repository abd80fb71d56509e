// gapless_disagree: plays random schedules on the simulated server and on a real one, and prints each disagreement, shrunk,
// as an isolationtester spec. Exit status: 0 no disagreement, 1 some, 2 usage, 3 the server failed.
#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>

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
  int sessions = 0;
  std::size_t most = 10;
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
  if (!file || std::rename((path + ".new").c_str(), path.c_str()) != 0) throw std::runtime_error("cannot write " + path);
}

Wishes wishes_of(const Options& options) {
  Wishes wishes;
  if (!options.kinds.empty()) wishes.adjust(options.kinds);
  if (!options.levels.empty()) wishes.choose_levels(options.levels);
  if (options.sessions > 0) wishes.least_sessions = wishes.most_sessions = static_cast<std::size_t>(options.sessions);
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
  Run run{wishes, &theirs, !options.as_found, [](std::uint64_t, const std::string& spec) { std::cout << spec << std::endl; }};
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

int main_of(int argc, char** argv) {
  Options options;
  CLI::App app{"Random schedules on the simulated server and on a real PostgreSQL; what they disagree about, shrunk."};
  app.add_option("--postgres", options.url, "a throwaway server, as superuser");
  app.add_option("--seed", options.seed, "schedule i of a seed is always the same");
  app.add_option("--schedules", options.schedules, "how many");
  app.add_option("--first", options.first, "the number of the first one");
  app.add_option("--resume", options.resume, "goes on where this file says, and keeps it");
  app.add_option("--kinds", options.kinds, "weights: lock=9,foreign=0 or only:lock,update");
  app.add_option("--levels", options.levels, "of rc,rr,ser");
  app.add_option("--sessions", options.sessions, "exactly so many (else 2 to 4)")->check(CLI::Range(1, 6));
  app.add_option("--most", options.most, "stops after so many disagreements");
  app.add_flag("--as-found", options.as_found, "does not shrink");
  app.add_flag("--show", options.show, "only prints the first schedule");
  try {
    app.parse(argc, argv);
    return fuzz(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::invalid_argument& error) {
    std::cerr << "gapless_disagree: " << error.what() << "\n";
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
