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
std::string to_string(const Growth& growth);  // "a polynomial of degree 4 in the actors"

struct Forecast {
  Growth growth;
  double states = 0;
  double seconds = 0;  // at what a state cost in the largest sample, and as that cost has grown
};

// nullopt from fewer than two samples; two are taken for exponential growth, the worse one. Where neither all samples
// nor the later ones are a polynomial, the logarithms of states are fitted with least squares to a line in actors and
// to one in their logarithm, for the samples of at least half as many actors as the last one has (small numbers say
// little of how it goes on); whichever leaves the smaller squares is it. REQUIRES: samples at ascending numbers of
// actors, each with a state; `actors` is beyond them.
std::optional<Forecast> forecast(std::span<const Sample> samples, std::size_t actors);

// "< 0.1 s", "0.2 s", "9 s", "11 min", "3 h", "5 days", "40 years".
std::string readable_duration(double seconds);

}  // namespace gapless::explore
