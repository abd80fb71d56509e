// Counts come as decimal digits of any length; leading digits and an exponent are all that people need of them.
#include "report/numbers.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace gapless::report {
namespace {

bool is_count(std::string_view digits) {
  return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos &&
         (digits == "0" || digits.front() != '0');
}

std::string with_separators(std::string_view digits) {
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

// Two digits, rounded half up at the third.
std::string in_powers_of_ten(std::string_view digits) {
  auto exponent = digits.size() - 1;
  int leading = (digits[0] - '0') * 10 + (digits[1] - '0') + (digits[2] >= '5' ? 1 : 0);
  if (leading == 100) {
    leading = 10;
    ++exponent;
  }
  return fmt::format("{}.{} × 10^{}", leading / 10, leading % 10, exponent);
}

// The first digits as a fraction 0.ddd…; the number is this times ten to the power of its length.
double fraction(std::string_view digits) {
  double value = 0;
  double weight = 0.1;
  for (const char digit : digits.substr(0, 17)) {
    value += (digit - '0') * weight;
    weight /= 10;
  }
  return value;
}

// Neither 0 nor 100, so never said to be.
std::string of_hundred(double percent) {
  if (percent < 0.1) return "< 0.1 %";
  if (percent > 99.9) return "> 99.9 %";
  return fmt::format("{:.1f} %", percent);
}

}  // namespace

std::string readable_count(std::string_view digits) {
  check(is_count(digits), "a count is decimal digits");
  constexpr std::size_t longest_exact = 15;
  return digits.size() <= longest_exact ? with_separators(digits) : in_powers_of_ten(digits);
}

std::string share(std::string_view part, std::string_view whole) {
  check(is_count(part) && is_count(whole) && whole != "0", "a share is of two counts");
  if (part == "0") return "0 %";
  if (part == whole) return "100 %";
  const auto shift = static_cast<double>(part.size()) - static_cast<double>(whole.size());
  return of_hundred(100 * fraction(part) / fraction(whole) * std::pow(10.0, shift));
}

std::string percent(double share) {
  check(share >= 0 && share <= 1, "a share is between 0 and 1");
  if (share == 0) return "0 %";
  if (share == 1) return "100 %";
  return of_hundred(100 * share);
}

}  // namespace gapless::report
