// Plays a schedule on plain values, and writes down all that happens for people to read.
#include <algorithm>
#include <memory>

#include "base/check.h"
#include "explore/accesses.h"
#include "explore/concrete.h"
#include "explore/explore.h"

namespace gapless::explore {
namespace {

class Replay {
 public:
  Replay(const model::Model& model, const model::Schedule& schedule)
      : model_(model), schedule_(schedule), successors_(model), properties_(model) {}

  std::optional<model::Execution> run(std::string& reason) {
    begin();
    for (const auto actor : schedule_.actors) {
      const auto step_number = execution_.steps.size() + 1;
      const auto fail = [&](const std::string& why) {
        reason = "step " + std::to_string(step_number) + " (actor " + std::to_string(actor) + "): " + why;
        return std::nullopt;
      };
      if (actor == 0 || actor > state_.actors.size()) {
        return fail("there are " + std::to_string(state_.actors.size()) + " actors");
      }
      if (state_.actors[actor - 1].pause.finished()) return fail("it has finished already");
      const auto way = ways(successors_, state_)[actor - 1];
      if (way == Way::none) return fail("its statement still waits for " + holders_text(actor - 1));
      step(actor - 1, way);
    }
    finish();
    return std::move(execution_);
  }

 private:
  void begin() {
    state_.world = successors_.initial_world();
    for (std::size_t actor = 0; actor < model_.actors.size(); ++actor) {
      const auto& role = model_.roles[model_.actors[actor]];
      execution_.actors.push_back(role.request + role.arguments);
      fibers_.push_back(std::make_unique<actor::LiveActor>(role.program, model_.databases.size()));
      state_.actors.push_back({successors_.initial_sessions(), fibers_.back()->pause(), false});
    }
  }

  void step(std::size_t actor, Way way) {
    Moment moment;
    moment.before = state_;
    moment.operation = *state_.actors[actor].pause.operation;
    auto effects = state_.actors[actor].has_begun ? std::vector<actor::Effect>() : state_.actors[actor].pause.effects;
    const auto observation = take_step(successors_, state_, actor, way, [&](const store::Observation& observed) {
      return fibers_[actor]->resume(observed);
    });
    const auto& pause = state_.actors[actor].pause;

    model::Step step;
    step.actor = actor + 1;
    step.role = model_.roles[model_.actors[actor]].request;
    if (way != Way::start) moment.operation.begins = false;  // it began in an earlier step
    step.operation = operation_text(moment.operation);
    step.resumes = way != Way::start;
    step.starts_waiting = !observation;
    if (observation) {
      step.observation = store::to_string(*observation);
      step.failed = observation->failed();
      effects.insert(effects.end(), pause.effects.begin(), pause.effects.end());
      if (pause.finished()) step.response = pause.response.status;
    } else {
      step.waits_for = holders(actor);
      step.observation = "waits for " + holders_text(actor);
    }
    for (const auto& effect : effects) step.effects.push_back(effect_text(effect));
    describe_accesses(successors_, moment.before, state_, actor, moment.operation, step);
    execution_.steps.push_back(std::move(step));
    moments_.push_back(std::move(moment));
    if (execution_.violated.empty()) judge(model::PropertyKind::always);
  }

  void finish() {
    execution_.complete = state_.all_finished();
    const auto enabled = ways(successors_, state_);
    execution_.deadlocked =
        !execution_.complete && std::all_of(enabled.begin(), enabled.end(), [](Way way) { return way == Way::none; });
    if (execution_.violated.empty()) {
      if (execution_.complete) judge(model::PropertyKind::finally);
      if (execution_.deadlocked) {
        execution_.violated = "deadlock";
        execution_.violated_at = execution_.steps.size() - 1;
      }
    }
    execution_.stale = find_stale_reads(successors_, moments_, state_, execution_);
  }

  void judge(model::PropertyKind kind) {
    const auto finished = state_.finished(model_);
    const auto violated = properties_.first_violated(kind, state_.world, finished);
    if (!violated) return;
    execution_.violated = model_.properties[*violated].title;
    execution_.violated_at = execution_.steps.empty() ? 0 : execution_.steps.size() - 1;
    execution_.values = properties_.values(*violated, state_.world, finished);
  }

  std::string operation_text(const store::Operation& operation) const {
    const bool says_which = model_.databases.size() > 1 && operation.kind == store::Operation::Kind::statement;
    return (says_which ? model_.databases[operation.database].name + "> " : "") + store::to_string(operation);
  }

  std::string effect_text(const actor::Effect& effect) const {
    std::string text = effect.name + "(";
    for (std::size_t i = 0; i < effect.values.size(); ++i) {
      text += (i > 0 ? ", " : "") + sql::to_string(effect.values[i]);
    }
    return text + ")";
  }

  std::vector<std::size_t> holders(std::size_t waiter) const {
    std::vector<std::size_t> result;
    const auto& actors = state_.actors;
    for (std::size_t other = 0; other < actors.size(); ++other) {
      if (other != waiter && successors_.blocks(state_.world, actors[waiter].sessions, *actors[waiter].pause.operation,
                                                actors[other].sessions)) {
        result.push_back(other + 1);
      }
    }
    return result;
  }

  std::string holders_text(std::size_t waiter) const {
    std::string text = "actor";
    const auto numbers = holders(waiter);
    for (std::size_t i = 0; i < numbers.size(); ++i) text += (i > 0 ? ", " : " ") + std::to_string(numbers[i]);
    return text;
  }

  const model::Model& model_;
  const model::Schedule& schedule_;
  const Successors successors_;
  const Properties properties_;
  std::vector<std::unique_ptr<actor::LiveActor>> fibers_;
  Concrete state_;
  std::vector<Moment> moments_;
  model::Execution execution_;
};

}  // namespace

std::optional<model::Execution> replay(const model::Model& model, const model::Schedule& schedule,
                                       std::string& reason) {
  return Replay(model, schedule).run(reason);
}

}  // namespace gapless::explore
