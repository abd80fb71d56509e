#include "base/natural.h"

#include <boost/multiprecision/cpp_int.hpp>

#include "base/check.h"

namespace gapless {
namespace {

using boost::multiprecision::cpp_int;

std::uint64_t multiply(std::uint64_t a, std::uint64_t b, std::uint64_t modulus) {
  return static_cast<std::uint64_t>(static_cast<Wide>(a) * b % modulus);
}

std::uint64_t power(std::uint64_t base, std::uint64_t exponent, std::uint64_t modulus) {
  std::uint64_t result = 1;
  for (; exponent > 0; exponent >>= 1U) {
    if ((exponent & 1U) != 0) result = multiply(result, base, modulus);
    base = multiply(base, base, modulus);
  }
  return result;
}

// Miller and Rabin's test; with these bases it is exact below 3.3 * 10^24 (Sorenson and Webster, 2015).
bool is_prime(std::uint64_t n) {
  constexpr std::uint64_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41};
  for (const auto base : bases) {
    if (n % base == 0) return n == base;
  }
  std::uint64_t odd = n - 1;
  unsigned twos = 0;
  for (; odd % 2 == 0; odd /= 2) ++twos;
  for (const auto base : bases) {
    auto x = power(base, odd, n);
    if (x == 1 || x == n - 1) continue;
    bool composite = true;
    for (unsigned i = 1; i < twos && composite; ++i) {
      x = multiply(x, x, n);
      composite = x != n - 1;
    }
    if (composite) return false;
  }
  return true;
}

}  // namespace

std::vector<Prime> primes(std::size_t count) {
  std::vector<Prime> result;
  for (std::uint32_t offset = 1; result.size() < count; offset += 2) {
    check(offset < (1U << 16U), "there are enough primes close to 2^61");
    const Prime candidate{offset};
    if (is_prime(candidate.value())) result.push_back(candidate);
  }
  return result;
}

std::string from_residues(std::span<const Prime> primes, std::span<const std::uint64_t> residues) {
  check(primes.size() == residues.size(), "there is one residue a prime");
  cpp_int number = 0;
  cpp_int product = 1;
  for (std::size_t i = 0; i < primes.size(); ++i) {
    const auto modulus = primes[i].value();
    const auto have = static_cast<std::uint64_t>(number % modulus);
    const auto missing = (residues[i] + modulus - have) % modulus;
    const auto inverse = power(static_cast<std::uint64_t>(product % modulus), modulus - 2, modulus);
    number += product * multiply(missing, inverse, modulus);
    product *= modulus;
  }
  return number.str();
}

std::string to_decimal(std::span<const std::uint64_t> words) {
  cpp_int result = 0;
  for (auto word = words.rbegin(); word != words.rend(); ++word) result = (result << 64U) + *word;
  return result.str();
}

std::string factorial(unsigned n) {
  cpp_int result = 1;
  for (unsigned i = 2; i <= n; ++i) result *= i;
  return result.str();
}

}  // namespace gapless
