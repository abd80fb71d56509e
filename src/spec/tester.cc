// isolationtester looks at a step that does not answer every 10 ms and asks the server whether it waits for a lock;
// then it goes on with the next step. Only where the next step is for a session that still waits, and at the end, does
// it wait itself, so that time-outs run out. After 360 s it cancels a step.
#include "spec/tester.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "spec/clock.h"
#include "spec/connection.h"

namespace gapless::spec {
namespace {

using store::relational::Server;

constexpr std::int64_t poll_milliseconds = 10;
constexpr int cancel_seconds = 360;

class Tester {
 public:
  // `server` is set up; its last session is the control connection.
  Tester(const Program& program, const Server& server)
      : program_(program),
        server_(server),
        connections_(connections_of(program, server_)),
        clock_(server_, connections_) {
    notices_.resize(program.specification.sessions.size());
    active_.resize(program.specification.sessions.size());
  }

  Run run(const Permutation& permutation) {
    for (const auto& step : permutation) run_.steps.push_back(step.step);
    const auto sessions = program_.specification.sessions.size();
    for (std::size_t session = 0; session < sessions; ++session) set_up(session);
    for (const auto& step : permutation) perform(step);
    try_all(Patience::until_done);
    if (!waiting_.empty())
      give_up(*waiting_.front(), "it is never reported: the steps in parentheses wait for each other");
    for (std::size_t session = 0; session < sessions; ++session) {
      tear_down(session, program_.session_teardowns[session]);
    }
    tear_down(sessions, program_.teardown);
    return std::move(run_);
  }

 private:
  enum class Patience { only_a_look, until_done };

  // A step that was sent and is not reported as done.
  struct Active {
    const PermutationStep* step = nullptr;
    std::vector<std::size_t> notices_awaited;  // for each blocker: how many there must have been
  };

  static std::vector<Connection> connections_of(const Program& program, Server& server) {
    std::vector<Connection> connections;
    for (std::size_t i = 0; i <= program.specification.sessions.size(); ++i) connections.emplace_back(server, i);
    return connections;
  }

  std::size_t session_of(const PermutationStep& step) const { return program_.specification.steps[step.step].session; }

  // ------------------------------------------------------------------------------------ setup and teardown

  void set_up(std::size_t session) {
    const auto result = outside(session, program_.session_setups[session]);
    if (!result || result->error.empty()) return;
    throw ModelError(*program_.specification.source, program_.session_setups[session].front().at,
                     "this setup fails: " + result->error);
  }

  // A failure at the end is of no consequence.
  void tear_down(std::size_t session, const Message& message) { outside(session, message); }

  // The result of a block that is no step: that of its last statement.
  std::optional<Result> outside(std::size_t session, const Message& message) {
    if (message.empty()) return std::nullopt;
    clock_.send(session, message);
    while (connections_[session].busy()) {
      if (!clock_.pass_until_something()) {
        throw ModelError(*program_.specification.source, message.front().at,
                         "this block waits for another session for ever");
      }
    }
    if (session < active_.size()) take_notices(session);
    auto results = connections_[session].take_results();
    if (results.empty()) return std::nullopt;
    auto last = std::move(results.back());
    if (last.error.empty()) run_.reports.push_back({Report::Kind::outside, 0, {last}, ""});
    return last;
  }

  // ---------------------------------------------------------------------------------------------- steps

  void perform(const PermutationStep& step) {
    const auto session = session_of(step);
    if (active_[session].step != nullptr) wait_for(session);
    active_[session].step = &step;
    active_[session].notices_awaited.clear();
    for (const auto& blocker : step.blockers) {
      const auto seen = blocker.kind == Blocker::Kind::notices ? notices_[session_of_step(blocker.step)] : 0;
      active_[session].notices_awaited.push_back(seen + blocker.notices);
    }
    clock_.send(session, program_.steps[step.step]);
    const bool done = first_look(step);
    try_all(Patience::only_a_look);
    if (!done) waiting_.push_back(&step);
  }

  std::size_t session_of_step(std::size_t step) const { return program_.specification.steps[step].session; }

  // The session that is to perform the next step has not finished the one before.
  void wait_for(std::size_t session) {
    while (active_[session].step != nullptr) {
      const auto& step = *active_[session].step;
      const auto before = progress_;
      if (look_again(step, Patience::until_done)) std::erase(waiting_, &step);
      try_all(Patience::only_a_look);
      if (active_[session].step != nullptr && progress_ == before && !clock_.pass_until_something()) {
        give_up(step, "it is never reported: what stands in parentheses never happens");
      }
    }
  }

