// Two versions of a text that differ in white space only, as `diff -u` would show them.
#pragma once

#include <string>
#include <string_view>

namespace gapless::cli {

// Of the file `name`, such that `patch` makes `after` of `before`; empty where they are equal.
std::string difference(std::string_view name, std::string_view before, std::string_view after);

}  // namespace gapless::cli
