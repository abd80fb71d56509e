// An integer of any size (Boost.Multiprecision) and a scale. Scales follow PostgreSQL's numeric.c, since a scale shows
// when a number is printed: sums take the larger one, products add them up, quotients get at least 16 significant
// digits.
#include "base/decimal.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

#include "base/check.h"

namespace gapless {

class BigInteger {
 public:
  // Without expression templates: their types get in the way more than they save here.
  using Number = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>, boost::multiprecision::et_off>;
  Number number;
};

namespace {

using Integer = BigInteger::Number;

// numeric.c: NUMERIC_MIN_SIG_DIGITS, DEC_DIGITS (a "digit" there counts to 10,000), NUMERIC_MAX_DISPLAY_SCALE.
constexpr int least_significant_digits = 16;
constexpr int group_digits = 4;
constexpr int largest_display_scale = 1000;

std::shared_ptr<const BigInteger> share(Integer number) {
  return std::make_shared<const BigInteger>(BigInteger{std::move(number)});
}

Integer power_of_ten(int exponent) {
  check(exponent >= 0, "a power of ten is a whole number");
  constexpr int small = 18;  // 10^18 is the largest power of ten in 64 bits
  std::int64_t result = 1;
  for (int i = 0; i < std::min(exponent, small); ++i) result *= 10;
  if (exponent <= small) return result;
  return boost::multiprecision::pow(Integer(10), static_cast<unsigned>(exponent));
}

// a / b, rounded half away from zero.
Integer rounded_quotient(const Integer& a, const Integer& b) {
  Integer quotient;
  Integer rest;
  boost::multiprecision::divide_qr(a, b, quotient, rest);
  if (2 * abs(rest) >= abs(b)) quotient += (a < 0) == (b < 0) ? 1 : -1;
  return quotient;
}

// The number as an integer with `to` instead of `from` digits after the point.
Integer rescaled(const Integer& number, int from, int to) {
  if (to == from) return number;
  return to > from ? Integer(number * power_of_ten(to - from)) : rounded_quotient(number, power_of_ten(from - to));
}

// The quotient towards minus infinity.
Integer floor_quotient(const Integer& a, const Integer& b) {
  Integer quotient;
  Integer rest;
  boost::multiprecision::divide_qr(a, b, quotient, rest);
  if (rest != 0 && (rest < 0) != (b < 0)) quotient -= 1;
  return quotient;
}

std::strong_ordering order(const Integer& a, const Integer& b) {
  const int sign = a.compare(b);
  return sign < 0 ? std::strong_ordering::less : sign > 0 ? std::strong_ordering::greater : std::strong_ordering::equal;
}

// The first base-10,000 digit and its place, as numeric.c keeps them: value = first * 10,000^weight + …
struct Leading {
  int weight = 0;
  int first = 0;
};

Leading leading(const Integer& number, int scale) {
  if (number == 0) return {};
  const std::string digits = abs(number).str();
  const int highest = static_cast<int>(digits.size()) - 1 - scale;  // the first digit stands for 10^highest
  const int weight = highest >= 0 ? highest / group_digits : -((-highest + group_digits - 1) / group_digits);
  const int wanted = highest - weight * group_digits + 1;
  int first = 0;
  for (int i = 0; i < wanted; ++i) {
    first = first * 10 + (i < static_cast<int>(digits.size()) ? digits[static_cast<std::size_t>(i)] - '0' : 0);
  }
  return {weight, first};
}

// numeric.c: select_div_scale.
int quotient_scale(const Leading& a, const Leading& b, int scale_a, int scale_b) {
  int weight = a.weight - b.weight;
  if (a.first <= b.first) --weight;
  const int scale = std::max({least_significant_digits - weight * group_digits, scale_a, scale_b, 0});
  return std::min(scale, largest_display_scale);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Decimal::Decimal(std::int64_t value) : unscaled_(share(value)) {}

Decimal::Decimal(std::shared_ptr<const BigInteger> unscaled, int scale)
    : unscaled_(std::move(unscaled)), scale_(scale) {
  check(scale_ >= 0, "a scale is never negative");
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);

  std::string digits;
  int scale = 0;
  bool point = false;
  while (!text.empty() && (is_digit(text.front()) || (text.front() == '.' && !point))) {
    if (text.front() == '.') {
      point = true;
    } else {
      digits += text.front();
      if (point) ++scale;
    }
    text.remove_prefix(1);
  }
  if (digits.empty()) return std::nullopt;

  if (!text.empty()) {
    if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
    text.remove_prefix(1);
    if (text.size() > 1 && text.front() == '+' && is_digit(text[1])) text.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (std::abs(exponent) > largest_whole_digits) return std::nullopt;  // before anything of that size is built
    scale -= exponent;
  }
  if (scale > largest_scale || static_cast<int>(digits.size()) - scale > largest_whole_digits) return std::nullopt;
  if (scale < 0) {
    digits.append(static_cast<std::size_t>(-scale), '0');
    scale = 0;
  }
  // A leading zero would make Boost read an octal number.
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  Integer number(digits);
  if (negative) number = -number;
  return Decimal(share(std::move(number)), scale);
}

std::string Decimal::to_string() const {
  std::string digits = abs(unscaled_->number).str();
  const auto scale = static_cast<std::size_t>(scale_);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, 1, '.');
  return unscaled_->number < 0 ? "-" + digits : digits;
}

bool Decimal::is_zero() const { return unscaled_->number.is_zero(); }

std::optional<std::int64_t> Decimal::to_int64() const {
  const Integer whole = rescaled(unscaled_->number, scale_, 0);
  if (whole < std::numeric_limits<std::int64_t>::min() || whole > std::numeric_limits<std::int64_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(whole);
}

bool Decimal::overflows() const {
  const Integer whole = abs(unscaled_->number) / power_of_ten(scale_);
  // 0.30 < log10(2): a number of that many bits has at most 131,072 digits, and the exact test is not needed.
  if (whole == 0 || msb(whole) < static_cast<unsigned>(largest_whole_digits) * 3U) return false;
  return whole >= power_of_ten(largest_whole_digits);
}

Decimal Decimal::operator-() const { return {share(-unscaled_->number), scale_}; }

Decimal operator+(const Decimal& a, const Decimal& b) {
  const int scale = std::max(a.scale_, b.scale_);
  return {share(rescaled(a.unscaled_->number, a.scale_, scale) + rescaled(b.unscaled_->number, b.scale_, scale)),
          scale};
}

Decimal operator-(const Decimal& a, const Decimal& b) {
  const int scale = std::max(a.scale_, b.scale_);
  return {share(rescaled(a.unscaled_->number, a.scale_, scale) - rescaled(b.unscaled_->number, b.scale_, scale)),
          scale};
}

Decimal operator*(const Decimal& a, const Decimal& b) {
  const Decimal product(share(a.unscaled_->number * b.unscaled_->number), a.scale_ + b.scale_);
  return product.scale_ <= Decimal::largest_scale ? product : product.round(Decimal::largest_scale);
}

Decimal divide(const Decimal& a, const Decimal& b) {
  check(!b.is_zero(), "a divisor is not zero");
  const Integer& x = a.unscaled_->number;
  const Integer& y = b.unscaled_->number;
  const int scale = quotient_scale(leading(x, a.scale_), leading(y, b.scale_), a.scale_, b.scale_);
  // (x / 10^sa) / (y / 10^sb) * 10^scale; scale + sb >= sa, because scale >= sa.
  return {share(rounded_quotient(x * power_of_ten(scale + b.scale_ - a.scale_), y)), scale};
}

Decimal remainder(const Decimal& a, const Decimal& b) {
  check(!b.is_zero(), "a divisor is not zero");
  const int scale = std::max(a.scale_, b.scale_);
  return {share(rescaled(a.unscaled_->number, a.scale_, scale) % rescaled(b.unscaled_->number, b.scale_, scale)),
          scale};
}

std::optional<Decimal> power(const Decimal& base, int exponent) {
  const Integer& number = base.unscaled_->number;
  check(!base.is_zero() || exponent >= 0, "zero has no negative power");
  // numeric.c: power_var chooses this scale for whole exponents, whatever the size of the result.
  const int scale = std::min(std::max(least_significant_digits, base.scale_), largest_display_scale);
  const auto times = static_cast<unsigned>(std::abs(static_cast<std::int64_t>(exponent)));
  if (base.scale_ == 0 && abs(number) <= 1) {  // settled by the parity, however large the exponent is
    const Integer result = times == 0 ? Integer(1) : times % 2 == 0 ? Integer(number * number) : number;
    return Decimal(share(result * power_of_ten(scale)), scale);
  }
  // Exact, then rounded. More digits than the limit on numeric needs, but few enough to be quick.
  constexpr double most_digits = 200'000;
  if (static_cast<double>(abs(number).str().size()) * times > most_digits) return std::nullopt;
  const Integer raised = pow(number, times);
  const int raised_scale = base.scale_ * static_cast<int>(times);
  if (exponent >= 0) return Decimal(share(rescaled(raised, raised_scale, scale)), scale);
  return Decimal(share(rounded_quotient(power_of_ten(raised_scale + scale), raised)), scale);
}

Decimal Decimal::round(int scale) const {
  if (scale >= 0) return {share(rescaled(unscaled_->number, scale_, scale)), scale};
  return {share(rescaled(unscaled_->number, scale_, scale) * power_of_ten(-scale)), 0};
}

Decimal Decimal::trunc(int scale) const {
  if (scale >= scale_) return round(scale);
  const Integer whole = unscaled_->number / power_of_ten(scale_ - scale);
  return scale >= 0 ? Decimal(share(whole), scale) : Decimal(share(whole * power_of_ten(-scale)), 0);
}

Decimal Decimal::floor() const { return {share(floor_quotient(unscaled_->number, power_of_ten(scale_))), 0}; }

Decimal Decimal::ceil() const { return {share(-floor_quotient(-unscaled_->number, power_of_ten(scale_))), 0}; }

std::strong_ordering compare(const Decimal& a, const Decimal& b) {
  const int scale = std::max(a.scale_, b.scale_);
  if (a.scale_ == b.scale_) return order(a.unscaled_->number, b.unscaled_->number);
  return order(rescaled(a.unscaled_->number, a.scale_, scale), rescaled(b.unscaled_->number, b.scale_, scale));
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const auto by_value = compare(a, b);
  return by_value != 0 ? by_value : a.scale_ <=> b.scale_;
}

}  // namespace gapless
