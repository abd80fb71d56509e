#include "sql/name.h"

#include <doctest/doctest.h>

#include "sql/value.h"

namespace gapless::sql {
namespace {

std::string text(std::uint32_t number) { return name_text({1, number, 1}); }

}  // namespace

TEST_CASE("a name in a text is found again, and has always the same length") {
  const std::string both = "from " + text(7) + " to " + text(12) + ".";
  CHECK(has_name(both));
  CHECK_FALSE(has_name("from 7 to 12."));
  CHECK(with_names(both, [](const Name& name) { return std::to_string(name.number); }) == "from 7 to 12.");
  CHECK(text(7).size() == text(4'000'000'000).size());
  CHECK(to_string(Value(Name{1, 7, 1})) == text(7));
}

TEST_CASE("texts with names differ where their numbers make no difference") {
  CHECK_NOTHROW(check_differ("of " + text(1), "of " + text(2)));
  CHECK_NOTHROW(check_differ("of " + text(1), "for " + text(1)));
  CHECK_NOTHROW(check_differ(text(1), "free"));
  CHECK_NOTHROW(check_differ("1", "2"));
  CHECK_THROWS_AS(check_differ(text(1), "2"), NameUsed);                            // it may be called 2
  CHECK_THROWS_AS(check_differ("1" + text(1), text(1) + "1"), NameUsed);            // 11 and 11
  CHECK_THROWS_AS(check_differ(text(1) + text(11), text(11) + text(1)), NameUsed);  // 111 and 111
  CHECK_THROWS_AS(check_differ("of " + text(1), "of 7"), NameUsed);
}

TEST_CASE("a name is none of the numbers before the first one that was drawn") {
  CHECK_NOTHROW(check_differs({1, 8, 5}, 4));
  CHECK_NOTHROW(check_differs({1, 8, 5}, -1));
  CHECK_THROWS_AS(check_differs({1, 8, 5}, 5), NameUsed);
  CHECK_THROWS_AS(check_differs({1, 8, 5}, 9), NameUsed);
}

}  // namespace gapless::sql
