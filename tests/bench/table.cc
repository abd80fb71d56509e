// What our own table of states makes of the machine: random rows of the engine's width into the engine's table, and
// nothing else. No exploration can be faster than this; what share of it one reaches says how much else it does.
//
//   table ACTORS STATES INSERTS    one line of JSON
//
// First STATES different rows are inserted (`fresh`), then INSERTS rows, of which a share is known, as in an
// exploration where INSERTS transitions lead to STATES states (`mixed`). Rows are made on the way, from their number,
// by a few multiplications.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <span>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "explore/packed_table.h"

namespace {

using gapless::explore::hash_words;
using gapless::explore::PackedTable;

// So many insertions are under way at a time, as in the engine (layers.cc).
constexpr std::size_t under_way = 32;

// splitmix64.
std::uint64_t random_of(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15U;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31);
}

// As it is with actors who are all told apart: six bits of world, and three of place for each, packed into words.
std::size_t words_of(std::size_t actors) { return (1 + 6 + 3 * actors + 63) / 64; }

void make_row(std::uint64_t number, std::uint64_t* words, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) words[i] = number = random_of(number);
  words[0] |= std::uint64_t{1} << 63U;
}

// Seconds of processor time that it takes to insert `inserts` rows with numbers below `states`.
template <typename Number>
double insert_rows(PackedTable& table, std::uint64_t inserts, Number number) {
  const auto words = table.key_words();
  std::vector<std::uint64_t> rows(words * under_way);
  std::vector<std::uint64_t> hashes(under_way);
  const std::clock_t start = std::clock();
  for (std::uint64_t i = 0; i < inserts; i += under_way) {
    const auto count = std::min<std::uint64_t>(under_way, inserts - i);
    for (std::size_t each = 0; each < count; ++each) {
      make_row(number(i + each), &rows[each * words], words);
      hashes[each] = hash_words(&rows[each * words], words);
      table.prefetch(hashes[each]);
    }
    for (std::size_t each = 0; each < count; ++each) table.insert(&rows[each * words], hashes[each]);
  }
  // At least a tick: nothing takes no time.
  return static_cast<double>(std::max<std::clock_t>(std::clock() - start, 1)) / CLOCKS_PER_SEC;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const std::span<char*> given(arguments, static_cast<std::size_t>(argument_count));
  if (given.size() != 4) {
    fmt::print(stderr, "usage: table ACTORS STATES INSERTS\n");
    return 2;
  }
  const std::size_t words = words_of(std::stoul(given[1]));
  const std::uint64_t states = std::stoull(given[2]);
  const std::uint64_t inserts = std::stoull(given[3]);

  PackedTable fresh(words, 0);
  const double fresh_seconds = insert_rows(fresh, states, [](std::uint64_t i) { return i; });
  const std::uint64_t distinct = fresh.size();
  const std::uint64_t bytes = fresh.bytes();
  fresh = PackedTable(words, 0);
  const double mixed_seconds = insert_rows(fresh, inserts, [states](std::uint64_t i) { return random_of(i) % states; });
  fmt::print(
      R"({{"states": {}, "inserts": {}, "fresh": {:.0f}, "mixed": {:.0f}, "mixed_states": {}, "bytes_a_state": {:.1f}}})"
      "\n",
      distinct, inserts, static_cast<double>(states) / fresh_seconds, static_cast<double>(inserts) / mixed_seconds,
      fresh.size(), static_cast<double>(bytes) / static_cast<double>(distinct));
}
