// The list of error conditions.
#include "store/condition.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace gapless::store {
namespace {

TEST_CASE("SQLSTATEs and names find each other") {
  CHECK(condition_name("23505") == "unique_violation");
  CHECK(condition_name("XX002") == "index_corrupted");
  CHECK(condition_name("23506").empty());
  CHECK(sqlstate_of("serialization_failure") == "40001");
  CHECK(sqlstate_of("null_value_not_allowed") == "22004");  // 39004 has the same name
  CHECK(sqlstate_of("no_data").empty());                    // no error: nobody can catch it
}

TEST_CASE("the names are sorted, each once, and each belongs to a SQLSTATE") {
  const auto names = condition_names();
  CHECK(names.size() == 246);
  CHECK(std::ranges::adjacent_find(names, std::ranges::greater_equal()) == names.end());
  for (const auto& name : names) CHECK(condition_name(sqlstate_of(name)) == name);
}

}  // namespace
}  // namespace gapless::store
