// gapless live: schedules of the models on a real server, and what it makes of them. Nothing is said to agree that was
// not compared: what was left out, and what the server's own choices kept from happening, makes the exit status 3.
#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "cli/gather.h"
#include "cli/output.h"
#include "cli/played.h"
#include "cli/run.h"
#include "live/agreement.h"
#include "live/comparable.h"
#include "live/interrupt.h"
#include "report/numbers.h"

namespace gapless::cli {
namespace {

constexpr int disagreed = 1;
constexpr int server_unusable = 2;
constexpr int not_all_compared = 3;
constexpr int nothing_matched = 5;

// A census that takes longer than this tells that the tree is no tree to walk.
constexpr double census_seconds = 60;

std::string name_of(const model::Model& model) {
  return fmt::format("{} {}, {}, {} actors{}", model.scenario, model.variant, store::to_string(model.isolation),
                     model.actors.size(), model.faults.none() ? "" : ", " + model::to_string(model.faults));
}

// What one row of the table adds up.
struct Sums {
  std::uint64_t total = 0;
  std::uint64_t forced = 0;
  std::uint64_t not_forceable = 0;
  std::uint64_t not_reached = 0;
  std::uint64_t not_comparable = 0;
  std::uint64_t disagreements = 0;
  std::uint64_t plays = 0;

  void add(const Sums& other) {
    total += other.total;
    forced += other.forced;
    not_forceable += other.not_forceable;
    not_reached += other.not_reached;
    not_comparable += other.not_comparable;
    disagreements += other.disagreements;
    plays += other.plays;
  }
};

class Live {
 public:
  Live(const LiveArguments& arguments, const Engine& engine, const Terminal& terminal)
      : arguments_(arguments), engine_(engine), terminal_(terminal) {}

  int run() {
    model::Report report;
    std::vector<Task> tasks = gather(report);
    if (!report.errors.empty() || !report.internal_errors.empty()) {
      write_errors(report, terminal_);
      return exit_status(report);
    }
    if (tasks.empty()) {
      terminal_.err << "gapless: nothing matched: " << why_nothing_matched(arguments_.selection, engine_) << "\n";
      return nothing_matched;
    }
    const live::InterruptGuard guard;
    try {
      workspace_ = std::make_unique<live::Workspace>(live::Servers{arguments_.postgres, arguments_.redis});
    } catch (const live::ServerError& error) {
      terminal_.err << "gapless: live: " << error.what() << "\n";
      return server_unusable;
    } catch (const live::Interrupted&) {
      return not_all_compared;
    }
    for (const auto& warning : workspace_->warnings()) terminal_.err << "gapless: live: " << warning << "\n";
    return play(tasks);
  }

 private:
  struct Task {
    model::Model model;
    std::optional<model::Schedule> schedule;  // null: all, some, or the simplest counterexample
  };

  std::vector<Task> gather(model::Report& report) {
    std::vector<Task> tasks;
    const auto& paths = arguments_.selection.paths;
    const auto is_recorded = [](const std::string& path) { return path.ends_with(".schedule"); };
    auto selection = arguments_.selection;
    std::erase_if(selection.paths, is_recorded);
    for (const auto& path : paths) {
      if (!is_recorded(path)) continue;
      try {
        const auto recorded = read_recorded(path);
        auto played = cli::play(recorded, engine_);
        if (!played.stale.empty()) throw ModelError(Diagnostic{path, 0, 0, "STALE: " + played.stale, ""});
        tasks.push_back({*std::move(played.model), recorded.schedule});
      } catch (const ModelError& error) {
        report.errors.push_back(error.diagnostic());
      }
    }
    if (selection.paths.empty()) return tasks;
    for (auto& model : load_models(selection, engine_, report))
      tasks.push_back({std::move(model), arguments_.schedule});
    return tasks;
  }

  int play(const std::vector<Task>& tasks) {
    const bool table = arguments_.all || arguments_.sample > 0;
    if (table) write_head();
    try {
      for (const auto& task : tasks) {
        play(task);
      }
    } catch (const live::Interrupted&) {
      clear_progress();
      terminal_.err << "gapless: live: interrupted; what it made on the server is dropped\n";
      complete_ = false;
    } catch (const live::ServerError& error) {
      clear_progress();
      terminal_.err << "gapless: live: " << error.what() << "\n";
      complete_ = false;
    }
    if (table) write_row("all", sums_, true);
    terminal_.out.flush();
    workspace_.reset();
    write_errors(failed_, terminal_);
    if (const int status = exit_status(failed_); status != nothing_matched) return status;
    if (sums_.disagreements > 0) return disagreed;
    return complete_ && sums_.not_reached == 0 ? 0 : not_all_compared;
  }

