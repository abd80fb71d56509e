#include "play.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/source.h"

namespace gapless::disagree {
namespace {

// A play under way.
class Play {
 public:
  Play(const Schedule& schedule, Theirs& theirs)
      : schedule_(schedule),
        theirs_(theirs),
        ours_(store::prepare_schema(setup_script(schedule), "", "<setup>"), schedule.sessions) {
    played_.schedule = schedule;
    played_.schedule.steps.clear();
    theirs_.prepare(schedule);
  }

  Played run() {
    while (played_.verdict == Played::Verdict::agrees) {
      const auto next = next_step();
      if (!next) break;
      perform(*next);
    }
    if (played_.verdict == Played::Verdict::agrees) compare_tables();
    return std::move(played_);
  }

 private:
  // The first one left whose session is free; when none is left, whatever is open is rolled back.
  std::optional<Step> next_step() {
    for (; first_ < schedule_.steps.size() && done_.contains(first_); ++first_) done_.erase(first_);
    for (std::size_t i = first_; i < schedule_.steps.size(); ++i) {
      if (done_.contains(i) || ours_.busy(schedule_.steps[i].session)) continue;
      done_.insert(i);
      return schedule_.steps[i];
    }
    return closing_step();
  }

  std::optional<Step> closing_step() {
    bool anybody_waits = false;
    for (std::size_t i = 0; i < schedule_.sessions; ++i) {
      if (ours_.busy(i)) {
        anybody_waits = true;
      } else if (ours_.in_transaction(i)) {
        return Step{i, 0, "ROLLBACK"};
      }
    }
    if (!anybody_waits) return std::nullopt;
    for (std::size_t i = 0; i < schedule_.sessions; ++i) {
      if (ours_.busy(i) || unlocked_.contains(i)) continue;
      unlocked_.insert(i);
      return Step{i, 0, "SELECT pg_advisory_unlock_all()"};
    }
    return std::nullopt;  // a cycle through a wait for a safe snapshot, which stands for ever
  }

  void perform(const Step& step) {
    const auto statement = plain(step.statement);
    Line line{{step.session, step.transaction, statement}, {}, {}};
    played_.schedule.steps.push_back(step);
    std::vector<std::size_t> busy;
    for (std::size_t i = 0; i < schedule_.sessions; ++i) {
      if (i == step.session || ours_.busy(i)) busy.push_back(i);
    }
    std::vector<Answers> expected;
    std::string broken;
    try {
      ours_.perform(step.session, statement);
      expected = ours_.outcomes();
    } catch (const ModelError& error) {
      return finish(Played::Verdict::refused, error.diagnostic().message);
    } catch (const std::exception& error) {  // one of our own beliefs is wrong
      broken = error.what();
    }
    if (ours_.deadlocked()) theirs_.let_checks_pass();
    theirs_.send(step.session, statement);
    const auto actual = theirs_.settle(expected);
    line.theirs = to_string(actual, busy);
    for (const auto& outcome : expected) line.ours.push_back(to_string(outcome, busy));
    if (!broken.empty()) line.ours.push_back("BROKEN: " + broken);
    played_.lines.push_back(std::move(line));
    played_.waits += actual.contains(step.session) ? 0 : 1;
    played_.choices += expected.size() > 1 ? 1 : 0;
    for (const auto& [session, answer] : actual) {
      if (session != step.session) unlocked_.erase(session);  // perhaps it has just got one
    }
    const bool agreed = broken.empty() && ours_.keep(actual);
    if (!agreed) return finish(Played::Verdict::disagrees, difference(expected, actual, busy, broken));
    if (ours_.states() > 300) finish(Played::Verdict::lost, "too many choices to follow");
  }

  // Roughly: what kind of statement, and what kind of answers. A shrunk schedule must still differ in this.
  std::string difference(const std::vector<Answers>& expected, const Answers& actual,
                         const std::vector<std::size_t>& busy, const std::string& broken) const {
    if (!broken.empty()) return "BROKEN: " + broken;
    for (const auto session : busy) {
      const auto theirs = kind_of(actual, session);
      std::string ours;
      bool alike = false;
      for (const auto& outcome : expected) {
        const auto found = outcome.find(session);
        const auto mine = actual.find(session);
        alike |= (found == outcome.end()) == (mine == actual.end()) &&
                 (found == outcome.end() || found->second == mine->second);
        ours = kind_of(outcome, session);
      }
      if (!alike) return "ours " + ours + ", theirs " + theirs;
    }
    return "in combination";
  }

  // "waits", "ERROR 40001", "UPDATE".
  static std::string kind_of(const Answers& answers, std::size_t session) {
    const auto found = answers.find(session);
    if (found == answers.end()) return "waits";
    const bool error = found->second.starts_with("ERROR");
    return found->second.substr(0, error ? 11 : found->second.find_first_of(" :"));
  }

  void compare_tables() {
    const auto ours = ours_.tables();
    std::vector<std::string> names;
    for (const auto& table : ours) names.push_back(table.substr(0, table.find(':')));
    const auto theirs = theirs_.tables(names);
    for (std::size_t i = 0; i < ours.size(); ++i) {
      if (ours[i] == theirs[i]) continue;
      played_.lines.push_back({{0, 0, "finally"}, theirs[i], {ours[i]}});
      return finish(Played::Verdict::disagrees, "final rows");
    }
  }

  void finish(Played::Verdict verdict, std::string reason) {
    played_.verdict = verdict;
    played_.reason = std::move(reason);
  }

  const Schedule& schedule_;
  Theirs& theirs_;
  Ours ours_;
  Played played_;
  std::size_t first_ = 0;
  std::set<std::size_t> done_;      // from first_ on
  std::set<std::size_t> unlocked_;  // sessions that hold no lock beyond a transaction
};

}  // namespace

Played play(const Schedule& schedule, Theirs& theirs) { return Play(schedule, theirs).run(); }

}  // namespace gapless::disagree
