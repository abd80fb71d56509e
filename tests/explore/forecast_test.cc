#include "explore/forecast.h"

#include <doctest/doctest.h>

#include <vector>

namespace gapless::explore {
namespace {

using Kind = Growth::Kind;

Forecast forecast_of(const std::vector<Sample>& samples, std::size_t actors) {
  const auto found = forecast(samples, actors);
  REQUIRE(found);
  return *found;
}

TEST_CASE("a polynomial is found by its differences, and goes on exactly") {
  // C(n + 3, 3), requests of three steps: 10, 20, 35, 56, 84. The differences of the third order are 1, those of the
  // fourth 0, twice over.
  const auto cubic = forecast_of({{2, 10, 0}, {3, 20, 0}, {4, 35, 0}, {5, 56, 0}, {6, 84, 0.001}, {7, 120, 0.002}}, 50);
  CHECK(cubic.growth.kind == Kind::exact);
  CHECK(cubic.growth.rate == 3);
  CHECK(cubic.states == 23'426);  // C(53, 3)
  CHECK(cubic.seconds == doctest::Approx(23'426 * 0.002 / 120));
  CHECK(to_string(cubic.growth) == "a polynomial of degree 3 in the actors");
}

TEST_CASE("what nothing confirms is no polynomial") {
  // Four numbers lie on some cubic, whatever they are; 3^n does not.
  const auto power = forecast_of({{2, 9, 0}, {3, 27, 0}, {4, 81, 0}, {5, 243, 0.5}}, 10);
  CHECK(power.growth.kind == Kind::exponential);
  CHECK(power.growth.rate == doctest::Approx(3));
  CHECK(power.states == doctest::Approx(59'049));
  CHECK(power.seconds == doctest::Approx(0.5 * 243));  // 3^10 / 3^5
  CHECK(to_string(power.growth) == "3.0 times as many with each actor");
}

TEST_CASE("numbers of actors with gaps are fitted") {
  const auto cubic = forecast_of({{2, 8, 0}, {4, 64, 0}, {8, 512, 1}}, 16);  // n^3
  CHECK(cubic.growth.kind == Kind::polynomial);
  CHECK(cubic.growth.rate == doctest::Approx(3));
  CHECK(cubic.states == doctest::Approx(4096));
  CHECK(cubic.seconds == doctest::Approx(8));
  CHECK(to_string(cubic.growth) == "growing as actors^3.0");
}

TEST_CASE("whichever curve is nearer") {
  // About 4^n, about n^4.
  CHECK(forecast_of({{2, 15, 0}, {3, 66, 0}, {4, 250, 0}, {5, 1030, 0}}, 6).growth.kind == Kind::exponential);
  CHECK(forecast_of({{2, 17, 0}, {3, 80, 0}, {4, 258, 0}, {5, 623, 0}}, 6).growth.kind == Kind::polynomial);
}

TEST_CASE("a polynomial that begins late, where there are enough actors for all that can happen") {
  // 7 is not 3^2 + 1.
  const auto late = forecast_of({{2, 5, 0}, {3, 7, 0}, {4, 17, 0}, {5, 26, 0}, {6, 37, 0}, {7, 50, 0}, {8, 65, 1}}, 10);
  CHECK(late.growth.kind == Kind::exact);
  CHECK(late.growth.rate == 2);
  CHECK(late.states == 101);
}

TEST_CASE("small numbers say little of how it goes on") {
  // 2^n from 6 actors on; what was before would make it flatter.
  const auto doubling = forecast_of({{2, 50, 0},
                                     {3, 51, 0},
                                     {4, 53, 0},
                                     {5, 54, 0},
                                     {6, 64, 0},
                                     {7, 128, 0},
                                     {8, 256, 0},
                                     {9, 512, 0},
                                     {12, 4096, 0}},
                                    13);
  CHECK(doubling.growth.kind == Kind::exponential);
  CHECK(doubling.states == doctest::Approx(8192));
}

TEST_CASE("two samples fit anything: the worse growth is assumed; one says nothing") {
  const auto two = forecast_of({{2, 9, 0}, {3, 27, 1}}, 4);
  CHECK(two.growth.kind == Kind::exponential);
  CHECK(two.states == doctest::Approx(81));
  CHECK(two.seconds == doctest::Approx(3));
  CHECK_FALSE(forecast(std::vector<Sample>{{2, 9, 0}}, 4));
}

TEST_CASE("what a state costs grows with actors, too") {
  // n^2 states at n^1 each: what takes 1 s with 10 takes 2^3 s with 20. Samples of no time say nothing.
  const auto cubic = forecast_of({{7, 49, 0.343}, {8, 64, 0.512}, {9, 81, 0.729}, {10, 100, 1}}, 20);
  CHECK(cubic.states == doctest::Approx(400));
  CHECK(cubic.seconds == doctest::Approx(8));
  CHECK(forecast_of({{7, 49, 0.001}, {8, 64, 0.009}, {9, 81, 0.001}, {10, 100, 1}}, 20).seconds == doctest::Approx(4));
  // It does not fall, and no noise makes it explode.
  CHECK(forecast_of({{7, 49, 1}, {8, 64, 1}, {9, 81, 1}, {10, 100, 1}}, 20).seconds == doctest::Approx(4));
  CHECK(forecast_of({{7, 49, 0.02}, {8, 64, 0.1}, {9, 81, 0.5}, {10, 100, 1}}, 20).seconds == doctest::Approx(32));
}

TEST_CASE("durations for people") {
  CHECK(readable_duration(0.01) == "< 0.1 s");
  CHECK(readable_duration(0.2) == "0.2 s");
  CHECK(readable_duration(0.96) == "1 s");
  CHECK(readable_duration(9.2) == "9 s");
  CHECK(readable_duration(119) == "119 s");
  CHECK(readable_duration(660) == "11 min");
  CHECK(readable_duration(3 * 3600) == "3 h");
  CHECK(readable_duration(5 * 86'400) == "5 days");
  CHECK(readable_duration(40 * 365 * 86'400.0) == "40 years");
  CHECK(readable_duration(1e300) == "more than a million years");
}

}  // namespace
}  // namespace gapless::explore