  // What is wrong with one model does not keep the others from being played.
  void play(const Task& task) {
    try {
      if (const auto missing = missing_server(task.model); !missing.empty()) {
        add_error({task.model.file, 0, 0, missing, ""});
      } else if (const auto why = live::why_not_comparable(task.model); !why.empty()) {
        leave_alone(task.model, why);
      } else if (task.schedule) {
        play_one(task.model, *task.schedule);
      } else if (arguments_.all) {
        play_all(task.model);
      } else if (arguments_.sample > 0) {
        play_some(task.model);
      } else {
        play_counterexample(task.model);
      }
    } catch (const ModelError& error) {
      clear_progress();
      add_error(error.diagnostic());
    } catch (const InternalError& error) {
      clear_progress();
      failed_.internal_errors.push_back(name_of(task.model) + ": " + error.what());
    }
  }

  // A file has many models, and one mistake.
  void add_error(const Diagnostic& error) {
    if (std::ranges::find(failed_.errors, error) == failed_.errors.end()) failed_.errors.push_back(error);
  }

  std::string missing_server(const model::Model& model) const {
    if (arguments_.postgres.empty() && live::needs_postgres(model)) {
      return "it uses PostgreSQL: say which server, --postgres URL";
    }
    if (arguments_.redis.empty() && live::needs_redis(model)) {
      return "it uses Redis: say which server, --redis URL";
    }
    return {};
  }

  void leave_alone(const model::Model& model, const std::string& why) {
    complete_ = false;
    if (!arguments_.all) {
      terminal_.out << name_of(model) << ": not comparable: " << why << "\n";
      return;
    }
    const auto total = interleavings_of(model);
    if (!total) return;
    write_row(name_of(model), {.total = *total, .not_comparable = *total}, false);
    terminal_.out << "  NOT COMPARED: " << why << "\n";
  }

  live::FirstPosition first_of(const model::Model& model) const {
    return [this, &model] { return engine_.first_position(model); };
  }

  // ---------------------------------------------------------------------------------------------- all and some

  // None where there is no number, or one beyond what is asked for; the table says so then.
  std::optional<std::uint64_t> interleavings_of(const model::Model& model) {
    explore::Limits limits;
    limits.seconds = census_seconds;
    const auto verdict = engine_.check(model, model::Mode::census, limits);
    const auto skip = [&](const std::string& why) {
      terminal_.out << fmt::format("{}: left out, {}\n", name_of(model), why);
      left_out();
      return std::nullopt;
    };
    if (!verdict.interleavings) {
      return skip(verdict.coverage == model::Coverage::exhaustive ? "requests may go round for ever"
                                                                  : "too large to count: " + verdict.coverage_reason);
    }
    const auto& digits = *verdict.interleavings;
    const bool fits = digits.size() <= 18 && std::stoull(digits) <= arguments_.at_most.value_or(default_most);
    if (!fits && arguments_.sample == 0) {
      return skip(fmt::format("it has {} interleavings, more than {}", report::readable_count(digits),
                              report::readable_count(std::to_string(arguments_.at_most.value_or(default_most)))));
    }
    return fits ? std::stoull(digits) : 0;
  }

  void play_all(const model::Model& model) {
    const auto total = interleavings_of(model);
    if (!total) return;
    const auto found = live::play_all(*workspace_, model, first_of(model), *total,
                                      [&](auto done, auto all) { show_progress(model, done, all); });
    gapless::check(!found.too_many, "not more can be forced than there are");
    clear_progress();
    write_row(name_of(model),
              {.total = *total,
               .forced = found.forced,
               .not_forceable = *total - found.forceable,
               .not_reached = found.not_reached,
               .disagreements = found.disagreements.size(),
               .plays = found.plays},
              false);
    write_disagreements(found.disagreements);
  }

  void play_some(const model::Model& model) {
    const auto total = interleavings_of(model);
    if (!total) return;
    const auto found = live::play_some(*workspace_, model, first_of(model), arguments_.sample, arguments_.seed,
                                       [&](auto done, auto all) { show_progress(model, done, all); });
    clear_progress();
    write_row(
        name_of(model),
        {.total = *total, .forced = found.forced, .disagreements = found.disagreements.size(), .plays = found.plays},
        false);
    write_disagreements(found.disagreements);
  }

  // Beyond the bound that the user has set, nothing is missing that was asked for.
  void left_out() {
    if (!arguments_.at_most) complete_ = false;
  }

  // ------------------------------------------------------------------------------------------------------- one

  void play_counterexample(const model::Model& model) {
    explore::Limits limits;
    limits.seconds = census_seconds;
    const auto verdict = engine_.check(model, model::Mode::automatic, limits);
    if (verdict.counterexample) {
      play_one(model, verdict.counterexample->schedule);
    } else {
      terminal_.out << name_of(model) << ": nothing violates it; --all plays every interleaving, --schedule one\n";
    }
  }

