// The expected values were printed by PostgreSQL 15, digit for digit: the scale of a result is part of it.
#include "base/decimal.h"

#include <doctest/doctest.h>

#include <limits>

namespace gapless {
namespace {

Decimal number(std::string_view text) {
  const auto result = Decimal::parse(text);
  REQUIRE_MESSAGE(result.has_value(), text);
  return *result;
}

TEST_CASE("reading keeps the scale that was written, and an exponent moves the point") {
  struct Case {
    const char* text;
    const char* printed;
  };
  for (const auto& [text, printed] :
       {Case{"0", "0"}, Case{"12.50", "12.50"}, Case{"-3", "-3"}, Case{"1e3", "1000"}, Case{"1.5e1", "15"},
        Case{"1e-3", "0.001"}, Case{".5", "0.5"}, Case{"5.", "5"}, Case{"-0.00", "0.00"}, Case{"+7", "7"},
        Case{"0012", "12"}, Case{"-.05", "-0.05"}, Case{"1E+2", "100"}, Case{"089", "89"}}) {
    CAPTURE(text);
    CHECK(number(text).to_string() == printed);
  }
}

TEST_CASE("what is no number is refused, and what would fill the memory too") {
  for (const char* text : {"", "-", ".", "abc", "1,5", "1.2.3", "1e", "e5", "1e1.5", " 1", "1 ", "0x10", "NaN", "--1",
                           "1e999999", "1e-999999", "1e131073", "1e+-3", "9999999999e131071"}) {
    CAPTURE(text);
    CHECK_FALSE(Decimal::parse(text).has_value());
  }
  CHECK(number("1e131071").to_string().size() == 131072);
}

TEST_CASE("sums take the larger scale, products add the scales up") {
  CHECK((number("0.1") + number("0.25")).to_string() == "0.35");
  CHECK((number("1.10") - number("1.1")).to_string() == "0.00");
  CHECK((number("1.50") * number("2.5")).to_string() == "3.750");
  CHECK((-number("1.50")).to_string() == "-1.50");
  CHECK((number("99999999999999999999") + number("1")).to_string() == "100000000000000000000");
}

TEST_CASE("a quotient has at least 16 significant digits, in groups of four") {
  struct Case {
    const char* a;
    const char* b;
    const char* quotient;
  };
  for (const auto& [a, b, quotient] :
       {Case{"1", "3.0", "0.33333333333333333333"}, Case{"2", "3.0", "0.66666666666666666667"},
        Case{"10.0", "4", "2.5000000000000000"}, Case{"100", "3.00", "33.3333333333333333"},
        Case{"1000000", "3.0", "333333.333333333333"}, Case{"12345678.9", "0.0001", "123456789000.00000000"},
        Case{"0.0001", "12345678.9", "0.0000000000081000000737100007"}, Case{"0", "3.0", "0.00000000000000000000"},
        Case{"-7", "2.0", "-3.5000000000000000"}, Case{"1", "3.000000000000000000000", "0.333333333333333333333"},
        Case{"99999999", "9999.0", "10001.0000000000000000"}, Case{"1e20", "3", "33333333333333333333"},
        Case{"0.00000001", "3", "0.0000000033333333333333333333"}, Case{"5.0", "5", "1.00000000000000000000"},
        Case{"10000", "1.0", "10000.0000000000000000"}, Case{"9999", "10000.0", "0.99990000000000000000"}}) {
    CAPTURE(a);
    CAPTURE(b);
    CHECK(divide(number(a), number(b)).to_string() == quotient);
  }
}

TEST_CASE("the remainder has the sign of the dividend") {
  CHECK(remainder(number("7.5"), number("2")).to_string() == "1.5");
  CHECK(remainder(number("-7.5"), number("2")).to_string() == "-1.5");
  CHECK(remainder(number("7.5"), number("-2.25")).to_string() == "0.75");
}

TEST_CASE("rounding is half away from zero; floor, ceil and trunc are not") {
  CHECK(number("2.5").round(0).to_string() == "3");
  CHECK(number("-2.5").round(0).to_string() == "-3");
  CHECK(number("2.4999").round(0).to_string() == "2");
  CHECK(number("1.005").round(2).to_string() == "1.01");
  CHECK(number("1.5").round(3).to_string() == "1.500");
  CHECK(number("1234.5").round(-2).to_string() == "1200");
  CHECK(number("1250").round(-2).to_string() == "1300");
  CHECK(number("-1.59").trunc(1).to_string() == "-1.5");
  CHECK(number("1299").trunc(-2).to_string() == "1200");
  CHECK(number("-1.5").floor().to_string() == "-2");
  CHECK(number("-1.5").ceil().to_string() == "-1");
  CHECK(number("1.2").ceil().to_string() == "2");
  CHECK(number("1.0").floor().to_string() == "1");
}

TEST_CASE("powers with whole exponents") {
  CHECK(power(number("2.0"), 3)->to_string() == "8.0000000000000000");
  CHECK(power(number("-5.201736"), 9)->to_string() == "-2788269.5941784726688297");
  CHECK(power(number("9.90"), -6)->to_string() == "0.0000010621572857");
  CHECK(power(number("2.00"), 0)->to_string() == "1.0000000000000000");
  CHECK(power(number("-1"), std::numeric_limits<int>::max())->to_string() == "-1.0000000000000000");
  CHECK_FALSE(power(number("10"), 1'000'000).has_value());
}

TEST_CASE("to 64 bits: rounded, and nothing where it does not fit") {
  CHECK(number("2.5").to_int64() == 3);
  CHECK(number("-9223372036854775808").to_int64() == std::numeric_limits<std::int64_t>::min());
  CHECK(number("9223372036854775807.4").to_int64() == std::numeric_limits<std::int64_t>::max());
  CHECK_FALSE(number("9223372036854775807.5").to_int64().has_value());
  CHECK(Decimal(std::numeric_limits<std::int64_t>::min()).to_string() == "-9223372036854775808");
}

TEST_CASE("1.50 is 1.5 by value, but not by structure") {
  CHECK(compare(number("1.50"), number("1.5")) == 0);
  CHECK(number("1.50") != number("1.5"));
  CHECK(number("1.5") < number("1.50"));
  CHECK(number("1.50") < number("1.6"));
  CHECK(number("-2") < number("-1.5"));
  CHECK(compare(number("-2"), number("-1.99")) < 0);
  CHECK(number("0.00").is_zero());
}

TEST_CASE("131,072 digits are the most that numeric holds before the point") {
  const Decimal largest = number("1e131071");
  CHECK_FALSE(largest.overflows());
  CHECK((largest * number("9.99")).overflows() == false);
  CHECK((largest * number("10")).overflows());
}

}  // namespace
}  // namespace gapless
