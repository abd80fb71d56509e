// A set of packed states, with words of one's own beside each: open addressing over one flat piece of memory.
//
// An entry is `key_words` words that say which state it is, then `payload_words` words that begin as zero. The first
// word of a key is never zero, so that zero marks what is empty. Linear probing; at most seven of ten places are taken.
// Nothing is allocated but when the table grows, to twice its size.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/natural.h"

namespace gapless::explore {

// Of a key; only ever compared within a run, and nothing that is printed depends on it.
inline std::uint64_t hash_words(const std::uint64_t* words, std::size_t count) {
  constexpr std::uint64_t odd = 0x9e3779b97f4a7c15U;
  std::uint64_t hash = 0x243f6a8885a308d3U;
  for (std::size_t i = 0; i < count; ++i) {
    const Wide product = static_cast<Wide>(hash ^ words[i]) * odd;
    hash = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
    hash *= 0xbf58476d1ce4e5b9U;
    hash ^= hash >> 31U;
  }
  return hash;
}

// Zeroed memory in large pages where the system has them.
class Words {
 public:
  Words() = default;
  explicit Words(std::size_t count);
  Words(Words&& other) noexcept;
  Words& operator=(Words&& other) noexcept;
  Words(const Words&) = delete;
  Words& operator=(const Words&) = delete;
  ~Words();

  std::uint64_t* data() const { return data_; }
  std::size_t size() const { return count_; }

 private:
  std::size_t bytes() const { return count_ * sizeof(std::uint64_t); }
  bool is_mapped() const;

  std::uint64_t* data_ = nullptr;
  std::size_t count_ = 0;
};

class PackedTable {
 public:
  // `entries`: so many have room at once.
  PackedTable(std::size_t key_words, std::size_t payload_words, std::uint64_t entries = 0);

  // The entry's words, and whether it is new: its payload is then zero. Valid until the next insertion.
  struct Place {
    std::uint64_t* entry;
    bool is_new;
  };
  Place insert(const std::uint64_t* key, std::uint64_t hash) {
    if (is_full()) grow();
    for (std::size_t place = hash & mask_;; place = (place + 1) & mask_) {
      auto* entry = words_.data() + place * stride_;
      if (entry[0] == 0) {
        for (std::size_t i = 0; i < key_words_; ++i) entry[i] = key[i];
        ++size_;
        return {entry, true};
      }
      if (equal(entry, key)) return {entry, false};
    }
  }
  // The next insertion makes the table twice as large, and until it has moved takes three times the memory.
  bool is_full() const { return size_ >= most_; }
  // But for a few more entries: then it is fuller than is good for it.
  void put_off_growth();
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(words_.data() + (hash & mask_) * stride_, 1); }

  // Empty again, and no larger than it is worth keeping.
  void clear();

  // All places, taken or empty (first word zero), one after the other.
  const std::uint64_t* begin() const { return words_.data(); }
  const std::uint64_t* end() const { return words_.data() + words_.size(); }

  std::size_t stride() const { return stride_; }  // words from one place to the next
  std::size_t key_words() const { return key_words_; }
  std::size_t payload_words() const { return stride_ - key_words_; }
  std::uint64_t size() const { return size_; }
  // Of one that has room for so many at once.
  static std::uint64_t bytes_of(std::size_t stride, std::uint64_t entries);
  std::uint64_t bytes() const { return words_.size() * sizeof(std::uint64_t); }

 private:
  bool equal(const std::uint64_t* entry, const std::uint64_t* key) const {
    for (std::size_t i = 0; i < key_words_; ++i) {
      if (entry[i] != key[i]) return false;
    }
    return true;
  }
  void grow();

  std::size_t key_words_;
  std::size_t stride_;
  std::size_t mask_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t most_ = 0;
  Words words_;
};

}  // namespace gapless::explore
