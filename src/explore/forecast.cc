#include "explore/forecast.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace gapless::explore {
namespace {

struct Line {
  double at_zero = 0;
  double slope = 0;
  double squares = 0;  // of what the line leaves
};

// Least squares.
Line fit(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double sum_x = 0;
  double sum_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum_x += x[i];
    sum_y += y[i];
  }
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - sum_x / n) * (x[i] - sum_x / n);
    xy += (x[i] - sum_x / n) * (y[i] - sum_y / n);
  }
  Line line;
  line.slope = xy / xx;
  line.at_zero = (sum_y - line.slope * sum_x) / n;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double left = y[i] - line.at_zero - line.slope * x[i];
    line.squares += left * left;
  }
  return line;
}

// Newton's forward differences: the first of each order, 0th first.
std::vector<double> differences(std::span<const Sample> samples) {
  std::vector<double> row;
  for (const auto& sample : samples) row.push_back(static_cast<double>(sample.states));
  std::vector<double> first;
  while (!row.empty()) {
    first.push_back(row.front());
    for (std::size_t i = 0; i + 1 < row.size(); ++i) row[i] = row[i + 1] - row[i];
    row.pop_back();
  }
  return first;
}

// The samples are at consecutive numbers of actors, and their highest differences vanish.
std::optional<Forecast> exact(std::span<const Sample> samples, std::size_t actors) {
  constexpr std::size_t confirming = 2;
  const bool consecutive = samples.back().actors - samples.front().actors + 1 == samples.size();
  if (!consecutive) return std::nullopt;
  const auto by_order = differences(samples);
  auto degree = by_order.size() - 1;
  while (degree > 0 && by_order[degree] == 0) --degree;
  if (degree + confirming >= by_order.size()) return std::nullopt;
  Forecast result;
  result.growth = {Growth::Kind::exact, static_cast<double>(degree)};
  double binomial = 1;  // (actors - first) over order
  for (std::size_t order = 0; order <= degree; ++order) {
    result.states += by_order[order] * binomial;
    binomial *= static_cast<double>(actors - samples.front().actors - order) / static_cast<double>(order + 1);
  }
  return result;
}

// Those of at least half as many actors as the last one, and at least three if there are.
std::span<const Sample> later(std::span<const Sample> samples) {
  constexpr std::size_t fewest = 3;
  std::size_t first = 0;
  while (samples.size() - first > fewest && 2 * samples[first].actors < samples.back().actors) ++first;
  return samples.subspan(first);
}

Forecast fitted(std::span<const Sample> samples, std::size_t actors) {
  std::vector<double> numbers;
  std::vector<double> logarithms;
  std::vector<double> states;
  for (const auto& sample : samples) {
    numbers.push_back(static_cast<double>(sample.actors));
    logarithms.push_back(std::log(static_cast<double>(sample.actors)));
    states.push_back(std::log(static_cast<double>(sample.states)));
  }
  const auto n = static_cast<double>(actors);
  const auto exponential = fit(numbers, states);
  const auto polynomial = fit(logarithms, states);
  if (exponential.squares <= polynomial.squares) {
    return {{Growth::Kind::exponential, std::exp(exponential.slope)},
            std::exp(exponential.at_zero + exponential.slope * n),
            0};
  }
  return {
      {Growth::Kind::polynomial, polynomial.slope}, std::exp(polynomial.at_zero + polynomial.slope * std::log(n)), 0};
}

// With more actors a state is wider, memory is farther away and counts have more digits: the exponent with which the
// seconds a state grow with actors. 0 where too few samples took long enough to be compared.
double growth_of_cost(std::span<const Sample> samples) {
  constexpr double long_enough = 0.01;  // seconds
  constexpr std::size_t fewest = 3;
  constexpr double most = 3;
  std::vector<double> logarithms;
  std::vector<double> costs;
  for (const auto& sample : samples) {
    if (sample.seconds < long_enough) continue;
    logarithms.push_back(std::log(static_cast<double>(sample.actors)));
    costs.push_back(std::log(sample.seconds / static_cast<double>(sample.states)));
  }
  return costs.size() < fewest ? 0 : std::clamp(fit(logarithms, costs).slope, 0.0, most);
}

}  // namespace

std::string to_string(const Growth& growth) {
  switch (growth.kind) {
    case Growth::Kind::exact:
      return fmt::format("a polynomial of degree {:.0f} in the actors", growth.rate);
    case Growth::Kind::polynomial:
      return fmt::format("growing as actors^{:.1f}", growth.rate);
    default:
      return fmt::format("{:.1f} times as many with each actor", growth.rate);
  }
}

std::optional<Forecast> forecast(std::span<const Sample> samples, std::size_t actors) {
  if (samples.size() < 2) return std::nullopt;
  std::optional<Forecast> result;
  for (std::size_t first = 0; first < samples.size() && !result; ++first) {
    result = exact(samples.subspan(first), actors);  // the first ones may be too small for all that can happen
  }
  if (!result) result = fitted(later(samples), actors);
  const auto& largest = samples.back();
  const auto cost = largest.seconds / static_cast<double>(largest.states);
  const auto ratio = static_cast<double>(actors) / static_cast<double>(largest.actors);
  result->seconds = result->states * cost * std::pow(ratio, growth_of_cost(later(samples)));
  return result;
}

std::string readable_duration(double seconds) {
  constexpr double minute = 60;
  constexpr double hour = 60 * minute;
  constexpr double day = 24 * hour;
  constexpr double year = 365 * day;
  // The next unit begins where two of it are reached: "90 s" says more than "2 min".
  if (seconds < 0.05) return "< 0.1 s";
  if (seconds < 0.95) return fmt::format("{:.1f} s", seconds);
  if (seconds < 2 * minute) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * hour) return fmt::format("{:.0f} min", seconds / minute);
  if (seconds < 2 * day) return fmt::format("{:.0f} h", seconds / hour);
  if (seconds < 2 * year) return fmt::format("{:.0f} days", seconds / day);
  if (seconds < 1e6 * year) return fmt::format("{:.0f} years", seconds / year);
  return "more than a million years";
}

}  // namespace gapless::explore