  // True if it is done, and reported so.
  bool first_look(const PermutationStep& step) {
    const bool once =
        std::ranges::any_of(step.blockers, [](const Blocker& blocker) { return blocker.kind == Blocker::Kind::once; });
    if (!once && poll(step) && !held_back(step)) {
      report(Report::Kind::done, step);
      return true;
    }
    run_.reports.push_back({Report::Kind::waiting, step.step, {}, ""});
    return false;
  }

  bool look_again(const PermutationStep& step, Patience patience) {
    if (patience == Patience::until_done) {
      while (!poll(step)) {
        if (!clock_.pass_until_something()) cancel(step);
      }
    } else if (!poll(step)) {
      return false;
    }
    if (held_back(step)) return false;
    report(Report::Kind::completed, step);
    return true;
  }

  // Whether the server has answered; a look that finds that it has not takes its time.
  bool poll(const PermutationStep& step) {
    const auto session = session_of(step);
    if (connections_[session].busy()) clock_.pass(poll_milliseconds);
    take_notices(session);
    return !connections_[session].busy();
  }

  // Looks at all that wait, in the order in which they were sent; again where a report may have freed one of them.
  void try_all(Patience patience) {
    bool again = true;
    while (again) {
      const auto before = progress_;
      bool may_be_freed = false;
      for (std::size_t i = 0; i < waiting_.size();) {
        const auto* step = waiting_[i];
        if (look_again(*step, patience)) {
          std::erase(waiting_, step);
        } else {
          may_be_freed = may_be_freed || !step->blockers.empty();
          ++i;
        }
      }
      again = may_be_freed && progress_ != before;
    }
  }

  void report(Report::Kind kind, const PermutationStep& step) {
    const auto session = session_of(step);
    run_.reports.push_back({kind, step.step, connections_[session].take_results(), ""});
    active_[session].step = nullptr;
    ++progress_;
  }

  bool held_back(const PermutationStep& step) const {
    const auto& awaited = active_[session_of(step)].notices_awaited;
    for (std::size_t i = 0; i < step.blockers.size(); ++i) {
      const auto& blocker = step.blockers[i];
      const auto other = session_of_step(blocker.step);
      if (blocker.kind == Blocker::Kind::notices && notices_[other] < awaited[i]) return true;
      const auto* active = active_[other].step;
      if (blocker.kind == Blocker::Kind::step && active != nullptr && active->step == blocker.step) return true;
    }
    return false;
  }

  void take_notices(std::size_t session) {
    for (const auto& notice : connections_[session].take_notices()) {
      run_.reports.push_back(
          {Report::Kind::notice, 0, {}, program_.specification.sessions[session].name + ": " + notice});
      ++notices_[session];
      ++progress_;
    }
  }

  // Nobody will ever end this wait.
  void cancel(const PermutationStep& step) {
    run_.reports.push_back({Report::Kind::remark,
                            step.step,
                            {},
                            "isolationtester: canceling step " + program_.specification.steps[step.step].name +
                                " after " + std::to_string(cancel_seconds) + " seconds"});
    clock_.cancel(session_of(step));
  }

  [[noreturn]] void give_up(const PermutationStep& step, std::string message) const {
    throw ModelError(*program_.specification.source, step.at, std::move(message));
  }

  const Program& program_;
  Server server_;
  std::vector<Connection> connections_;
  Clock clock_;
  Run run_;
  std::vector<Active> active_;                   // one a session
  std::vector<const PermutationStep*> waiting_;  // in the order in which they were sent
  std::vector<std::size_t> notices_;             // so far; one a session
  std::size_t progress_ = 0;                     // grows with every report and notice
};

}  // namespace

Transcript run(const Program& program, const std::function<void(const Run&)>& tell) {
  const auto& specification = program.specification;
  Transcript transcript;
  transcript.sessions = specification.sessions.size();
  Server server({program.catalog, {}}, specification.sessions.size() + 1);
  Connection control(server, specification.sessions.size());
  std::vector<Report> reports;
  for (const auto& message : program.setups) {
    if (message.empty()) continue;
    control.send(message);
    check(!control.busy(), "nobody else is there whom the setup could wait for");
    control.take_notices();
    auto results = control.take_results();
    if (results.empty()) continue;
    if (!results.back().error.empty()) {
      throw ModelError(*specification.source, message.front().at, "this setup fails: " + results.back().error);
    }
    reports.push_back({Report::Kind::outside, 0, {std::move(results.back())}, ""});
  }
  for (const auto& permutation : specification.permutations) {
    auto one = Tester(program, server).run(permutation);
    one.reports.insert(one.reports.begin(), reports.begin(), reports.end());
    if (tell) tell(one);
    transcript.runs.push_back(std::move(one));
  }
  return transcript;
}

}  // namespace gapless::spec
