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
  CHECK(diagnostic.source_line == "a b c" + std::string(195, 'x') + "…");
}

TEST_CASE("of a long line the characters around the column are quoted, and the caret is under the right one") {
  const auto shown = [](const std::string& line, Offset at) {
    const Source source = make_source("x", line);
    return to_string(diagnostic_at(*source, at, "wrong"));
  };
  const auto repeated = [](std::string_view text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
  };
  // The 200th character is the last that the beginning shows; from the 201st on there are 100 in front.
  CHECK(shown(std::string(199, 'a') + "!" + std::string(300, 'b'), 199) ==
        "x:1:200: wrong\n  " + std::string(199, 'a') + "!…\n  " + std::string(199, ' ') + "^");
  CHECK(shown(std::string(200, 'a') + "!" + std::string(300, 'b'), 200) ==
        "x:1:201: wrong\n  …" + std::string(100, 'a') + "!" + std::string(99, 'b') + "…\n  " + std::string(101, ' ') +
            "^");
  CHECK(shown(std::string(5000, 'a') + "!b", 5000) ==
        "x:1:5001: wrong\n  …" + std::string(100, 'a') + "!b\n  " + std::string(101, ' ') + "^");
  // Characters, not bytes.
  CHECK(shown(repeated("ä", 5000) + "!" + repeated("€", 200), 10'000) ==
        "x:1:5001: wrong\n  …" + repeated("ä", 100) + "!" + repeated("€", 99) + "…\n  " + std::string(101, ' ') + "^");
  // The end of a long line, and bytes that are no characters at all.
  CHECK(shown(std::string(300, 'a'), 300) ==
        "x:1:301: wrong\n  …" + std::string(100, 'a') + "\n  " + std::string(101, ' ') + "^");
  CHECK(shown(repeated("\x80", 100'000), 100'000).size() < 100);
}

TEST_CASE("a message that quotes too much loses its middle") {
  const Source source = make_source("x", "SELECT 1");
  const auto message = [&](const std::string& text) { return diagnostic_at(*source, 0, text).message; };
  CHECK(message(std::string(500, 'a')) == std::string(500, 'a'));
  CHECK(message(std::string(400, 'a') + std::string(101, 'b')) ==
        std::string(300, 'a') + " … " + std::string(100, 'b'));
  CHECK(message("ä" + std::string(500, 'a') + "ö") == "ä" + std::string(299, 'a') + " … " + std::string(99, 'a') + "ö");
}

TEST_CASE("a ModelError carries its diagnostic as text") {
  const Source source = make_source("x", "SELECT 1");
  const ModelError error(*source, 7, "wrong");
  CHECK(std::string(error.what()) == "x:1:8: wrong\n  SELECT 1\n         ^");
}

}  // namespace
}  // namespace gapless
