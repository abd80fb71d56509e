// Natural numbers of a fixed number of 64-bit words, least first, side by side in flat memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/natural.h"

namespace gapless::explore {

// sum += term * factor. False where that needs another word.
inline bool add_product(std::uint64_t* sum, const std::uint64_t* term, std::size_t words, std::uint64_t factor) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < words; ++i) {
    const Wide next = static_cast<Wide>(term[i]) * factor + sum[i] + carry;
    sum[i] = static_cast<std::uint64_t>(next);
    carry = static_cast<std::uint64_t>(next >> 64U);
  }
  return carry == 0;
}

// sum -= term * factor, modulo what the words hold: takes back a sum that did not fit.
inline void take_product(std::uint64_t* sum, const std::uint64_t* term, std::size_t words, std::uint64_t factor) {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < words; ++i) {
    const Wide product = static_cast<Wide>(term[i]) * factor + carry;
    const auto low = static_cast<std::uint64_t>(product);
    carry = static_cast<std::uint64_t>(product >> 64U) + (low > sum[i] ? 1 : 0);
    sum[i] -= low;
  }
}

// A sum that grows as it must.
class Total {
 public:
  void add(std::span<const std::uint64_t> number) {
    if (words_.size() < number.size() + 1) words_.resize(number.size() + 1);
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const Wide next = static_cast<Wide>(words_[i]) + (i < number.size() ? number[i] : 0) + carry;
      words_[i] = static_cast<std::uint64_t>(next);
      carry = static_cast<std::uint64_t>(next >> 64U);
    }
    if (carry != 0) words_.push_back(carry);
  }
  const std::vector<std::uint64_t>& words() const { return words_; }

 private:
  std::vector<std::uint64_t> words_;
};

// REQUIRES: b is not larger.
inline std::vector<std::uint64_t> difference(std::vector<std::uint64_t> a, const std::vector<std::uint64_t>& b) {
  std::uint64_t borrow = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Wide taken = static_cast<Wide>(i < b.size() ? b[i] : 0) + borrow;
    borrow = taken > a[i] ? 1 : 0;
    a[i] -= static_cast<std::uint64_t>(taken);
  }
  return a;
}

}  // namespace gapless::explore
