// Gives equal values the same small number, in order of first appearance.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>

#include "base/check.h"
#include "base/hash_map.h"

namespace gapless {

// `Hash` is a stable digest of the value (base/digest.h); collisions are resolved by comparing.
template <class Value, class Hash>
class Interner {
 public:
  std::uint32_t intern(Value value) {
    const std::uint64_t digest = Hash()(value);
    auto [found, is_new] = first_.try_emplace(digest, static_cast<std::uint32_t>(values_.size()));
    std::uint32_t number = found->second;
    if (!is_new) {
      while (true) {
        if (values_[number].value == value) return number;
        if (values_[number].next == none) break;
        number = values_[number].next;
      }
      values_[number].next = static_cast<std::uint32_t>(values_.size());
    }
    check(values_.size() < none, "fewer than 2^32 - 1 values are interned");
    values_.push_back({std::move(value), none});
    return static_cast<std::uint32_t>(values_.size() - 1);
  }

  // The reference stays valid for ever.
  const Value& operator[](std::uint32_t number) const { return values_[number].value; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(values_.size()); }

 private:
  static constexpr std::uint32_t none = 0xffffffffU;
  struct Entry {
    Value value;
    std::uint32_t next;  // another value with the same digest
  };

  std::deque<Entry> values_;
  HashMap<std::uint64_t, std::uint32_t> first_;
};

}  // namespace gapless
