#include "base/source.h"

#include <doctest/doctest.h>

namespace gapless {
namespace {

TEST_CASE("a diagnostic counts lines and columns from 1, columns in characters") {
  const Source source = make_source("models/x.gap", "first\nzwölf = 3\nlast");
  const auto diagnostic = diagnostic_at(*source, 13, "no such thing");  // the '=': f-i-r-s-t-\n is 6, zwölf is 6 bytes
  CHECK(diagnostic == Diagnostic{"models/x.gap", 2, 7, "no such thing", "zwölf = 3"});
  CHECK(to_string(diagnostic) == "models/x.gap:2:7: no such thing\n  zwölf = 3\n        ^");
}

TEST_CASE("positions at the edges: the first byte, a newline, the end, beyond the end") {
  const Source source = make_source("x", "ab\n\ncd");
  CHECK(diagnostic_at(*source, 0, "").column == 1);
  CHECK(diagnostic_at(*source, 2, "").line == 1);
  CHECK(diagnostic_at(*source, 3, "").line == 2);
  CHECK(diagnostic_at(*source, 3, "").source_line.empty());
  CHECK(diagnostic_at(*source, 6, "").line == 3);
  CHECK(diagnostic_at(*source, 6, "").column == 3);
  CHECK(diagnostic_at(*source, 1000, "").column == 3);
}

TEST_CASE("a quoted line is short and printable, whatever the file holds") {
  const Source source = make_source("x", std::string("a\tb\0c", 5) + std::string(10'000, 'x'));
  const auto diagnostic = diagnostic_at(*source, 0, "");
  CHECK(diagnostic.source_line.size() == 200);
  CHECK(diagnostic.source_line.substr(0, 6) == "a b cx");
}

TEST_CASE("a ModelError carries its diagnostic as text") {
  const Source source = make_source("x", "SELECT 1");
  const ModelError error(*source, 7, "wrong");
  CHECK(std::string(error.what()) == "x:1:8: wrong\n  SELECT 1\n         ^");
}

}  // namespace
}  // namespace gapless
