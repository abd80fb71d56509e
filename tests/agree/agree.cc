#include "agree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/source.h"
#include "explore/explore.h"
#include "explore/properties.h"
#include "explore/symmetry.h"
#include "scenario/load.h"

namespace gapless::agree {
namespace {

using explore::Found;

std::string text(const std::optional<std::string>& count) { return count.value_or("none"); }

std::string text(const std::optional<model::Counterexample>& counterexample) {
  return counterexample ? model::to_string(counterexample->schedule) : "none";
}

std::string summary(const Found& found) {
  std::ostringstream out;
  out << model::to_string(found.verdict.outcome) << ", " << model::to_string(found.verdict.coverage) << ", "
      << text(found.verdict.violating) << " of " << text(found.verdict.interleavings) << ", counterexample "
      << text(found.verdict.counterexample) << ", " << found.final_states.size() << " final states";
  return out.str();
}

bool replays(const model::Model& model, const Found& found) {
  if (!found.verdict.counterexample) return true;
  const auto& schedule = found.verdict.counterexample->schedule;
  std::string reason;
  const auto execution = explore::replay(model, schedule, reason);
  if (!execution) return false;
  return !execution->violated.empty() && execution->violated_at + 1 == std::max<std::size_t>(1, schedule.steps.size());
}

// Whether a statement waits when the actors take turns.
bool waits_in_turns(const model::Model& model) {
  model::Schedule schedule;
  std::size_t failures = 0;
  for (std::size_t turn = 0; failures < model.actors.size(); ++turn) {
    schedule.steps.push_back(turn % model.actors.size() + 1);
    std::string reason;
    const auto execution = explore::replay(model, schedule, reason);
    if (!execution) {  // it has finished, or waits
      schedule.steps.pop_back();
      ++failures;
      continue;
    }
    failures = 0;
    if (execution->steps.back().starts_waiting) return true;
  }
  return false;
}

}  // namespace

Tally& tally() {
  static Tally counted;
  return counted;
}

namespace {

bool is_too_much(const Found& census, std::uint64_t most) {
  const auto& count = census.verdict.interleavings;
  return !count || count->size() > 18 || std::stoull(*count) > most;
}

}  // namespace

namespace {

// The census layer by layer, by two threads, against that of the graph: down to the number of states and edges, where
// nothing is merged that the graph keeps apart.
std::string difference_of_layers(const model::Model& model, const Found& graph) {
  for (const bool merges : {false, true}) {
    explore::Limits limits;
    limits.small_states = 0;
    limits.jobs = 2;
    limits.reductions.reduction = merges;
    const Found layers = explore::run_census(model, limits);
    const bool same_size =
        layers.verdict.states == graph.verdict.states && layers.verdict.transitions == graph.verdict.transitions;
    const bool same = summary(layers) == summary(graph) && layers.final_states == graph.final_states;
    if (same && (merges || same_size)) continue;
    const auto told = [](const Found& found) {
      return summary(found) + ", " + std::to_string(found.verdict.states.value_or(0)) + " states, " +
             std::to_string(found.verdict.transitions.value_or(0)) + " edges";
    };
    return std::string("census layer by layer ") + (merges ? "(what is alike is merged) " : "") +
           "differs\n  graph:  " + told(graph) + "\n  layers: " + told(layers);
  }
  return {};
}

}  // namespace

std::string disagreement(const model::Model& given, std::uint64_t most) {
  const explore::Limits limits;
  const auto model = explore::names_actors(given) ? explore::with_distinct_actors(given) : given;
  const Found census = explore::run_census(model, limits);
  const Found search = explore::run_search(model, limits);
  const std::string layers = difference_of_layers(model, census);
  if (!layers.empty()) return layers;
  if (is_too_much(census, most)) {
    ++tally().left_out;
    const bool agree = search.verdict.outcome == census.verdict.outcome &&
                       text(search.verdict.counterexample) == text(census.verdict.counterexample);
    if (!agree) return "search differs\n  census: " + summary(census) + "\n  search: " + summary(search);
    return replays(given, census) ? "" : "the counterexample does not violate when it is replayed";
  }
  const Found enumerate = explore::run_enumerate(given, limits);
  const auto differ = [&](const std::string& what) {
    return what + "\n  census:    " + summary(census) + "\n  search:    " + summary(search) +
           "\n  enumerate: " + summary(enumerate);
  };
  if (enumerate.verdict.coverage != model::Coverage::exhaustive) return differ("enumerate did not end");
  if (census.verdict.coverage != model::Coverage::exhaustive) return differ("census did not end");
  if (census.verdict.outcome != enumerate.verdict.outcome) return differ("verdicts differ");
  if (census.verdict.interleavings != enumerate.verdict.interleavings) return differ("interleavings differ");
  if (census.verdict.violating != enumerate.verdict.violating) return differ("violating counts differ");
  if (census.final_states != enumerate.final_states) return differ("final states differ");
  if (text(census.verdict.counterexample) != text(enumerate.verdict.counterexample)) {
    return differ("simplest counterexamples differ");
  }
  if (search.verdict.outcome != enumerate.verdict.outcome) return differ("search's verdict differs");
  if (text(search.verdict.counterexample) != text(enumerate.verdict.counterexample)) {
    return differ("search's simplest counterexample differs");
  }
  for (const auto* found : {&census, &search, &enumerate}) {
    if (!replays(given, *found)) return differ("a counterexample does not violate when it is replayed");
    if (found->verdict.counterexample && !found->verdict.counterexample->simplest) return differ("not called simplest");
  }
  ++tally().models;
  tally().with_waits += waits_in_turns(given);
  tally().violated += enumerate.verdict.outcome == model::Outcome::violated;
  tally().interleavings += std::stoull(*enumerate.verdict.interleavings);
  return {};
}

Kept& kept() {
  static Kept counted;
  return counted;
}

namespace {

constexpr explore::Reductions no_reductions{.symmetry = false, .elision = false, .reduction = false};

std::string to_string(const explore::Reductions& reductions) {
  const auto word = [](const char* name, bool on) { return std::string(on ? " " : " no ") + name; };
  return word("symmetry", reductions.symmetry) + word("elision", reductions.elision) +
         word("reduction", reductions.reduction) + word("names", reductions.names);
}

// What no reduction may change.
std::string essence(const model::Verdict& verdict) {
  auto said = model::to_string(verdict.outcome) + ", " + model::to_string(verdict.coverage) + ", counterexample " +
              text(verdict.counterexample);
  if (verdict.counterexample) said += verdict.counterexample->simplest ? ", the simplest" : ", one of them";
  if (verdict.mode == model::Mode::census) {
    said += ", " + text(verdict.violating) + " of " + text(verdict.interleavings);
  }
  return said;
}

// A way to do the same.
struct Approach {
  explore::Reductions reductions;
  unsigned jobs = 1;
  bool as_graph = false;  // else layer by layer, however small it is
  bool on_disk = false;   // all that need not be in memory
};

model::Verdict checked(const model::Model& model, model::Mode mode, const Approach& approach) {
  explore::Limits limits;
  limits.reductions = approach.reductions;
  limits.jobs = approach.jobs;
  if (!approach.as_graph) limits.small_states = 0;
  limits.spill_at_once = approach.on_disk;
  return explore::check_model(model, mode, limits);
}

// With names a state space is a graph, whatever else is left out; so the others are held against it without them.
constexpr explore::Reductions with_names;
constexpr explore::Reductions alike_only{.names = false};

// Beyond this the suite would take minutes.
constexpr std::uint64_t most_states_for_each = 3'000;

// Elision does not serve census.
std::vector<Approach> approaches(model::Mode mode, Thoroughness thoroughness, std::uint64_t states) {
  constexpr auto all = alike_only;
  constexpr explore::Reductions no_symmetry{.symmetry = false};
  constexpr explore::Reductions no_elision{.elision = false, .names = false};
  constexpr explore::Reductions no_reduction{.reduction = false, .names = false};
  if (thoroughness == Thoroughness::names) return {{with_names, 1}, {all, 1}};
  if (thoroughness == Thoroughness::each) {
    if (mode == model::Mode::census) {
      // Who has finished is only counted where actors are told apart (fold.h).
      return {{with_names, 1},   {all, 2}, {all, 2, false, true}, {no_symmetry, 1}, {no_symmetry, 2, false, true},
              {no_reductions, 2}};
    }
    if (states > most_states_for_each) return {{with_names, 1}, {all, 2}};
    return {{with_names, 1}, {all, 1}, {no_symmetry, 2}, {no_elision, 1}, {no_reduction, 2}};
  }
  std::vector<Approach> found = {{with_names, 1}};
  for (unsigned bits = 0; bits < 8; ++bits) {
    const explore::Reductions reductions{
        .symmetry = (bits & 1U) != 0, .elision = (bits & 2U) != 0, .reduction = (bits & 4U) != 0, .names = false};
    if (mode == model::Mode::census && reductions.elision != reductions.reduction) continue;
    for (const unsigned jobs : {1U, 2U}) found.push_back({reductions, jobs});
    if (mode == model::Mode::census) found.push_back({reductions, 2, false, true});
  }
  return found;
}

}  // namespace

std::string disagreement_of_reductions(const model::Model& model, Thoroughness thoroughness) {
  for (const auto mode : {model::Mode::search, model::Mode::census}) {
    const auto plain = checked(model, mode, {no_reductions, 1, true});
    const auto states = plain.states.value_or(0);
    std::uint64_t least = states;
    for (const auto& approach : approaches(mode, thoroughness, states)) {
      const auto verdict = checked(model, mode, approach);
      if (approach.reductions == explore::Reductions{.names = false}) least = verdict.states.value_or(0);
      if (mode == model::Mode::census && approach.reductions == with_names) kept().with_names += *verdict.states;
      if (mode == model::Mode::census && approach.reductions == alike_only) kept().told_apart += *verdict.states;
      if (essence(verdict) == essence(plain)) continue;
      return model::to_string(mode) + " with" + to_string(approach.reductions) + " and " +
             std::to_string(approach.jobs) + " jobs" + (approach.on_disk ? " on disk" : "") +
             " differs\n  without: " + essence(plain) + "\n  with:    " + essence(verdict);
    }
    if (mode != model::Mode::search) continue;
    ++kept().models;
    kept().violated += plain.outcome == model::Outcome::violated;
    kept().with_none += states;
    kept().with_all += least;
    // A census of the largest one takes half a minute.
    if (thoroughness == Thoroughness::each && states > most_states_for_each) break;
  }
  return {};
}

std::vector<model::Model> shipped_models(std::size_t actors) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(GAPLESS_ROOT "/models")) {
    if (entry.path().extension() == ".gap") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  std::vector<model::Model> models;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    scenario::Options options;
    if (actors > 0) options.actors = actors;
    try {
      for (auto& model : scenario::load(make_source(file, content.str()), options)) {
        const bool is_wanted = actors == 0 || (model.faults.none() && model.keyvalues.empty());
        if (is_wanted) models.push_back(std::move(model));
      }
    } catch (const ModelError&) {  // its run line has another number of actors; those come with 0
      if (actors == 0) throw;
    }
  }
  return models;
}

std::string name_of(const model::Model& model) {
  return model.scenario + "." + model.variant + " with " + std::to_string(model.actors.size()) + " actors";
}

}  // namespace gapless::agree
