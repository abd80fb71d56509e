// How long a run will take, from the same model at fewer actors. Nothing here looks at a clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace gapless::explore {

// What a run at so many actors came to.
struct Sample {
  std::size_t actors = 0;
  std::uint64_t states = 0;
  double seconds = 0;
};

// How states grow with actors.
struct Growth {
  enum class Kind : std::uint8_t {
    exact,        // a polynomial through all samples, of a degree so low that at least two samples confirm it
    polynomial,   // states = factor × actors^rate: actors that are alike
    exponential,  // states = factor × rate^actors: actors that differ
  };
  Kind kind = Kind::exponential;
  double rate = 0;  // the degree, the exponent, the base
};
std::string to_string(const Growth& growth);  // "grows by 3.2 an actor"

struct Forecast {
  Growth growth;
  double states = 0;
  double seconds = 0;  // at what a state cost in the largest sample
};

// nullopt from fewer than three samples, which fit anything. Where the samples are no polynomial, logarithms of states
// are fitted with least squares to a line in actors and to one in their logarithm; whichever leaves the smaller squares
// is it.
// REQUIRES: samples at ascending numbers of actors, each with a state; `actors` is beyond them.
std::optional<Forecast> forecast(std::span<const Sample> samples, std::size_t actors);

// "0.2 s", "9 s", "11 min", "3 h", "5 days", "40 years".
std::string readable_duration(double seconds);

}  // namespace gapless::explore
