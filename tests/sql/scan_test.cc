#include <doctest/doctest.h>

#include "bank.h"
#include "sql/scan.h"

namespace gapless::sql {

namespace {

// What lies before the end that is found; or the complaint.
std::string until(std::string text, std::string_view stops) {
  const Source source = make_source("x", std::move(text));
  std::string found;
  const auto complaint = complaint_of([&] { found = source->text.substr(0, find_end(source, 0, stops)); });
  return complaint == "no complaint" ? found : complaint;
}

}  // namespace

TEST_CASE("an end is not found inside strings, names, comments, dollar quotes and parentheses") {
  CHECK(until("SELECT 1; SELECT 2", ";") == "SELECT 1");
  CHECK(until("SELECT ';' || 'it''s;'; x", ";") == "SELECT ';' || 'it''s;'");
  CHECK(until("SELECT \";\"; x", ";") == "SELECT \";\"");
  CHECK(until("SELECT E'\\';'; x", ";") == "SELECT E'\\';'");
  CHECK(until("SELECT $a$;$b$;$a$; x", ";") == "SELECT $a$;$b$;$a$");
  CHECK(until("a -- ;\n b /* ; /* ; */ ; */; x", ";") == "a -- ;\n b /* ; /* ; */ ; */");
  CHECK(until("user.balance < amount { respond 400; }", "{") == "user.balance < amount ");
  CHECK(until("f(a, b), c", ",)") == "f(a, b)");
  CHECK(until("a[1, 2]) x", ",)") == "a[1, 2]");
  CHECK(until("SELECT 1", ";") == "SELECT 1");
  CHECK(until("", ";").empty());
}

TEST_CASE("what follows the end may be anything") {
  CHECK(until("SELECT 1; don't", ";") == "SELECT 1");
  CHECK(until("a { \"\" 1x \\ '", "{") == "a ");
  CHECK(until("SELECT 1; \xff\xfe", ";") == "SELECT 1");
  CHECK(until(std::string("SELECT 1;\0x", 11), ";") == "SELECT 1");
  // The window of 512 bytes ends within a string, a character and a comment.
  for (std::size_t pad = 500; pad < 520; ++pad) {
    const std::string text = "SELECT '" + std::string(pad, 'x') + ";é' /* ; */";
    CHECK(until(text + "; y", ";") == text);
  }
}

TEST_CASE("what never ends is refused where it begins") {
  CHECK(until("SELECT 'abc; x", ";") == "1:8: unterminated quoted string at or near \"'abc; x\"");
  CHECK(until("a\n /* b; ", ";") == "2:2: unterminated /* comment at or near \"/* b; \"");
  // At most 40 characters, and of one line only, are quoted.
  const std::string forty = "'" + std::string(37, 'x') + "äö";
  CHECK(until("SELECT " + forty, ";") == "1:8: unterminated quoted string at or near \"" + forty + "\"");
  CHECK(until("SELECT " + forty + "é", ";") == "1:8: unterminated quoted string at or near \"" + forty + "…\"");
  CHECK(until("SELECT 'abc\nx", ";") == "1:8: unterminated quoted string at or near \"'abc…\"");
  CHECK(until("é SELECT (1 + (2) ", ";") == "1:10: '(' is never closed");
  CHECK(until("SELECT (1; UPDATE", ";") == "1:8: '(' is never closed");
  CHECK(until("SELECT 1); x", ";") == "1:9: ')' closes nothing");
  CHECK(until("SELECT (1]; x", ";") == "1:10: ']' closes nothing");
  CHECK(until("SELECT \xff; x", ";") == "1:8: this is not valid UTF-8");
  CHECK(until(std::string("SELECT \0; x", 11), ";") == "1:8: a zero byte");
  CHECK(until(std::string(40'000, 'x') + ";", ";") ==
        "1:1: a statement longer than 32768 bytes, or its end is missing");
  CHECK(until("SELECT '" + std::string(40'000, 'x') + "';", ";").starts_with("1:8: unterminated quoted string"));
}

TEST_CASE("nothing is looked for beyond the limit") {
  const Source source = make_source("x", "SELECT 1 } ' ;");
  CHECK(find_end(source, 0, ";", 9) == 9);
  CHECK(find_end(source, 7, "}", 14) == 9);
}

TEST_CASE("white space and comments fold to single blanks, strings stay") {
  CHECK(fold_space("  SELECT\n\t1 -- one\n + 2/* two */+3 ") == "SELECT 1 + 2 +3");
  CHECK(fold_space("a/**/b") == "a b");
  CHECK(fold_space("'a  b'  ,  \"c  d\"") == "'a  b' , \"c  d\"");
  CHECK(fold_space("  'broken  ") == "'broken");
  CHECK(fold_space(" -- only ") == "");
}

}  // namespace gapless::sql
