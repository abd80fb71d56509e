#include "report/numbers.h"

#include <doctest/doctest.h>

#include <string>

#include "base/check.h"

using namespace gapless::report;

TEST_CASE("counts of up to 15 digits are exact") {
  CHECK(readable_count("0") == "0");
  CHECK(readable_count("999") == "999");
  CHECK(readable_count("5606640") == "5,606,640");
  CHECK(readable_count("100000") == "100,000");
  CHECK(readable_count("999999999999999") == "999,999,999,999,999");
}

TEST_CASE("larger ones keep two digits, rounded") {
  CHECK(readable_count("1000000000000000") == "1.0 × 10^15");  // 16 digits
  CHECK(readable_count("6349999999999999") == "6.3 × 10^15");
  CHECK(readable_count("6350000000000000") == "6.4 × 10^15");
  CHECK(readable_count("9950000000000000") == "1.0 × 10^16");  // 9.95 is 10.0 when rounded
  CHECK(readable_count("9949999999999999") == "9.9 × 10^15");
  CHECK(readable_count("63" + std::string(137, '0')) == "6.3 × 10^138");
}

TEST_CASE("a share is never 0 or 100 unless exactly so") {
  CHECK(share("4", "6") == "66.7 %");
  CHECK(share("84", "90") == "93.3 %");
  CHECK(share("0", "6") == "0 %");
  CHECK(share("6", "6") == "100 %");
  CHECK(share("2352", "2376") == "99.0 %");          // 98.99
  CHECK(share("96480", "96600") == "99.9 %");        // 99.876
  CHECK(share("5605920", "5606640") == "> 99.9 %");  // 99.987
  CHECK(share("1", "1001") == "< 0.1 %");
  CHECK(share("1" + std::string(100, '0'), "4" + std::string(100, '0')) == "25.0 %");
  CHECK(share("1", "4" + std::string(400, '0')) == "< 0.1 %");
}

TEST_CASE("a share that is a number") {
  CHECK(percent(0) == "0 %");
  CHECK(percent(1) == "100 %");
  CHECK(percent(0.5) == "50.0 %");
  CHECK(percent(0.00001) == "< 0.1 %");
  CHECK(percent(0.99999) == "> 99.9 %");
}

TEST_CASE("what is no count is our mistake") {
  CHECK_THROWS_AS(readable_count(""), gapless::InternalError);
  CHECK_THROWS_AS(readable_count("12a"), gapless::InternalError);
  CHECK_THROWS_AS(readable_count("012"), gapless::InternalError);
  CHECK_THROWS_AS(share("1", "0"), gapless::InternalError);
}
