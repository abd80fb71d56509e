// An actor that runs: its program on a fiber, stopped at each operation.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actor/fiber.h"
#include "actor/session.h"

namespace gapless::actor {

// Where an actor stands when it has run as far as it can: at its next operation, or at its end. `effects` and
// `abandoned` are what it did since the operation before.
struct Pause {
  std::optional<store::Operation> operation;  // none: it has finished
  std::string place;                          // see Context::perform
  Response response;                          // when it has finished
  std::vector<Effect> effects;
  std::vector<std::size_t> abandoned;  // databases whose open transaction is rolled back
  std::vector<std::string> sections;   // critical sections that it is in, outermost first
  std::vector<Answer> answers;         // of requests of its session that are over
  std::vector<std::string> warnings;

  bool finished() const { return !operation.has_value(); }
};

class LiveActor : private Context {
 public:
  // Runs the program up to its first operation. `databases` is their number in the model.
  LiveActor(const Program& program, std::size_t databases, bool has_names = false);

  const Pause& pause() const { return pause_; }

  // REQUIRES: !pause().finished().
  const Pause& resume(const store::Observation& observation);

 private:
  store::Observation perform(const store::Operation& operation, std::string place) override;
  void effect(Effect effect) override;
  void abandon_transaction(std::size_t database) override;
  void enter_section(std::string name) override;
  void leave_section() override;
  void answer(std::string request, Response response) override;
  void warn(std::string message) override;
  bool has_names() const override { return has_names_; }

  Response run_to_the_end(const Program& program, std::size_t databases);

  bool has_names_;
  Pause pause_;
  std::vector<std::string> sections_;
  const store::Observation* observation_ = nullptr;  // valid while the fiber picks it up
  Fiber fiber_;                                      // last: it is unwound before the rest goes
};

}  // namespace gapless::actor
