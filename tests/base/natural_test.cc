#include "base/natural.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"

namespace gapless {
namespace {

// n! modulo each prime, multiplied up without any big number.
std::vector<std::uint64_t> factorial_residues(const std::vector<Prime>& moduli, std::uint64_t n) {
  std::vector<std::uint64_t> residues;
  for (const auto& prime : moduli) {
    std::uint64_t residue = 1;
    for (std::uint64_t i = 2; i <= n; ++i)
      residue = static_cast<std::uint64_t>(static_cast<Wide>(residue) * i % prime.value());
    residues.push_back(residue);
  }
  return residues;
}

// What __int128's own division says.
std::uint64_t remainder_of(Wide x, const Prime& prime) { return static_cast<std::uint64_t>(x % prime.value()); }

TEST_CASE("the largest primes below 2^61") {
  // https://t5k.org/lists/2small/0bit.html: 2^61 - k is prime for k = 1, 31, 45, 229, 259, …
  const auto largest = primes(5);
  REQUIRE(largest.size() == 5);
  CHECK(largest[0].offset == 1);
  CHECK(largest[1].offset == 31);
  CHECK(largest[2].offset == 45);
  CHECK(largest[3].offset == 229);
  CHECK(largest[4].offset == 259);
  CHECK(largest[0].value() == 2305843009213693951U);  // 2^61 - 1, Mersenne's
}

TEST_CASE("primes descend, and none of them has a small divisor") {
  const auto many = primes(200);
  REQUIRE(many.size() == 200);
  for (std::size_t i = 1; i < many.size(); ++i) CHECK(many[i].value() < many[i - 1].value());
  for (const auto& prime : many) {
    bool divides = false;
    for (std::uint64_t divisor = 3; divisor < 20000; divisor += 2) divides = divides || prime.value() % divisor == 0;
    CHECK_FALSE(divides);
  }
}

TEST_CASE("reduction agrees with division at its extremes") {
  const Wide all_ones = ~Wide{0};  // 2^128 - 1
  // The largest offset that primes() may give, prime or not: reduction does not ask.
  for (const std::uint32_t offset : {1U, 31U, 45U, 229U, 259U, 65535U}) {
    const Prime prime{offset};
    const Wide p = prime.value();
    const Wide values[] = {0,
                           1,
                           p - 1,
                           p,
                           p + 1,
                           2 * p - 1,
                           2 * p,
                           3 * p,
                           p * p - 1,
                           p * p,
                           Wide{1} << 61U,
                           (Wide{1} << 61U) - 1,
                           (Wide{1} << 122U) - 1,
                           Wide{1} << 122U,
                           Wide{1} << 127U,
                           all_ones - 1,
                           all_ones,
                           all_ones - p,
                           all_ones / p * p,
                           all_ones / p * p - 1};
    for (const auto value : values) CHECK(prime.reduce(value) == remainder_of(value, prime));
  }
}

TEST_CASE("reduction agrees with division on values all over the range") {
  const auto moduli = primes(20);
  Wide value = 0x9e3779b97f4a7c15U;
  for (int i = 0; i < 20000; ++i) {
    // Knuth's multiplier and an increment spread the values over all 128 bits.
    value = value * ((Wide{0x2360ed051fc65da4U} << 64U) | 0x4385df649fccf645U) + 0x5851f42d4c957f2dU;
    const auto& prime = moduli[static_cast<std::size_t>(i) % moduli.size()];
    const Wide x = value >> (static_cast<unsigned>(i) % 128U);
    if (prime.reduce(x) != remainder_of(x, prime)) FAIL("reduction differs from division");
  }
}

TEST_CASE("factorials") {
  CHECK(factorial(0) == "1");
  CHECK(factorial(1) == "1");
  CHECK(factorial(5) == "120");
  CHECK(factorial(20) == "2432902008176640000");
  CHECK(factorial(21) == "51090942171709440000");  // beyond 2^64
  CHECK(factorial(50) == "30414093201713378043612608166064768844377641568960512000000000000");
}

TEST_CASE("numbers come back from their residues") {
  // log2(50!) = 214.2: four primes of 61 bits hold it, and more do no harm.
  for (const std::size_t count : {4U, 5U, 9U}) {
    const auto moduli = primes(count);
    CHECK(from_residues(moduli, factorial_residues(moduli, 50)) == factorial(50));
  }
  // log2(300!) = 2041.6, 34 primes of 61 bits (2074).
  const auto moduli = primes(34);
  CHECK(from_residues(moduli, factorial_residues(moduli, 300)) == factorial(300));
}

TEST_CASE("one prime too few is noticed") {
  const auto three = primes(3);  // 183 bits for a number of 214
  CHECK(from_residues(three, factorial_residues(three, 50)) != factorial(50));
  const auto thirty_three = primes(33);  // 2013 bits for a number of 2041
  CHECK(from_residues(thirty_three, factorial_residues(thirty_three, 300)) != factorial(300));
}

TEST_CASE("the smallest and the largest number that the primes hold") {
  const auto two = primes(2);
  CHECK(from_residues(two, std::vector<std::uint64_t>{0, 0}) == "0");
  CHECK(from_residues(two, std::vector<std::uint64_t>{1, 1}) == "1");
  // -1 modulo both: (2^61 - 1)(2^61 - 31) - 1 = 2^122 - 32 * 2^61 + 30.
  CHECK(from_residues(two, std::vector<std::uint64_t>{two[0].value() - 1, two[1].value() - 1}) ==
        "5316911983139663417828251946283171870");
  // 2^61 - 1 is 0 modulo itself and 30 modulo 2^61 - 31.
  CHECK(from_residues(two, std::vector<std::uint64_t>{0, 30}) == "2305843009213693951");
  CHECK(from_residues({}, {}) == "0");
  CHECK_THROWS_AS(from_residues(two, std::vector<std::uint64_t>{0}), InternalError);
}

}  // namespace
}  // namespace gapless
