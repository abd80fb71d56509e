// Exact decimal numbers, as PostgreSQL's numeric: an integer of any size divided by ten to the power of a scale.
// 1.50 and 1.5 are the same number and print differently, as they do there. NaN and infinities are not supported.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gapless {

class BigInteger;  // defined in decimal.cc: Boost.Multiprecision stays behind this door and natural.h's

class Decimal {
 public:
  // numeric's limits: digits before the point, and after it.
  static constexpr int largest_whole_digits = 131072;
  static constexpr int largest_scale = 16383;

  Decimal() : Decimal(0) {}
  explicit Decimal(std::int64_t value);

  // "12.50", "-3", "1e3": what PostgreSQL accepts for numeric (without blanks around it); nullopt otherwise, also where
  // it exceeds the limits above.
  static std::optional<Decimal> parse(std::string_view text);

  int scale() const { return scale_; }  // digits after the point
  std::string to_string() const;        // with exactly scale() digits after the point
  bool is_zero() const;
  bool overflows() const;  // more than largest_whole_digits: a server answers "value overflows numeric format"
  std::optional<std::int64_t> to_int64() const;  // rounded half away from zero; nullopt where it does not fit

  Decimal operator-() const;
  friend Decimal operator+(const Decimal& a, const Decimal& b);
  friend Decimal operator-(const Decimal& a, const Decimal& b);
  friend Decimal operator*(const Decimal& a, const Decimal& b);
  // REQUIRES: b is not zero. The scale of the quotient is chosen as PostgreSQL does (numeric.c, select_div_scale:
  // at least 16 significant digits).
  friend Decimal divide(const Decimal& a, const Decimal& b);
  friend Decimal remainder(const Decimal& a, const Decimal& b);  // sign of a; REQUIRES: b is not zero

  // PostgreSQL's scale for whole exponents (power_var). REQUIRES: base is not zero where exponent is negative.
  // nullopt where the result has too many digits.
  friend std::optional<Decimal> power(const Decimal& base, int exponent);

  // Rounded half away from zero to `scale` digits after the point (which may be negative).
  Decimal round(int scale) const;
  Decimal trunc(int scale) const;  // towards zero
  Decimal floor() const;
  Decimal ceil() const;

  friend std::strong_ordering compare(const Decimal& a, const Decimal& b);  // by value: 1.50 is 1.5

  // Structural, for canonical order: by value, then by scale, so that 1.5 < 1.50 (they print differently).
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

 private:
  Decimal(std::shared_ptr<const BigInteger> unscaled, int scale);

  std::shared_ptr<const BigInteger> unscaled_;
  int scale_ = 0;
};

std::strong_ordering compare(const Decimal& a, const Decimal& b);
Decimal divide(const Decimal& a, const Decimal& b);
Decimal remainder(const Decimal& a, const Decimal& b);
std::optional<Decimal> power(const Decimal& base, int exponent);

}  // namespace gapless
