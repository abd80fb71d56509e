#include "base/digest.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "base/check.h"

namespace gapless {
namespace {

TEST_CASE("a digest depends on every part, its order and where parts end") {
  std::set<std::uint64_t> digests;
  digests.insert(Digest().value());
  digests.insert(Digest().add(std::uint64_t{0}).value());
  digests.insert(Digest().add("").add("").value());
  digests.insert(Digest().add("a").add("bc").value());
  digests.insert(Digest().add("ab").add("c").value());
  digests.insert(Digest().add("c").add("ab").value());
  digests.insert(Digest().add("12345678").value());
  digests.insert(Digest().add("123456789").value());
  digests.insert(Digest().add(std::string_view("12345678\0", 9)).value());
  CHECK(digests.size() == 9);
}

TEST_CASE("the same bytes give the same digest") {
  CHECK(Digest().add("balance").add(std::uint64_t{50}).value() ==
        Digest().add("balance").add(std::uint64_t{50}).value());
}

TEST_CASE("a belief that is false is an internal error that names it and its place") {
  CHECK_NOTHROW(check(true, "all is well"));
  try {
    check(1 + 1 == 3, "one and one are three");
    FAIL("not reached");
  } catch (const InternalError& error) {
    const std::string text = error.what();
    CHECK(text.find("one and one are three") != std::string::npos);
    CHECK(text.find("digest_test.cc") != std::string::npos);
  }
}

}  // namespace
}  // namespace gapless
