// Counts for people. The exact digits are in the JSON.
#pragma once

#include <string>
#include <string_view>

namespace gapless::report {

// "5,606,640"; from 16 digits on "6.3 × 10^138". REQUIRES: decimal digits without leading zeros.
std::string readable_count(std::string_view digits);

// The share of `part` in `whole` in per cent: "66.7 %". Never 0 or 100 unless exactly so: "< 0.1 %", "> 99.9 %".
// REQUIRES: as above, and whole is not 0.
std::string share(std::string_view part, std::string_view whole);

// The same of a number between 0 and 1.
std::string percent(double share);

}  // namespace gapless::report
