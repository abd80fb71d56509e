// A function on a stack of its own, which can stop in the middle and be resumed. The only door to Boost.Context.
//
//   Fiber fiber([&](Fiber& self) { a(); self.suspend(); b(); });
//   fiber.resume();   // runs a()
//   fiber.resume();   // runs b(); fiber.done()
//
// An exception that leaves the function leaves resume(). A fiber destroyed in the middle is unwound by an exception
// (Fiber::Abandoned) thrown from suspend(), so that destructors run.
#pragma once

#include <functional>
#include <memory>

namespace gapless::actor {

class Fiber {
 public:
  // Thrown through an abandoned function. Not a std::exception: a handler's `catch (const std::exception&)` must not
  // take it for one of its own. `catch (...)` must rethrow.
  struct Abandoned {};

  using Body = std::function<void(Fiber&)>;

  explicit Fiber(Body body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // From outside: runs the function until it suspends or ends. REQUIRES: !done().
  void resume();
  // From inside: back to whoever resumed.
  void suspend();
  bool done() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace gapless::actor
