#include "base/interner.h"

#include <doctest/doctest.h>

#include <string>

namespace gapless {
namespace {

struct GoodHash {
  std::uint64_t operator()(const std::string& text) const { return Digest().add(text).value(); }
};

// Every text of one length collides.
struct PoorHash {
  std::uint64_t operator()(const std::string& text) const { return text.size(); }
};

TEST_CASE("numbers are given in order of first appearance") {
  Interner<std::string, GoodHash> names;
  CHECK(names.size() == 0);
  CHECK(names.intern("ann") == 0);
  CHECK(names.intern("bob") == 1);
  CHECK(names.intern("ann") == 0);
  CHECK(names.intern("") == 2);
  CHECK(names.intern("bob") == 1);
  CHECK(names.size() == 3);
  CHECK(names[0] == "ann");
  CHECK(names[1] == "bob");
  CHECK(names[2].empty());
}

TEST_CASE("values with one digest are told apart") {
  Interner<std::string, PoorHash> names;
  CHECK(names.intern("aa") == 0);
  CHECK(names.intern("b") == 1);
  CHECK(names.intern("cc") == 2);
  CHECK(names.intern("dd") == 3);
  CHECK(names.intern("e") == 4);
  // The first, a middle and the last of those that collide.
  CHECK(names.intern("aa") == 0);
  CHECK(names.intern("cc") == 2);
  CHECK(names.intern("dd") == 3);
  CHECK(names.intern("e") == 4);
  CHECK(names.size() == 5);
  CHECK(names[3] == "dd");
}

TEST_CASE("what a number stands for stays where it is") {
  Interner<std::string, GoodHash> names;
  names.intern("first");
  const std::string& first = names[0];
  for (int i = 0; i < 50000; ++i) names.intern(std::to_string(i));
  CHECK(&first == &names[0]);
  CHECK(first == "first");
  CHECK(names.size() == 50001);
  CHECK(names.intern("49999") == 50000);
  CHECK(names.intern("0") == 1);
}

}  // namespace
}  // namespace gapless
