// What the machine allows: how fast memory can be read and written in order, and how many of its lines can be fetched
// at random, one after the other and several at once. A state space that is larger than the caches is a table at random
// places, so the last figure is what no engine that remembers its states can beat; table.cc has what our table makes of
// it.
//
//   limit [MEBIBYTES]    one line of JSON
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <span>
#include <string>
#include <vector>

#include <fmt/core.h>

namespace {

constexpr std::size_t words_a_line = 8;
using Words = std::vector<std::uint64_t>;

// Of processor time: what else runs on the machine may hold us up, but is not our work.
double seconds_of(auto&& work) {
  const std::clock_t start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

// The best of a few rounds: whatever shares caches and memory with us can only slow us down.
double best_of(int rounds, auto&& work) {
  double best = seconds_of(work);
  for (int round = 1; round < rounds; ++round) best = std::min(best, seconds_of(work));
  return best;
}

// Keeps the compiler from leaving out what nobody looks at.
void look_at(std::uint64_t value) { asm volatile("" : : "r"(value) : "memory"); }

// splitmix64: good enough bits, and cheap beside a fetch from memory.
std::uint64_t random_of(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15U;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
  return number ^ (number >> 31);
}

double bytes_read_a_second(const Words& words) {
  const double seconds = best_of(3, [&] {
    // Several sums, so that no addition waits for the one before.
    std::uint64_t sums[words_a_line] = {};
    for (std::size_t i = 0; i + words_a_line <= words.size(); i += words_a_line)
      for (std::size_t j = 0; j < words_a_line; ++j) sums[j] += words[i + j];
    for (const std::uint64_t sum : sums) look_at(sum);
  });
  return static_cast<double>(words.size() * sizeof(std::uint64_t)) / seconds;
}

// Half is copied to the other half: bytes read plus bytes written.
double bytes_copied_a_second(Words& words) {
  const std::size_t half = words.size() / 2;
  const double seconds = best_of(3, [&] {
    std::copy_n(words.begin(), half, words.begin() + static_cast<std::ptrdiff_t>(half));
    look_at(words[half]);
  });
  return static_cast<double>(2 * half * sizeof(std::uint64_t)) / seconds;
}

// Each address depends on what was read before: the latency of memory.
double dependent_lines_a_second(const Words& words) {
  constexpr std::uint64_t fetches = 4'000'000;
  const std::size_t mask = words.size() / words_a_line - 1;
  const double seconds = best_of(2, [&] {
    std::uint64_t line = 1;
    for (std::uint64_t i = 0; i < fetches; ++i) line = random_of(words[(line & mask) * words_a_line] + i);
    look_at(line);
  });
  return static_cast<double>(fetches) / seconds;
}

// All addresses are known beforehand, and lines are asked for early: what a table with prefetching could reach.
double independent_lines_a_second(const Words& words) {
  constexpr std::uint64_t fetches = 32'000'000;
  constexpr std::uint64_t ahead = 32;
  const std::size_t mask = words.size() / words_a_line - 1;
  const double seconds = best_of(2, [&] {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < fetches; ++i) {
      __builtin_prefetch(&words[(random_of(i + ahead) & mask) * words_a_line]);
      sum += words[(random_of(i) & mask) * words_a_line];
    }
    look_at(sum);
  });
  return static_cast<double>(fetches) / seconds;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const std::span<char*> given(arguments, static_cast<std::size_t>(argument_count));
  const std::size_t mebibytes = given.size() > 1 ? std::stoul(given[1]) : 1024;
  if (mebibytes == 0 || (mebibytes & (mebibytes - 1)) != 0) {
    fmt::print(stderr, "limit: MEBIBYTES must be a power of two\n");
    return 2;
  }
  Words words((mebibytes << 20) / sizeof(std::uint64_t));
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = random_of(i);
  const double read = bytes_read_a_second(words);
  const double dependent = dependent_lines_a_second(words);
  const double independent = independent_lines_a_second(words);
  const double copied = bytes_copied_a_second(words);
  fmt::print(R"({{"mebibytes": {}, "read": {:.0f}, "copied": {:.0f}, "dependent_lines": {:.0f}, "lines": {:.0f}}})"
             "\n",
             mebibytes, read, copied, dependent, independent);
}
