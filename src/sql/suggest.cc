// "Did you mean": the nearest candidate by Levenshtein's distance, if it is near enough to be a slip of the finger.
#include <algorithm>
#include <numeric>
#include <vector>

#include "sql/bind.h"

namespace gapless::sql {

namespace {

// Rows of the usual table, one at a time: row[j] is the distance of the first i characters of a to the first j of b.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

bool is_same_but_for_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::string did_you_mean(std::string_view wanted, std::span<const std::string> candidates) {
  constexpr std::size_t longest = 100;  // longer names are no slips, and the table grows with the square
  if (wanted.size() > longest) return "";
  std::string best;
  // One slip in a short name, one for each three characters in a longer one.
  std::size_t nearest = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    if (candidate.size() > longest || candidate == wanted) continue;
    const std::size_t steps = is_same_but_for_case(wanted, candidate) ? 1 : distance(wanted, candidate);
    if (steps >= nearest || steps >= candidate.size()) continue;
    nearest = steps;
    best = candidate;
  }
  return best;
}

}  // namespace gapless::sql
