// Plays a schedule on plain values, and writes down all that happens for people to read.
#include <algorithm>

#include "base/check.h"
#include "explore/accesses.h"
#include "explore/concrete.h"
#include "explore/explore.h"
#include "explore/fibers.h"
#include "explore/staleness.h"
#include "store/written.h"

namespace gapless::explore {
namespace {

model::Step::Kind kind_of(Way way) {
  using Kind = model::Step::Kind;
  switch (way) {
    case Way::crash:
      return Kind::crash;
    case Way::retry:
      return Kind::retry;
    case Way::duplicate:
      return Kind::duplicate;
    case Way::redeliver:
      return Kind::redeliver;
    case Way::last_run:
      return Kind::last_run;
    case Way::happen:
      return Kind::world;
    default:
      return Kind::operation;
  }
}

class Replay {
 public:
  Replay(const model::Model& model, const model::Schedule& schedule)
      : model_(model),
        schedule_(schedule),
        successors_(model),
        properties_(model),
        roles_(model),
        fibers_(model.databases.size()) {}

  std::optional<model::Execution> run(std::string& reason) {
    begin();
    for (const auto& choice : schedule_.steps) {
      const auto possible = find(choice, reason);
      if (!possible) return std::nullopt;
      step(*possible, model::to_string(choice_of(*possible)));
    }
    finish();
    return std::move(execution_);
  }

 private:
  void begin() {
    state_ = initial_state(successors_, fibers_);
    for (const auto& actor : state_.actors) add_lane(actor.role);
  }

  void add_lane(std::size_t role) { execution_.actors.push_back(roles_[role].request + roles_[role].arguments); }

  std::optional<Possible> find(model::Choice choice, std::string& reason) const {
    if (choice.what == ":ok") choice.what.clear();
    const auto possible = possibilities(successors_, roles_, state_);
    const auto found =
        std::find_if(possible.begin(), possible.end(), [&](const Possible& each) { return choice_of(each) == choice; });
    if (found != possible.end()) return *found;
    reason = "step " + std::to_string(execution_.steps.size() + 1) + " (" +
             (choice.what.empty() ? "actor " + std::to_string(choice.actor) : model::to_string(choice)) +
             "): " + why_not(choice, possible);
    return std::nullopt;
  }

  std::string why_not(const model::Choice& choice, const std::vector<Possible>& possible) const {
    const auto others = [&](std::size_t actor) {
      std::string text;
      for (const auto& each : possible) {
        const auto other = choice_of(each);
        if (other.actor == actor) text += (text.empty() ? "`" : ", `") + model::to_string(other) + "`";
      }
      return text.empty() ? std::string() : "; possible is " + text;
    };
    const bool is_nobody = choice.actor == 0 && choice.what.empty();
    if (is_nobody || choice.actor > state_.actors.size()) {
      return "there are " + std::to_string(state_.actors.size()) + " actors";
    }
    if (choice.actor == 0) return "that cannot happen now" + others(0);
    const auto& actor = state_.actors[choice.actor - 1];
    if (!choice.what.empty())
      return "that cannot happen to actor " + std::to_string(choice.actor) + others(choice.actor);
    if (actor.pause.finished()) return "it has finished already" + others(choice.actor);
    if (const auto other = others(choice.actor); !other.empty()) return "its call comes out otherwise" + other;
    if (actor.pause.operation->kind == store::Operation::Kind::await) return "what it awaits is not true";
    if (actor.pause.operation->kind == store::Operation::Kind::document)
      return "a transaction holds what it would write";
    return "its statement still waits for " + holders_text(choice.actor - 1);
  }

  void step(const Possible& possible, std::string choice) {
    model::Step step;
    step.kind = kind_of(possible.way);
    step.choice = std::move(choice);
    const auto actors = state_.actors.size();
    Moment moment;
    moment.before = state_;
    if (possible.way != Way::happen) step.actor = possible.actor + 1;
    if (step.kind == model::Step::Kind::operation) {
      operate(possible, moment, step);
    } else {
      take_step(successors_, roles_, state_, possible, fibers_);
      describe(possible, step);
    }
    if (state_.actors.size() > actors) {
      step.creates = actors + 1;
      add_lane(state_.actors.back().role);
    }
    execution_.steps.push_back(std::move(step));
    moments_.push_back(std::move(moment));
    if (execution_.violated.empty()) judge(Properties::When::step);
  }

  // What happened to an actor or to the world, where an operation would stand.
  void describe(const Possible& possible, model::Step& step) const {
    if (possible.way == Way::happen) {
      step.operation = possible.happening.what;
      return;
    }
    step.role = roles_[state_.actors[possible.actor].role].request;
    step.operation = to_string(possible.way).substr(1);
    std::replace(step.operation.begin(), step.operation.end(), '_', ' ');
    // A crash is an end; so is a request that is run again and has no step.
    const auto& pause = state_.actors[possible.actor].pause;
    if (possible.way == Way::duplicate || !pause.finished()) return;
    step.response = pause.response.status;
    for (const auto& effect : pause.effects) step.effects.push_back(effect_text(effect));
  }