  static std::string who_does_what(const model::Move& move) {
    using Way = model::Move::Way;
    const auto who = move.actor == 0 ? std::string("nobody") : fmt::format("actor {}", move.actor);
    const bool goes_on = move.way == Way::resume || move.way == Way::deadlock || move.way == Way::time_out;
    return who + "  " + (goes_on ? "… goes on" : live::text_of(move));
  }

  static std::string what_comes_of(const model::Move& move) {
    if (move.observation) return store::to_string(*move.observation);
    return live::waits(move) ? "waits" : "happens";
  }

  void play_one(const model::Model& model, const model::Schedule& schedule) {
    const auto one = live::play_one(*workspace_, model, first_of(model), schedule);
    terminal_.out << name_of(model) << ": " << to_string(schedule) << "\n";
    std::size_t number = 0;
    for (const auto& move : one.moves) {
      terminal_.out << fmt::format("  {:>3}  {}\n       {}\n", ++number, who_does_what(move), what_comes_of(move));
    }
    write_disagreements(one.disagreements);
    sums_.disagreements += one.disagreements.size();
    sums_.plays += one.plays;
    say_outcome(one);
  }

  void say_outcome(const live::One& one) {
    using Outcome = live::One::Outcome;
    switch (one.outcome) {
      case Outcome::agrees:
        terminal_.out << (one.complete ? "  The server agrees at every step, and on the rows at the end.\n"
                                       : "  The server agrees at every step; requests are still under way.\n");
        return;
      case Outcome::disagrees:
        return;
      case Outcome::not_forceable:
        terminal_.out << "  Cannot be forced: " << one.reason << ".\n";
        break;
      case Outcome::not_reached:
        terminal_.out << "  Not reached in " << one.plays << " plays: " << one.reason << ".\n";
        break;
      case Outcome::impossible:
        terminal_.out << "  Cannot be played: " << one.reason << ".\n";
        break;
    }
    complete_ = false;
  }

  // ---------------------------------------------------------------------------------------------------- output

  static constexpr std::uint64_t default_most = 1'000'000;

  void write_head() {
    const auto of_all = [&](const char* text) { return arguments_.all ? text : ""; };
    write_line("", "total", "forced", of_all("not forceable"), of_all("not reached"), of_all("not comparable"),
               "disagreements", "plays");
  }

  void write_row(const std::string& name, const Sums& sums, bool last) {
    if (!last) sums_.add(sums);
    const auto number = [](std::uint64_t n) { return report::readable_count(std::to_string(n)); };
    const auto of_all = [&](std::uint64_t n) { return arguments_.all ? number(n) : ""; };
    write_line(name, sums.total > 0 || arguments_.all ? number(sums.total) : "", number(sums.forced),
               of_all(sums.not_forceable), of_all(sums.not_reached), of_all(sums.not_comparable),
               number(sums.disagreements), number(sums.plays));
    terminal_.out.flush();
  }

  template <typename... Cells>
  void write_line(const std::string& name, const Cells&... cells) {
    terminal_.out << fmt::format("{:<76} {:>9} {:>9} {:>14} {:>12} {:>15} {:>14} {:>9}\n", name, cells...);
  }

  void write_disagreements(const std::vector<live::Disagreement>& disagreements) {
    constexpr std::size_t most_shown = 10;
    for (std::size_t i = 0; i < std::min(disagreements.size(), most_shown); ++i) {
      const auto& each = disagreements[i];
      terminal_.out << "  DISAGREES  " << to_string(each.schedule)
                    << (each.step > 0 ? fmt::format(", step {}", each.step) : ", at the end") << "\n    "
                    << each.operation << "\n    ours:   " << each.ours << "\n    theirs: " << each.theirs << "\n";
    }
    if (disagreements.size() > most_shown) {
      terminal_.out << "  … and " << disagreements.size() - most_shown << " more\n";
    }
  }

  void show_progress(const model::Model& model, std::uint64_t done, std::uint64_t all) {
    constexpr std::uint64_t plays_between = 100;
    if (!terminal_.progress || ++plays_ % plays_between != 0) return;
    terminal_.err << fmt::format("\r\x1b[K{}: {} of {}", name_of(model), done, all);
    terminal_.err.flush();
  }

  void clear_progress() {
    if (terminal_.progress) terminal_.err << "\r\x1b[K";
  }

  const LiveArguments& arguments_;
  const Engine& engine_;
  const Terminal& terminal_;
  std::unique_ptr<live::Workspace> workspace_;
  Sums sums_;
  bool complete_ = true;
  model::Report failed_;  // the errors of single models
  std::uint64_t plays_ = 0;
};

}  // namespace

int live(const LiveArguments& arguments, const Engine& engine, const Terminal& terminal) {
  return Live(arguments, engine, terminal).run();
}

}  // namespace gapless::cli
