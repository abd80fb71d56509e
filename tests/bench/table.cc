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

#include <fmt/core.h>

#include "explore/symmetry.h"

namespace {

using gapless::explore::Group;
using gapless::explore::StateRow;
using gapless::explore::StateTable;

// splitmix64.
std::uint64_t random_of(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15U;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31);
}

// As it is with actors who are all told apart: a world, and each actor at one of eight places of its own.
void make_row(std::uint64_t number, StateRow& row) {
  std::uint64_t bits = random_of(number);
  row.world = static_cast<std::uint32_t>(random_of(bits) & 0xffff);
  for (std::uint32_t actor = 0; actor < row.groups.size(); ++actor) {
    if (actor % 20 == 19) bits = random_of(bits);
    row.groups[actor] = Group{actor * 8 + static_cast<std::uint32_t>(bits >> (3 * (actor % 20)) & 7), 1};
  }
}

// Seconds of processor time that it takes to insert `inserts` rows with numbers below `states`.
template <typename Number>
double insert_rows(StateTable& table, StateRow& row, std::uint64_t inserts, Number number) {
  const std::clock_t start = std::clock();
  for (std::uint64_t i = 0; i < inserts; ++i) {
    make_row(number(i), row);
    table.insert(row);
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
  StateRow row;
  row.groups.resize(std::stoul(given[1]));
  const std::uint64_t states = std::stoull(given[2]);
  const std::uint64_t inserts = std::stoull(given[3]);

  StateTable fresh;
  const double fresh_seconds = insert_rows(fresh, row, states, [](std::uint64_t i) { return i; });
  const std::uint64_t distinct = fresh.size();
  const std::uint64_t bytes = fresh.bytes();
  fresh = StateTable();
  const double mixed_seconds =
      insert_rows(fresh, row, inserts, [states](std::uint64_t i) { return random_of(i) % states; });
  fmt::print(
      R"({{"states": {}, "inserts": {}, "fresh": {:.0f}, "mixed": {:.0f}, "mixed_states": {}, "bytes_a_state": {:.1f}}})"
      "\n",
      distinct, inserts, static_cast<double>(states) / fresh_seconds, static_cast<double>(inserts) / mixed_seconds,
      fresh.size(), static_cast<double>(bytes) / static_cast<double>(distinct));
}
