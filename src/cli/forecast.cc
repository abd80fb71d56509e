// The only place beside the progress line that looks at a clock; nothing of it reaches a report.
#include "cli/forecast.h"

#include <fmt/core.h>

#include <chrono>
#include <cmath>
#include <exception>
#include <vector>

#include "base/source.h"
#include "cli/effort.h"
#include "cli/odds.h"
#include "explore/properties.h"
#include "report/numbers.h"

namespace gapless::cli {
namespace {

using Clock = std::chrono::steady_clock;

// All of it takes about a second: no run is begun after half of it, and none goes on for longer than the rest.
constexpr double begins_until = 0.5;
constexpr double ends_at = 1;

// Fewer are over before anybody has read what is forecast of them.
constexpr std::size_t few_actors = 4;
constexpr double short_run = 3;  // seconds

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::vector<explore::Sample> take_samples(const model::Model& model, const Effort& effort, const Engine& engine) {
  const auto start = Clock::now();
  auto limits = limits_of(effort, 1);
  limits.checkpoint.clear();
  limits.resume = false;
  limits.odds = limits.savings = false;
  std::vector<explore::Sample> samples;
  for (std::size_t actors = 2; actors < model.actors.size() && seconds_since(start) < begins_until; ++actors) {
    const auto smaller = at_other_number(model, actors, engine);
    if (!smaller) continue;
    const auto begin = Clock::now();
    limits.seconds = ends_at - seconds_since(start);
    const auto verdict = engine.check(*smaller, effort.mode, limits);
    if (verdict.coverage == model::Coverage::incomplete || !verdict.states || *verdict.states == 0) break;
    samples.push_back({actors, *verdict.states, seconds_since(begin)});
  }
  return samples;
}

std::string readable_number(double number) {
  constexpr double exact = 1e15;
  if (number < exact) return report::readable_count(fmt::format("{:.0f}", number));
  const auto exponent = std::floor(std::log10(number));
  return fmt::format("{:.1f} × 10^{:.0f}", number / std::pow(10, exponent), exponent);
}

}  // namespace

std::string forecast_text(const std::string& name, std::span<const explore::Sample> samples, std::size_t actors,
                          double spared) {
  std::string text = name + ":";
  constexpr std::size_t shown = 2;  // of the samples, and between them and what was asked for
  const auto add = [&](std::size_t number, const char* about, double seconds) {
    const auto duration = explore::readable_duration(seconds);
    text += fmt::format("{} {} actors{} {}", text.ends_with(':') ? "" : ",", number,
                        duration.starts_with('<') ? "" : about, duration);
  };
  for (const auto& sample : samples.last(std::min(shown, samples.size()))) add(sample.actors, "", sample.seconds);
  const auto last = samples.back().actors;
  for (auto number = last + 1; number < actors && number <= last + shown; ++number) {
    add(number, " about", explore::forecast(samples, number)->seconds);
  }
  const auto whole = *explore::forecast(samples, actors);
  add(actors, " about", whole.seconds);
  const bool exact = whole.growth.kind == explore::Growth::Kind::exact;
  text +=
      fmt::format(" ({}{} states, {})", exact ? "" : "about ", readable_number(whole.states), to_string(whole.growth));
  if (spared > 1) text += "; symmetry would divide by up to " + readable_number(spared);
  return text;
}

double orders_of_alike(const model::Model& model) {
  std::vector<std::size_t> seen(model.roles.size());
  double orders = 1;
  for (const auto role : model.actors) orders *= static_cast<double>(++seen[role]);
  return orders;
}

Announcement announce(const model::Model& model, const Effort& effort, const Engine& engine) {
  const auto actors = model.actors.size();
  const bool has_states =
      effort.mode != model::Mode::enumerate && effort.mode != model::Mode::sample && !effort.switches;
  if (!has_states || (actors <= few_actors && !effort.forecast)) return {};
  const auto name = model.scenario + "." + model.variant;
  try {
    const auto samples = take_samples(model, effort, engine);
    const auto forecast = explore::forecast(samples, actors);
    if (!forecast) return {effort.forecast ? name + ": too few quick runs for a forecast" : "", std::nullopt};
    if (!effort.forecast && forecast->seconds < short_run) return {"", forecast->states};
    const bool symmetry = effort.reductions.symmetry && !explore::names_actors(model);
    return {forecast_text(name, samples, actors, symmetry ? 1 : orders_of_alike(model)), forecast->states};
  } catch (const std::exception&) {  // told with the run itself, if it comes to it
    return {};
  }
}

}  // namespace gapless::cli
