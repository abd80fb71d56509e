// Numbers as Redis reads and writes them: stricter than C for integers, exactly C's for floats.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace gapless::store::keyvalue {

// "10", "-3"; not "+3", "03", " 3", "-0".
std::optional<std::int64_t> read_integer(const std::string& text);
// What strtod and strtold read wholly, without leading space; "inf" is one, "nan" is none.
std::optional<double> read_double(const std::string& text);
std::optional<long double> read_long_double(const std::string& text);

std::string print_score(double score);        // 17 digits: 0.1 is 0.10000000000000001
std::string print_float(long double number);  // as INCRBYFLOAT does: 1.6, 300

}  // namespace gapless::store::keyvalue
