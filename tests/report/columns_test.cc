#include "report/columns.h"

#include <doctest/doctest.h>

#include "base/check.h"

using namespace gapless::report;
using Lines = std::vector<std::string>;

TEST_CASE("width counts characters, not bytes") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("→ é…") == 4);
  CHECK(display_width("日本") == 4);              // two columns each
  CHECK(display_width("e\xCC\x81") == 1);         // e and a combining acute accent
  CHECK(display_width("\xF0\x9F\x92\xB0") == 2);  // money bag
  CHECK(display_width("\xFF\x80") == 2);          // bytes that begin no character
  CHECK(display_width("\xE2\x86") == 2);          // an arrow cut off
}

TEST_CASE("text breaks at blanks") {
  CHECK(wrap("SELECT balance FROM users", 14) == Lines{"SELECT balance", "FROM users"});
  CHECK(wrap("SELECT balance FROM users", 13) == Lines{"SELECT", "balance FROM", "users"});
  CHECK(wrap("a   b", 10) == Lines{"a b"});
  CHECK(wrap("", 10) == Lines{""});
  CHECK(wrap("   ", 10) == Lines{""});
}

TEST_CASE("a word that is too wide breaks within") {
  CHECK(wrap("abcdefgh", 3) == Lines{"abc", "def", "gh"});
  CHECK(wrap("x abcdefgh y", 4) == Lines{"x", "abcd", "efgh", "y"});
  CHECK(wrap("日本語", 5) == Lines{"日本", "語"});
  CHECK(wrap("日本", 1) == Lines{"日", "本"});  // cannot fit, but must not hang
  CHECK(wrap("éééé", 2) == Lines{"éé", "éé"});
}

TEST_CASE("shortening and padding") {
  CHECK(shortened("abcdef", 6) == "abcdef");
  CHECK(shortened("abcdef", 5) == "abcd…");
  CHECK(padded("→", 3) == "→  ");
  CHECK(padded_left("→", 3) == "  →");
  CHECK(padded("long", 2) == "long");
}

TEST_CASE("control characters cannot reach the terminal") { CHECK(printable("a\nb\x1b[31m\tc\x7F") == "a b [31m c "); }

TEST_CASE("a row has as many lines as its tallest cell, and no trailing blanks") {
  const std::vector<Column> columns = {{3, true}, {5}, {4}};
  CHECK(row_text({{{"1"}}, {{"one"}, {"two"}}, {}}, columns, "> ", false) == ">   1  one\n>      two\n");
  CHECK(row_text({{{"12"}}, {}, {{"end"}}}, columns, "", false) == " 12         end\n");
  CHECK(row_text({{}, {}, {}}, columns, "> ", false).empty());
  CHECK_THROWS_AS(row_text({{{"1234"}}, {}, {}}, columns, "", false), gapless::InternalError);
  CHECK_THROWS_AS(row_text({{}}, columns, "", false), gapless::InternalError);
}

TEST_CASE("colours do not count as width") {
  CHECK(row_text({{{"a", Style::red}}, {{"b"}}}, {{3}, {1}}, "", true) == "\x1b[31ma\x1b[0m    b\n");
  CHECK(row_text({{{"a", Style::red}}, {{"b"}}}, {{3}, {1}}, "", false) == "a    b\n");
  CHECK(styled("", Style::red, true).empty());
}
