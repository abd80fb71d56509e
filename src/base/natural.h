// Exact natural numbers of any size, and the residues by which large counts are computed.
//
// Numbers of interleavings have hundreds of digits, and millions of them are added up. That is done modulo several
// primes just below 2^61 at a time; the number itself is put together in the end by the Chinese remainder theorem
// (Garner's algorithm; Knuth, TAOCP 2, 4.3.2). Enough primes are those whose product exceeds the number.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gapless {

__extension__ using Wide = unsigned __int128;

// A prime 2^61 - offset with a small offset, so that reduction is a shift and a multiplication.
struct Prime {
  std::uint32_t offset = 1;

  std::uint64_t value() const { return (std::uint64_t{1} << 61U) - offset; }
  std::uint64_t reduce(Wide x) const {
    constexpr std::uint64_t mask = (std::uint64_t{1} << 61U) - 1;
    const Wide once = (x >> 61U) * offset + (static_cast<std::uint64_t>(x) & mask);  // below 2^67 * 2^16
    const Wide twice = (once >> 61U) * offset + (static_cast<std::uint64_t>(once) & mask);
    auto rest = static_cast<std::uint64_t>(twice);  // below 2^62
    while (rest >= value()) rest -= value();
    return rest;
  }
};

// The `count` largest primes below 2^61, in descending order. The offsets stay below 2^16 for the first thousands.
std::vector<Prime> primes(std::size_t count);

// The number below the product of the primes that has these residues, in decimal.
std::string from_residues(std::span<const Prime> primes, std::span<const std::uint64_t> residues);

// The number that these words make up, least first, in decimal.
std::string to_decimal(std::span<const std::uint64_t> words);

// n!, in decimal: what n requests of one step each come to.
std::string factorial(unsigned n);

}  // namespace gapless
