// The three traps that the opening comment of fiber.cc names, and the plain things.
#include "actor/fiber.h"

#include <doctest/doctest.h>

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/check.h"

namespace gapless::actor {
namespace {

struct Farewell {
  explicit Farewell(int& count) : farewells(count) {}
  ~Farewell() { ++farewells; }
  int& farewells;
};

TEST_CASE("a fiber runs from suspension to suspension") {
  std::string log;
  Fiber fiber([&](Fiber& self) {
    log += "a";
    self.suspend();
    log += "b";
    self.suspend();
    log += "c";
  });
  CHECK(log.empty());
  fiber.resume();
  CHECK(log == "a");
  CHECK_FALSE(fiber.done());
  fiber.resume();
  CHECK(log == "ab");
  CHECK_FALSE(fiber.done());
  fiber.resume();
  CHECK(log == "abc");
  CHECK(fiber.done());
  CHECK_THROWS_AS(fiber.resume(), InternalError);
}

TEST_CASE("an exception leaves resume(), and the fiber is done") {
  Fiber fiber([](Fiber& self) {
    self.suspend();
    throw std::runtime_error("no such user");
  });
  fiber.resume();
  CHECK_THROWS_WITH_AS(fiber.resume(), "no such user", std::runtime_error);
  CHECK(fiber.done());
}

TEST_CASE("exceptions that are no std::exception leave resume(), too") {
  Fiber fiber([](Fiber&) { throw 42; });
  int thrown = 0;
  try {
    fiber.resume();
  } catch (int number) {
    thrown = number;
  }
  CHECK(thrown == 42);
}

// Trap 1: the stack of caught exceptions is the thread's.
TEST_CASE("two fibers that suspend inside catch keep their own exceptions") {
  std::vector<std::string> caught;
  const auto body = [&](const std::string& name) {
    return [&caught, name](Fiber& self) {
      try {
        throw std::runtime_error(name);
      } catch (const std::exception&) {
        self.suspend();
        try {
          throw;  // what is being handled, now
        } catch (const std::exception& again) {
          caught.push_back(name + " sees " + again.what());
        }
      }
    };
  };
  Fiber first(body("first"));
  Fiber second(body("second"));
  first.resume();
  second.resume();
  CHECK_FALSE(std::current_exception());  // nothing is being handled out here
  first.resume();                         // leaves its handler first, although it entered it first
  second.resume();
  CHECK(caught == std::vector<std::string>{"first sees first", "second sees second"});
}

TEST_CASE("the one who resumes keeps the exception that he handles") {
  Fiber fiber([](Fiber& self) {
    try {
      throw std::runtime_error("inside");
    } catch (const std::exception&) {
      self.suspend();
    }
    CHECK_FALSE(std::current_exception());
    self.suspend();
  });
  std::string seen;
  try {
    throw std::runtime_error("outside");
  } catch (const std::exception&) {
    fiber.resume();
    fiber.resume();
    try {
      throw;
    } catch (const std::exception& again) {
      seen = again.what();
    }
  }
  CHECK(seen == "outside");
}

TEST_CASE("many fibers inside nested handlers, resumed in another order than they came") {
  constexpr int count = 50;
  std::vector<std::string> seen(count);
  std::vector<std::unique_ptr<Fiber>> fibers;
  for (int i = 0; i < count; ++i) {
    fibers.push_back(std::make_unique<Fiber>([&seen, i](Fiber& self) {
      try {
        throw i;
      } catch (int outer) {
        self.suspend();
        try {
          throw std::to_string(i);
        } catch (const std::string& inner) {
          self.suspend();
          seen[i] = std::to_string(outer) + " " + inner;
        }
        self.suspend();
        try {
          throw;
        } catch (int again) {
          seen[i] += " " + std::to_string(again);
        }
      }
    }));
  }
  for (int round = 0; round < 4; ++round) {
    // 7 has no divisor in common with 50, so every fiber comes once a round.
    for (int i = 0; i < count; ++i) fibers[(i * 7 + round * 13) % count]->resume();
  }
  for (int i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    CHECK(seen[i] == number + " " + number + " " + number);
    CHECK(fibers[i]->done());
  }
}

// Trap 2: an abandoned fiber is unwound.
TEST_CASE("an abandoned fiber is unwound, so destructors run") {
  int farewells = 0;
  bool went_on = false;
  {
    Fiber fiber([&](Fiber& self) {
      const Farewell outer(farewells);
      const auto on_heap = std::make_unique<Farewell>(farewells);
      self.suspend();
      went_on = true;
    });
    fiber.resume();
    CHECK(farewells == 0);
  }
  CHECK(farewells == 2);
  CHECK_FALSE(went_on);
}

TEST_CASE("a fiber that was abandoned is not taken for an error of the request") {
  bool taken_for_error = false;
  bool unwound = false;
  {
    Fiber fiber([&](Fiber& self) {
      try {
        self.suspend();
      } catch (const std::exception&) {
        taken_for_error = true;
      } catch (...) {
        unwound = true;
        throw;  // as it must
      }
    });
    fiber.resume();
  }
  CHECK(unwound);
  CHECK_FALSE(taken_for_error);
}

TEST_CASE("a handler that swallows the unwinding neither hangs nor aborts") {
  int times = 0;
  bool reached_end = false;
  {
    Fiber fiber([&](Fiber& self) {
      for (int i = 0; i < 100; ++i) {
        try {
          self.suspend();
        } catch (...) {  // NOLINT: on purpose
          ++times;
        }
      }
      reached_end = true;
    });
    fiber.resume();
    fiber.resume();  // one suspension is passed in peace
  }
  CHECK(times == 99);  // the second suspension and all that follow are refused
  CHECK(reached_end);
}

TEST_CASE("what an abandoned fiber throws of its own concerns nobody") {
  int farewells = 0;
  {
    Fiber fiber([&](Fiber& self) {
      const Farewell farewell(farewells);
      try {
        self.suspend();
      } catch (...) {
        throw std::runtime_error("cleaning up failed");
      }
    });
    fiber.resume();
  }
  CHECK(farewells == 1);
}

TEST_CASE("a fiber abandoned inside catch, while an exception flies outside") {
  int farewells = 0;
  std::string seen;
  try {
    Fiber fiber([&](Fiber& self) {
      const Farewell farewell(farewells);
      try {
        throw std::runtime_error("inside");
      } catch (const std::exception&) {
        self.suspend();
      }
    });
    fiber.resume();
    throw std::runtime_error("outside");  // unwinds past the fiber, which is unwound in turn
  } catch (const std::exception& error) {
    seen = error.what();
  }
  CHECK(seen == "outside");
  CHECK(farewells == 1);
  CHECK(std::uncaught_exceptions() == 0);
}

TEST_CASE("a fiber that never ran is gone without a trace") {
  bool ran = false;
  int farewells = 0;
  {
    const auto captured = std::make_shared<Farewell>(farewells);
    Fiber fiber([&ran, captured](Fiber&) { ran = true; });
  }
  CHECK_FALSE(ran);
  CHECK(farewells == 1);  // what its body captured goes with it
}

TEST_CASE("a fiber may resume another") {
  std::string log;
  Fiber inner([&](Fiber& self) {
    log += "i1 ";
    self.suspend();
    log += "i2 ";
    throw std::runtime_error("inner");
  });
  Fiber outer([&](Fiber& self) {
    inner.resume();
    log += "o1 ";
    self.suspend();
    try {
      inner.resume();
    } catch (const std::runtime_error& error) {
      log += error.what();
    }
  });
  outer.resume();
  outer.resume();
  CHECK(log == "i1 o1 i2 inner");
  CHECK(outer.done());
}

TEST_CASE("thousands of fibers, alive at once and one after the other") {
  constexpr int count = 5000;
  long sum = 0;
  {
    std::vector<std::unique_ptr<Fiber>> fibers;
    for (int i = 0; i < count; ++i) {
      fibers.push_back(std::make_unique<Fiber>([&sum, i](Fiber& self) {
        sum += i;
        self.suspend();
        sum += i;
      }));
      fibers.back()->resume();
    }
    for (int i = 0; i < count; i += 2) fibers[i]->resume();  // the odd ones are abandoned
  }
  // 0 + … + 4999 = 12,497,500, and the even ones again: 2 * (0 + … + 2499) = 6,247,500.
  CHECK(sum == 12'497'500 + 6'247'500);
  int ended = 0;
  for (int i = 0; i < 20000; ++i) {
    Fiber fiber([&](Fiber& self) {
      self.suspend();
      ++ended;
    });
    fiber.resume();
    if (i % 2 == 0) fiber.resume();
  }
  CHECK(ended == 10000);
}

TEST_CASE("a fiber has room for deep calls") {
  // About 100 bytes a call: half of the stack's mebibyte.
  std::function<int(int)> depth = [&](int n) { return n == 0 ? 0 : 1 + depth(n - 1); };
  int reached = 0;
  Fiber fiber([&](Fiber&) { reached = depth(2000); });
  fiber.resume();
  CHECK(reached == 2000);
}

}  // namespace
}  // namespace gapless::actor
