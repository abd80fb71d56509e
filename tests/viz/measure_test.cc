#include "viz/measure.h"

#include <doctest/doctest.h>

using namespace gapless::viz;
using Lines = std::vector<std::string>;

TEST_CASE("widths are those of DejaVu Sans") {
  // i 278, W 989, blank 318 thousandths; 10 points.
  CHECK(text_width("i", 10, false) == doctest::Approx(2.78));
  CHECK(text_width("W i", 10, false) == doctest::Approx(9.89 + 3.18 + 2.78));
  CHECK(text_width("i", 10, true) == doctest::Approx(2.78 * 1.14));
  CHECK(text_width("…", 10, false) == doctest::Approx(10));
  CHECK(text_width("~", 10, false) == doctest::Approx(8.38));
}

TEST_CASE("text breaks at blanks and ends in … where lines run out") {
  // iii is 8.34 points wide, "iii iii" 8.34 + 3.18 + 8.34 = 19.86
  CHECK(wrap("iii iii iii", 19.9, 10, false, 4) == Lines{"iii iii", "iii"});
  CHECK(wrap("iii iii iii", 19.8, 10, false, 4) == Lines{"iii", "iii", "iii"});
  CHECK(wrap("iii iii iii", 19.8, 10, false, 2) == Lines{"iii", "iii…"});
  CHECK(wrap("iii iii iii", 13, 10, false, 2) == Lines{"iii", "i…"});  // 2.78 + 10 fits, 5.56 + 10 does not
  CHECK(wrap("", 10, 10, false, 1).empty());
}

TEST_CASE("a word that is too wide breaks within") {
  CHECK(wrap("iiiii", 6, 10, false, 9) == Lines{"ii", "ii", "i"});
  CHECK(wrap("WW", 1, 10, false, 9) == Lines{"W", "W"});  // cannot fit, but must not hang
}

TEST_CASE("what XML could not hold does not get through") {
  CHECK(wrap("a\x1b[0m\nb", 1000, 10, false, 1) == Lines{"a [0m b"});
  CHECK(wrap("a\xFFz\xE2\x86", 1000, 10, false, 1) == Lines{"a?z??"});
  CHECK(wrap("\xED\xA0\x80|\xC0\xAF|\xF5\x80\x80\x80", 1000, 10, false, 1) == Lines{"???|??|????"});
  CHECK(wrap("é → 日", 1000, 10, false, 1) == Lines{"é → 日"});
}
