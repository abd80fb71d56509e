// Comparison with stored files. GAPLESS_REWRITE_GOLDEN=1 rewrites them instead of comparing (and says so): look at the
// difference before you commit it.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace gapless::testing {

// `folder` is the test's source folder, given by Meson.
inline void check_golden(const std::string& folder, const std::string& name, const std::string& actual) {
  const auto path = folder + "/golden/" + name;
  if (const char* rewrite = std::getenv("GAPLESS_REWRITE_GOLDEN"); rewrite != nullptr && *rewrite == '1') {
    std::ofstream(path, std::ios::binary) << actual;
    MESSAGE("rewrote " << path);
    return;
  }
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file, "no golden file " << path);
  const std::string expected{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CHECK(actual == expected);
}

}  // namespace gapless::testing
