// Global states as a few machine words.
//
// A row is the world's number, counts of what is factored out of it, and the actors' local states, each in a field of
// as many bits as the largest number needs that was seen so far; no field stands across two words. Where a number does
// not fit, everything is packed again, wider
// (`widened`). Two layouts:
//   slots   every actor is of a role of its own: a field an actor, with a code that counts its own local states
//   groups  interchangeable actors: pairs of local state and count, in order of local state, absent ones zero
// The top bit of the first word is always set, so that no row begins with zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "explore/symmetry.h"

namespace gapless::explore {

struct Field {
  std::uint32_t word = 0;
  std::uint32_t shift = 0;
  std::uint64_t mask = 0;  // not shifted

  std::uint64_t get(const std::uint64_t* words) const { return (words[word] >> shift) & mask; }
  void set(std::uint64_t* words, std::uint64_t value) const {
    words[word] = (words[word] & ~(mask << shift)) | (value << shift);
  }
  bool holds(std::uint64_t value) const { return value <= mask; }
};

// How wide fields are, in bits.
struct Widths {
  std::uint32_t world = 4;
  std::vector<std::uint32_t> additions;  // by number, of its count (factors.h)
  std::vector<std::uint32_t> slots;      // by slot; of the layout by groups empty
  std::uint32_t local = 4;
  std::uint32_t count = 1;
  std::uint32_t groups = 4;  // how many there is room for

  void at_least(const Widths& other);
  bool operator==(const Widths&) const = default;
};

class RowCodec {
 public:
  explicit RowCodec(Widths widths);

  std::size_t words() const { return words_; }
  const Widths& widths() const { return widths_; }
  bool is_slots() const { return !widths_.slots.empty(); }

  const Field& world() const { return world_; }
  const std::vector<Field>& additions() const { return additions_; }
  // Slots: by actor. Codes are from 1; 0 is an actor that is no longer told of.
  const std::vector<Field>& slots() const { return fields_; }

  // Groups: into and out of words. Where it does not fit, `needed` is what would, and the answer is false.
  // `additions`: counts by number, one each that there is.
  bool pack(const StateRow& row, std::span<const std::uint32_t> additions, std::uint64_t* words, Widths& needed) const;
  void unpack(const std::uint64_t* words, StateRow& row) const;
  void unpack_additions(const std::uint64_t* words, std::vector<std::uint32_t>& counts) const;
  // One more of it. False where it does not fit.
  bool add(std::uint64_t* words, std::uint32_t addition, Widths& needed) const;

  // A number that depends on a few of the actors alone, or where they are interchangeable on the world; the same in
  // every shape.
  std::uint64_t group_of(const std::uint64_t* words) const;

  static constexpr std::uint64_t mark = std::uint64_t{1} << 63U;

 private:
  Field place(std::uint32_t bits);

  Widths widths_;
  Field world_;
  std::vector<Field> additions_;
  std::vector<Field> fields_;  // of slots; or of groups: local + 1 above count - 1
  std::size_t words_ = 0;
  std::vector<std::uint32_t> free_;  // while fields are placed: free bits by word
};

// Fields wider still, as far as that needs no further word: everything is packed anew less often.
Widths with_what_is_free(Widths widths);

// The fewest bits that hold the value.
std::uint32_t bits_of(std::uint64_t value);

}  // namespace gapless::explore
