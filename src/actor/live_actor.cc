#include "actor/live_actor.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/source.h"

namespace gapless::actor {

LiveActor::LiveActor(const Program& program, std::size_t databases, bool has_names)
    : has_names_(has_names), fiber_([this, &program, databases](Fiber&) {
        const Response response = run_to_the_end(program, databases);
        pause_.operation.reset();
        pause_.place.clear();
        pause_.response = response;
        pause_.sections.clear();
      }) {
  fiber_.resume();
}

Response LiveActor::run_to_the_end(const Program& program, std::size_t databases) {
  try {
    return program(*this);
  } catch (const StatementError& error) {
    // The error that nobody caught rolls back and is the response.
    for (std::size_t database = 0; database < databases; ++database) abandon_transaction(database);
    return Response{error.condition};
  } catch (const std::logic_error& error) {
    if (dynamic_cast<const InternalError*>(&error) != nullptr) throw;
    throw ModelError(Diagnostic{"request handler", 0, 0, error.what(), ""});
  }
}

const Pause& LiveActor::resume(const store::Observation& observation) {
  check(!pause_.finished(), "an actor that has finished is not resumed");
  pause_ = Pause{};
  observation_ = &observation;
  fiber_.resume();
  return pause_;
}

store::Observation LiveActor::perform(const store::Operation& operation, std::string place) {
  pause_.operation = operation;
  pause_.place = std::move(place);
  pause_.sections = sections_;
  fiber_.suspend();
  return *observation_;
}

void LiveActor::effect(Effect effect) { pause_.effects.push_back(std::move(effect)); }

void LiveActor::abandon_transaction(std::size_t database) {
  auto& abandoned = pause_.abandoned;
  if (std::find(abandoned.begin(), abandoned.end(), database) == abandoned.end()) abandoned.push_back(database);
}

void LiveActor::enter_section(std::string name) { sections_.push_back(std::move(name)); }

void LiveActor::leave_section() {
  check(!sections_.empty(), "a section that is left was entered");
  sections_.pop_back();
}

void LiveActor::answer(std::string request, Response response) {
  pause_.answers.push_back({std::move(request), std::move(response)});
}

void LiveActor::warn(std::string message) { pause_.warnings.push_back(std::move(message)); }

}  // namespace gapless::actor
