#include "explore/packed_table.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace gapless::explore {
namespace {

constexpr std::size_t first_places = 1U << 6U;
std::uint64_t most_of(std::size_t places) { return places / 10 * 7; }

std::size_t places_for(std::uint64_t entries) {
  std::size_t places = first_places;
  while (most_of(places) < entries) places *= 2;
  return places;
}

}  // namespace

// Smaller pieces are not worth a large page.
bool Words::is_mapped() const {
  constexpr std::size_t large_page_bytes = 2U << 20U;
  return bytes() >= large_page_bytes;
}

Words::Words(std::size_t count) : count_(count) {
  if (count == 0) return;
  if (!is_mapped()) {
    data_ = static_cast<std::uint64_t*>(std::calloc(count, sizeof *data_));
    if (data_ == nullptr) throw std::bad_alloc();
    return;
  }
  void* memory = mmap(nullptr, bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // Where a hint is not understood nothing is lost. Most places are looked at before anything is put there: pages that
  // are there already spare a fault for the look and another one for the write.
  constexpr int populate_write = 23;  // MADV_POPULATE_WRITE, Linux 5.14
  madvise(memory, bytes(), MADV_HUGEPAGE);
  madvise(memory, bytes(), populate_write);
  data_ = static_cast<std::uint64_t*>(memory);
}

Words::Words(Words&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}

Words& Words::operator=(Words&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(count_, other.count_);
  return *this;
}

Words::~Words() {
  if (data_ == nullptr) return;
  if (is_mapped()) {
    munmap(data_, bytes());
  } else {
    std::free(data_);
  }
}

PackedTable::PackedTable(std::size_t key_words, std::size_t payload_words, std::uint64_t entries)
    : key_words_(key_words), stride_(key_words + payload_words) {
  const auto places = places_for(entries);
  mask_ = places - 1;
  most_ = most_of(places);
  words_ = Words(places * stride_);
}

std::uint64_t PackedTable::bytes_of(std::size_t stride, std::uint64_t entries) {
  return places_for(entries) * stride * sizeof(std::uint64_t);
}

void PackedTable::put_off_growth() {
  constexpr std::size_t share_left_free = 16;
  most_ = (mask_ + 1) - (mask_ + 1) / share_left_free;
}

void PackedTable::clear() {
  // What was nearly empty is made anew, smaller; else to wipe it costs less than to ask for new memory.
  constexpr std::size_t places_worth_keeping = 1U << 14U;
  constexpr std::uint64_t share_worth_keeping = 8;
  if (mask_ + 1 > places_worth_keeping && size_ * share_worth_keeping < mask_ + 1) {
    *this = PackedTable(key_words_, stride_ - key_words_, size_);
    return;
  }
  std::memset(words_.data(), 0, words_.size() * sizeof(std::uint64_t));
  size_ = 0;
  most_ = most_of(mask_ + 1);
}

void PackedTable::grow() {
  const auto places = (mask_ + 1) * 2;
  Words larger(places * stride_);
  const auto mask = places - 1;
  for (const auto* entry = begin(); entry != end(); entry += stride_) {
    if (entry[0] == 0) continue;
    auto place = hash_words(entry, key_words_) & mask;
    while (larger.data()[place * stride_] != 0) place = (place + 1) & mask;
    std::memcpy(larger.data() + place * stride_, entry, stride_ * sizeof(std::uint64_t));
  }
  words_ = std::move(larger);
  mask_ = mask;
  most_ = most_of(places);
}

}  // namespace gapless::explore