  void operate(const Possible& possible, Moment& moment, model::Step& step) {
    const auto actor = possible.actor;
    moment.operation = *state_.actors[actor].pause.operation;
    if (!model_.clock.empty()) moment.operation.now = successors_.now(state_.world);
    moment.performs = true;
    auto effects = state_.actors[actor].has_begun ? std::vector<actor::Effect>() : state_.actors[actor].pause.effects;
    const auto observation = take_step(successors_, roles_, state_, possible, fibers_);
    const auto& pause = state_.actors[actor].pause;

    step.role = roles_[state_.actors[actor].role].request;
    if (possible.way != Way::start) moment.operation.begins = false;  // it began in an earlier step
    step.operation = operation_text(moment.operation);
    step.resumes = possible.way != Way::start;
    // A request to a document database may take several steps without waiting for anybody.
    const bool has_more = !observation && moment.operation.kind == store::Operation::Kind::document;
    step.starts_waiting = !observation && !has_more;
    if (observation) {
      step.observation = observation_text(moment.operation, *observation);
      if (!possible.outcome.empty()) step.observation += " (" + possible.outcome.substr(1) + ")";
      step.failed = observation->failed();
      effects.insert(effects.end(), pause.effects.begin(), pause.effects.end());
      if (pause.finished()) step.response = pause.response.status;
    } else if (has_more) {
      step.observation = "has more to do";
    } else {
      step.waits_for = holders(actor);
      step.observation = "waits for " + holders_text(actor);
    }
    for (const auto& effect : effects) step.effects.push_back(effect_text(effect));
    describe_accesses(successors_, moment.before, state_, actor, moment.operation, step);
  }

  void finish() {
    execution_.complete = state_.is_final(successors_, roles_);
    const auto possible = possibilities(successors_, roles_, state_);
    execution_.deadlocked =
        !execution_.complete &&
        std::all_of(possible.begin(), possible.end(), [](const Possible& each) { return is_fault(each.way); });
    if (execution_.violated.empty()) {
      if (execution_.complete) judge(Properties::When::end);
      if (execution_.deadlocked) {
        execution_.violated = "deadlock";
        execution_.violated_at = execution_.steps.empty() ? 0 : execution_.steps.size() - 1;
      }
    }
    if (execution_.deadlocked) note_awaits();
    execution_.stale = find_stale_reads(successors_, moments_, state_, execution_);
  }

  void note_awaits() {
    for (std::size_t actor = 0; actor < state_.actors.size(); ++actor) {
      const auto& pause = state_.actors[actor].pause;
      if (pause.finished() || pause.operation->kind != store::Operation::Kind::await) continue;
      const auto text = where(*pause.operation) + store::with_parameters(*pause.operation, sql::to_sql);
      execution_.awaits.emplace_back(actor + 1, text);
    }
  }

  void judge(Properties::When moment) {
    const auto seen = state_.seen(roles_);
    const auto violated = properties_.first_violated(moment, state_.world, seen);
    if (!violated) return;
    execution_.violated = model_.properties[*violated].title;
    execution_.violated_at = execution_.steps.empty() ? 0 : execution_.steps.size() - 1;
    execution_.values = properties_.values(*violated, state_.world, seen);
  }

  std::string operation_text(const store::Operation& operation) const {
    return where(operation) + store::to_string(operation);
  }

  // An application lock is an advisory lock underneath, of which people need not know.
  static std::string observation_text(const store::Operation& operation, const store::Observation& observation) {
    if (operation.shown.empty() || observation.failed()) return store::to_string(observation);
    const auto* truth = std::get_if<bool>(&observation.rows.at(0).at(0));
    const bool releases = operation.shown.starts_with("release");
    if (truth == nullptr || *truth) return releases ? "released" : "acquired";
    return releases ? "it was not held" : "not free";
  }

  // "bank> " where there are several databases; what an application lock is shown as says it itself.
  std::string where(const store::Operation& operation) const {
    using Kind = store::Operation::Kind;
    if (operation.kind == Kind::command) return model_.keyvalues[operation.database].name + "> ";
    if (operation.kind == Kind::document) return model_.documents[operation.database].name + "> ";
    const bool is_sql = operation.kind == Kind::statement || operation.kind == Kind::await;
    if (!is_sql || !operation.shown.empty()) return {};
    const auto named = std::count_if(model_.databases.begin(), model_.databases.end(), [](const auto& database) {
      return database.kind != model::Database::Kind::locks && database.process <= 1;
    });
    return named > 1 ? model_.databases[operation.database].name + "> " : "";
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
  Roles roles_;
  Fibers fibers_;
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
