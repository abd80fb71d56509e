#include <doctest/doctest.h>

#include <string>

#include "spec/words.h"

namespace gapless::spec {
namespace {

std::string split(const std::string& text) {
  std::string result;
  for (const auto& word : words_of(text)) result += (result.empty() ? "" : "·") + word.text;
  return result;
}

TEST_CASE("words as PostgreSQL's scanner parts them, without comments") {
  CHECK(split("SELECT a.B, 'it''s' -- one\n /* two /* nested */ */ FROM \"T\"\"x\" WHERE x>=1.5;") ==
        "select·a·.·b·,·it's·from·T\"x·where·x·>·=·1.5·;");
  CHECK(split("$$ a 'b $x$ $$ $x$ $$ $x$ $1 E'a\\'b'") == " a 'b $x$ · $$ ·$·1·a'b");
  CHECK(split("'unterminated") == "unterminated");
  CHECK(split("$$ open") == " open");
  CHECK(split("/* open") == "");
  CHECK(split("\"open") == "open");
}

TEST_CASE("each word says where it stands") {
  const std::string text = " ab 'c' ";
  const auto words = words_of(text);
  REQUIRE(words.size() == 2);
  CHECK(text.substr(words[0].begin, words[0].end - words[0].begin) == "ab");
  CHECK(text.substr(words[1].begin, words[1].end - words[1].begin) == "'c'");
  CHECK(words[1].kind == Word::Kind::string);
  CHECK(!words[1].is("c"));  // a string is no word of the language
}

}  // namespace
}  // namespace gapless::spec
