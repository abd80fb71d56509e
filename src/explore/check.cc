// From a Model to a Verdict: picks the engine, and completes what it found by replaying the counterexample, so that
// nothing is reported that was not seen to happen.
#include <algorithm>
#include <chrono>
#include <set>

#include "base/check.h"
#include "explore/census.h"
#include "explore/concrete.h"
#include "explore/deepening.h"
#include "explore/engines.h"
#include "explore/graph.h"
#include "explore/layers.h"
#include "explore/odds.h"
#include "explore/reached.h"
#include "explore/savings.h"
#include "explore/simplest.h"

namespace gapless::explore {
namespace {

std::vector<std::uint64_t> final_states(Space& space, const Graph& graph) {
  std::set<std::uint64_t> digests;
  StateRow row;
  for (StateNumber state = 0; state < graph.states.size(); ++state) {
    if (!graph.flags[state].terminal) continue;
    graph.states.read(state, row);
    digests.insert(space.final_state_digest(row));
  }
  return {digests.begin(), digests.end()};
}

// A state from which nobody can get to an end: whatever `finally` says of the ends, it says nothing of these.
void note_endless(Space& space, const Graph& graph, model::Verdict& verdict) {
  const auto state = state_without_end(graph);
  if (!state) return;
  StateRow row;
  graph.states.read(*state, row);
  verdict.outcome = model::Outcome::unknown;
  verdict.coverage = model::Coverage::incomplete;
  const auto* operation = space.pending_operation(row);
  if (operation != nullptr && space.automata().has_loop()) {
    verdict.coverage_reason = located(*operation,
                                      "some interleavings never end: this statement is repeated for ever, and nothing "
                                      "that the others can do ends it");
  } else {
    verdict.coverage_reason =
        "some interleavings never end: " + space.repeated() + " is delivered again and again and is never accepted";
  }
}

// What census and search have in common: the graph read as a verdict, but for the counts.
// `counterexample` may fail to find it where a limit is reached.
Found read(Space& space, const Graph& graph, model::Mode mode,
           const std::function<std::optional<model::Schedule>()>& counterexample) {
  Found found;
  auto& verdict = found.verdict;
  verdict.mode = mode;
  const bool violated = graph.violating_depth != Graph::never;
  const bool stopped_early = !graph.complete && graph.incomplete_reason.empty();
  verdict.coverage = graph.incomplete_reason.empty() ? model::Coverage::exhaustive : model::Coverage::incomplete;
  verdict.coverage_reason = graph.incomplete_reason;
  check(!stopped_early || violated, "a search stops early only at a violation");
  verdict.outcome = violated         ? model::Outcome::violated
                    : graph.complete ? model::Outcome::holds
                                     : model::Outcome::unknown;
  if (!violated && graph.complete && (space.automata().has_loop() || !space.repeated().empty())) {
    note_endless(space, graph, verdict);
  }
  verdict.states = graph.states.size();
  verdict.transitions = graph.edges.size();
  if (violated) {
    if (auto schedule = counterexample()) {
      verdict.counterexample = model::Counterexample{};
      verdict.counterexample->schedule = std::move(*schedule);
      verdict.counterexample->simplest = graph.violation_is_simplest();
    }
  }
  verdict.fiber_runs = space.automata().fiber_runs();
  verdict.warnings = space.automata().warnings();
  return found;
}

void complete_counterexample(const model::Model& model, model::Verdict& verdict) {
  if (!verdict.counterexample) return;
  auto& counterexample = *verdict.counterexample;
  std::string reason;
  auto execution = replay(model, counterexample.schedule, reason);
  check(execution.has_value(), "a counterexample can be replayed: " + reason);
  check(!execution->violated.empty(), "a replayed counterexample violates an invariant");
  // Where no request has a statement there is no step, and `finally` may fail all the same.
  check(execution->violated_at + 1 == std::max<std::size_t>(1, counterexample.schedule.steps.size()),
        "a counterexample ends with its violation");
  counterexample.invariant = execution->violated;
  counterexample.execution = std::move(*execution);
}

}  // namespace

namespace {

// Looks at a state that a counterexample may take without the graph; beyond that the graph is made after all.
constexpr std::uint64_t most_looks = 3'000'000;

void add_counterexample(Space& space, const Limits& limits, const LayersResult& result, model::Verdict& verdict) {
  verdict.counterexample = model::Counterexample{};
  verdict.counterexample->simplest = true;
  auto schedule = simplest_by_deepening(space, result.violating_depth, result.violated, most_looks);
  if (!schedule) schedule = simplest_counterexample(space, explore_graph(space, limits, true));
  verdict.counterexample->schedule = std::move(*schedule);
}

// What was explored layer by layer as a verdict. nullopt where that cannot be done.
std::optional<Found> by_layers(Space& space, const Limits& limits, model::Mode mode) {
  const bool is_census = mode == model::Mode::census;
  const auto& wanted = limits.reductions;
  LayersOptions options;
  options.counting = is_census;
  options.stop_at_violation = !is_census;
  options.final_states = limits.final_states;
  options.reduced = !is_census && (wanted.reduction || wanted.elision);
  auto result = explore_layers(space, limits, options);
  // What is reduced says whether there is a violation, and not always how short the shortest is.
  while (result && options.reduced && result->violated.any() && !result->violating_depth_is_least) {
    (options.splits ? options.splits : options.reduced) = false;
    Limits unsaved = limits;
    unsaved.checkpoint.clear();
    unsaved.resume = false;
    result = explore_layers(space, unsaved, options);
  }
  if (!result) return std::nullopt;
  Found found;
  auto& verdict = found.verdict;
  verdict.mode = mode;
  const bool violated = result->violated.any();
  verdict.outcome = violated           ? model::Outcome::violated
                    : result->complete ? model::Outcome::holds
                                       : model::Outcome::unknown;
  if (!result->incomplete_reason.empty()) {
    verdict.coverage = model::Coverage::incomplete;
    verdict.coverage_reason = result->incomplete_reason;
  }
  verdict.states = result->states;
  verdict.transitions = result->edges;
  if (options.reduced) verdict.counts = model::Counts::explored;
  if (result->interleavings) {
    verdict.counts = model::Counts::exact;
    verdict.interleavings = result->interleavings;
    verdict.violating = result->violating;
  }
  // A census by longest paths does not say how few steps it takes.
  if (violated && limits.counterexample && result->violating_depth_is_least) {
    add_counterexample(space, limits, *result, verdict);
  }
  verdict.fiber_runs = space.automata().fiber_runs();
  verdict.warnings = space.automata().warnings();
  found.final_states = std::move(result->final_states);
  return found;
}

}  // namespace

namespace {

void add_counts(const std::optional<Census>& census, model::Verdict& verdict) {
  if (!census) return;
  verdict.counts = model::Counts::exact;
  verdict.interleavings = census->interleavings;
  verdict.violating = census->violating;
}

// Whether some values of the model may be names (naming.h): who an actor is, or what a serial column hands out.
bool may_have_names(const model::Model& model) {
  const bool is_simple =
      model.may_use_names && !model.tracking.dependencies &&
      std::ranges::none_of(model.roles, [](const model::Role& role) { return role.job || role.again; }) &&
      std::ranges::none_of(model.databases, [](const model::Database& database) {
        return database.kind == model::Database::Kind::replica;
      });
  const bool tells_actors_apart = !model.alike.empty() || std::ranges::any_of(model.roles, [](const model::Role& role) {
    return !role.like.empty();
  });
  if (!is_simple || (!model.alike.empty() && !model.messages.empty())) return false;
  return tells_actors_apart || std::ranges::any_of(model.databases, [](const model::Database& database) {
           return std::ranges::any_of(database.catalog.tables, [](const sql::Table& table) {
             return std::ranges::any_of(table.columns, &sql::Column::serial);
           });
         });
}

// What is larger is explored otherwise.
constexpr std::uint64_t most_states_with_names = 2'000'000;
// After so many it has come further than without names, or is not worth while.
constexpr std::uint64_t states_to_judge_by = 20'000;

// As a graph of states that are named anew after each step, where `before` became too large. nullopt where names are
// used as more than names (a warning says how), or do not make it smaller.
std::optional<Found> by_names(const model::Model& model, const Limits& limits, model::Mode mode, const Graph& before,
                              std::vector<std::string>& warnings) {
  const bool is_wanted = limits.reductions.symmetry && limits.reductions.names && limits.checkpoint.empty();
  if (!is_wanted || limits.final_states || !may_have_names(model)) return std::nullopt;
  const bool is_census = mode == model::Mode::census;
  const auto start = std::chrono::steady_clock::now();
  const auto is_late = [&] {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    return limits.seconds > 0 && elapsed.count() >= limits.seconds;
  };
  const auto tell = [&](const std::string& how) {
    warnings.push_back("serial ids and `me` tell requests apart, which costs states, since one is more than a name: " +
                       how);
  };
  try {
    Successors successors(model);
    successors.use_names();
    const Properties properties(model);
    Space space(successors, properties, limits.steps_an_actor);
    space.let_one_step_for_all();
    auto graph = explore_graph(space, limits, !is_census, states_to_judge_by);
    if (graph.too_large && graph.layers.size() <= before.layers.size()) return std::nullopt;
    if (graph.too_large) graph = explore_graph(space, limits, !is_census, most_states_with_names);
    const bool has_ended = graph.complete || graph.violating_depth != Graph::never;
    if (graph.too_large || (!has_ended && !is_late())) return std::nullopt;
    const auto counterexample = [&]() -> std::optional<model::Schedule> {
      Space each(successors, properties, limits.steps_an_actor);
      const Graph whole = explore_graph(each, limits, true);
      if (whole.violating_depth == Graph::never) return std::nullopt;
      return simplest_counterexample(each, whole);
    };
    Found found = read(space, graph, mode, counterexample);
    found.by_names = true;
    if (!graph.complete || !is_census) return found;
    note_unreached(model, space.automata(), space.roles(), found.verdict);
    const auto census = count_interleavings(graph);
    add_counts(census, found.verdict);
    if (limits.odds) found.verdict.odds = {odds_of(graph, model.actors.size(), census)};
    if (limits.savings) found.verdict.savings = model::Savings{std::nullopt, graph.states.size(), std::nullopt};
    return found;
  } catch (const sql::NameUsed& used) {
    tell(used.what());
  } catch (const ModelError& error) {
    tell(error.what());
  } catch (const std::bad_variant_access&) {
    tell("a statement expects a number");
  }
  return std::nullopt;
}

void warn(Found& found, const std::vector<std::string>& warnings) {
  found.verdict.warnings.insert(found.verdict.warnings.end(), warnings.begin(), warnings.end());
}

// By a search of its own, of which only that is kept.
std::optional<model::Counterexample> counterexample_of(const model::Model& model, const Limits& given_limits) {
  Limits limits = given_limits;
  limits.reductions = {};
  limits.final_states = limits.odds = limits.savings = limits.resume = false;
  limits.checkpoint.clear();
  return run_search(model, limits).verdict.counterexample;
}

}  // namespace

Found run_census(const model::Model& model, const Limits& limits) {
  const Successors successors(model);
  const Properties properties(model);
  Space space(successors, properties, limits.steps_an_actor);
  // Odds and savings are read off a graph.
  constexpr std::uint64_t states_of_which_more_is_said = 200'000;
  const bool is_more_said = limits.odds || limits.savings;
  const auto small_states =
      is_more_said ? std::max(limits.small_states, states_of_which_more_is_said) : limits.small_states;
  Graph graph = explore_graph(space, limits, false, small_states);
  std::vector<std::string> warnings;
  if (graph.too_large) {
    if (auto found = by_names(model, limits, model::Mode::census, graph, warnings)) return std::move(*found);
    if (auto found = by_layers(space, limits, model::Mode::census)) {
      warn(*found, warnings);
      const bool complete = found->verdict.coverage == model::Coverage::exhaustive;
      if (complete) note_unreached(model, space.automata(), space.roles(), found->verdict);
      if (found->verdict.outcome == model::Outcome::violated && limits.counterexample &&
          !found->verdict.counterexample) {
        found->verdict.counterexample = counterexample_of(model, limits);
      }
      return std::move(*found);
    }
    graph = explore_graph(space, limits, false);
  }
  Found found = read(space, graph, model::Mode::census, [&] { return simplest_counterexample(space, graph); });
  warn(found, warnings);
  if (limits.final_states) found.final_states = final_states(space, graph);
  if (!graph.complete) return found;
  note_unreached(model, space.automata(), space.roles(), found.verdict);
  const auto census = count_interleavings(graph);
  add_counts(census, found.verdict);
  if (limits.odds) found.verdict.odds = {odds_of(graph, model.actors.size(), census)};
  if (limits.savings) found.verdict.savings = savings_of(space, model, graph);
  return found;
}

Found run_search(const model::Model& model, const Limits& limits) {
  const Successors successors(model);
  const Properties properties(model);
  Space space(successors, properties, limits.steps_an_actor);
  Graph graph = explore_graph(space, limits, true, limits.small_states);
  std::vector<std::string> warnings;
  if (graph.too_large) {
    if (auto found = by_names(model, limits, model::Mode::search, graph, warnings)) return std::move(*found);
    if (auto found = by_layers(space, limits, model::Mode::search)) {
      warn(*found, warnings);
      return std::move(*found);
    }
    graph = explore_graph(space, limits, true);
  }
  Found found = read(space, graph, model::Mode::search, [&] { return simplest_counterexample(space, graph); });
  warn(found, warnings);
  if (limits.final_states) found.final_states = final_states(space, graph);
  return found;
}

model::Verdict check_model(const model::Model& given, model::Mode mode, const Limits& given_limits) {
  const auto start = std::chrono::steady_clock::now();
  Limits limits = given_limits;
  limits.final_states = false;
  const bool is_asked_for = !limits.reductions.symmetry;
  const bool distinct = mode != model::Mode::enumerate && (is_asked_for || names_actors(given));
  const model::Model model = distinct ? with_distinct_actors(given) : given;
  const bool may_forget = distinct && !names_actors(given);
  if (mode == model::Mode::census || mode == model::Mode::search) limits.counterexample = !may_forget;
  Found found = mode == model::Mode::enumerate ? run_enumerate(model, limits)
                : mode == model::Mode::sample  ? run_sample(model, limits)
                : limits.switches              ? run_bounded(model, limits)
                : mode == model::Mode::search  ? run_search(model, limits)
                                               : run_census(model, limits);
  if (!limits.counterexample && found.verdict.outcome == model::Outcome::violated && !found.verdict.counterexample) {
    // Who is told apart on request has the same simplest schedule: of actors that are alike the first one goes first.
    found.verdict.counterexample = counterexample_of(given, given_limits);
  }
  complete_counterexample(model, found.verdict);
  if (distinct && !is_asked_for && !found.by_names) {
    found.verdict.warnings.push_back(
        "an invariant reads who the `actor` of a response or section is, so actors are told apart: symmetry is off, "
        "and large numbers of actors "
        "are costly");
  }
  found.verdict.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return std::move(found.verdict);
}

}  // namespace gapless::explore
