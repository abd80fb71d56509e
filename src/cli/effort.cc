#include "cli/effort.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <thread>
#include <utility>

namespace gapless::cli {
namespace {

constexpr std::size_t most_jobs = 256;
constexpr std::size_t most_depth = 100;
constexpr std::uint64_t most_samples = 1'000'000'000;

bool given(const CLI::App& command, const std::string& name) {
  const auto* option = command.get_option_no_throw(name);
  return option != nullptr && option->count() > 0;
}

std::uint32_t switches_of(const std::string& bound) {
  constexpr std::string_view what = "switches=";
  std::uint32_t switches = 0;
  const auto* end = bound.data() + bound.size();
  if (bound.starts_with(what) && bound.size() > what.size()) {
    const auto [stopped, error] = std::from_chars(bound.data() + what.size(), end, switches);
    if (error == std::errc{} && stopped == end) return switches;
  }
  throw UsageError{
      "--bound: \"" + bound +
      "\" is no bound; write switches=2 for the interleavings in which at most twice another actor goes on "
      "than the one before"};
}

std::uint64_t seed_of(const std::string& text) {
  std::uint64_t seed = 0;
  const auto* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, seed);
  if (error == std::errc{} && stopped == end) return seed;
  throw UsageError{"--seed: \"" + text + "\" is no seed; write a number such as 7"};
}

explore::SampleMethod method_of(std::string_view word) {
  return word == "uniform" ? explore::SampleMethod::uniform
         : word == "pct"   ? explore::SampleMethod::pct
                           : explore::SampleMethod::steps;
}

// What is only for a mode that was not asked for has no effect, and whoever wrote it believes that it has one.
void refuse_what_has_no_effect(const Effort& effort, const CLI::App& command) {
  const bool samples = effort.mode == model::Mode::sample;
  for (const auto* option : {"--samples", "--depth", "--seed", "--method"}) {
    if (!samples && given(command, option)) {
      throw UsageError{std::string(option) + " is about interleavings that are drawn at random: add --mode sample"};
    }
  }
  const bool searches = effort.mode == model::Mode::automatic || effort.mode == model::Mode::search;
  if (effort.switches && !searches) {
    throw UsageError{"--bound leaves interleavings out, so it goes with --mode search, and not with --mode " +
                     to_string(effort.mode)};
  }
  const bool saves = !effort.checkpoint.empty();
  if (saves && (samples || effort.mode == model::Mode::enumerate || effort.switches)) {
    throw UsageError{"--checkpoint and --resume keep the states of a census or a search without --bound"};
  }
  if (effort.sample.depth > 1 && given(command, "--depth") && effort.sample.method != explore::SampleMethod::pct &&
      effort.sample.method != explore::SampleMethod::automatic) {
    throw UsageError{"--depth is of bugs that PCT looks for: --method pct"};
  }
}

}  // namespace

void add_effort(CLI::App& command, EffortWords& words) {
  command
      .add_option("--mode", words.mode,
                  "auto, census (all, with exact counts), search (only whether), enumerate, sample (some, at random)")
      ->check(CLI::IsMember({"auto", "census", "search", "enumerate", "sample"}));
  command
      .add_option("--jobs", words.jobs,
                  "variants checked at the same time, or threads where there is one (without it, one after the other "
                  "with all cores)")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, most_jobs));
  command.add_option("--memory", words.memory, "memory limit for a variant, such as 2GiB")->type_name("SIZE");
  command.add_option("--time", words.seconds, "time limit for a variant")
      ->type_name("SECONDS")
      ->check(CLI::PositiveNumber);
  command.add_option("--bound", words.bound, "only interleavings with at most K switches between actors")
      ->type_name("switches=K");
  command.add_option("--method", words.method, "of --mode sample: uniform, pct or steps; otherwise what suits")
      ->check(CLI::IsMember({"uniform", "pct", "steps"}));
  command.add_option("--samples", words.samples, "of --mode sample: so many interleavings (10000)")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, most_samples));
  command.add_option("--depth", words.depth, "of --mode sample: the depth of the bugs that PCT looks for (3)")
      ->type_name("D")
      ->check(CLI::Range(std::size_t{1}, most_depth));
  command.add_option("--seed", words.seed, "of --mode sample: the same seed, the same interleavings (1)")
      ->type_name("S");
  command.add_flag("--no-symmetry", words.no_symmetry, "tell interchangeable actors apart");
  command.add_flag("--no-reduction", words.no_reduction, "search without partial-order reduction");
  command.add_flag("--no-names", words.no_names, "tell states apart that differ by serial numbers and `me` only");
  command.add_flag("--no-elision", words.no_elision, "search without leaving out waits that nobody can notice");
}

void add_checkpoints(CLI::App& command, EffortWords& words) {
  auto* checkpoint = command.add_option("--checkpoint", words.checkpoint,
                                        "save what was explored there from time to time, for --resume");
  checkpoint->type_name("FOLDER");
  command.add_option("--resume", words.resume, "go on from what --checkpoint saved there")
      ->type_name("FOLDER")
      ->excludes(checkpoint);
}

Effort effort_of(const EffortWords& words, const CLI::App& command) {
  Effort effort;
  effort.mode = words.mode == "census"      ? model::Mode::census
                : words.mode == "search"    ? model::Mode::search
                : words.mode == "enumerate" ? model::Mode::enumerate
                : words.mode == "sample"    ? model::Mode::sample
                                            : model::Mode::automatic;
  effort.jobs = words.jobs;
  effort.all_cores = !given(command, "--jobs");
  effort.seconds = words.seconds;
  if (!std::isfinite(words.seconds)) throw UsageError{"--time: that is no number of seconds"};
  if (given(command, "--memory")) {
    const auto bytes = parse_size(words.memory);
    if (!bytes) throw UsageError{"--memory: \"" + words.memory + "\" is no size; write 512MiB or 2GiB"};
    effort.memory_bytes = *bytes;
  }
  effort.reductions = {.symmetry = !words.no_symmetry,
                       .elision = !words.no_elision,
                       .reduction = !words.no_reduction,
                       .names = !words.no_names};
  if (given(command, "--bound")) effort.switches = switches_of(words.bound);
  if (given(command, "--method")) effort.sample.method = method_of(words.method);
  if (given(command, "--samples")) effort.sample.runs = words.samples;
  if (given(command, "--depth")) effort.sample.depth = words.depth;
  if (given(command, "--seed")) effort.sample.seed = seed_of(words.seed);
  effort.resume = given(command, "--resume");
  effort.checkpoint = effort.resume ? words.resume : words.checkpoint;
  if (effort.checkpoint.empty() && (effort.resume || given(command, "--checkpoint"))) {
    throw UsageError{"--checkpoint and --resume name a folder"};
  }
  refuse_what_has_no_effect(effort, command);
  return effort;
}

explore::Limits limits_of(const Effort& effort, std::size_t runs) {
  explore::Limits limits;
  limits.memory_bytes = effort.memory_bytes;
  limits.seconds = effort.seconds;
  limits.jobs = effort.all_cores ? std::max(1U, std::thread::hardware_concurrency())
                : runs == 1      ? static_cast<unsigned>(effort.jobs)
                                 : 1;
  limits.reductions = effort.reductions;
  limits.switches = effort.switches;
  limits.sample = effort.sample;
  limits.checkpoint = effort.checkpoint;
  limits.resume = effort.resume;
  limits.odds = effort.odds;
  limits.savings = effort.savings;
  return limits;
}

}  // namespace gapless::cli
