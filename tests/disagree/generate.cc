// First each session's transactions, then one order of all their statements.
#include "generate.h"

#include <algorithm>
#include <string>
#include <vector>

#include "writer.h"

namespace gapless::disagree {
namespace {

using store::Isolation;

class Generator {
 public:
  Generator(const World& world, const Wishes& wishes, Dice& dice)
      : world_(world), wishes_(wishes), dice_(dice), writer_(world, wishes, dice, has_serializable(wishes)) {}

  std::vector<Step> session(std::size_t number) {
    session_ = number;
    transaction_ = 0;
    steps_.clear();
    if (dice_.chance(7 * wishes_.weight("default_level"))) set_default_level();
    const int count = dice_.between(1, 2);
    for (int i = 0; i < count; ++i, ++transaction_) {
      if (dice_.chance(6 * wishes_.weight("autocommit"))) {
        say(writer_.statement());
      } else {
        write_transaction();
      }
    }
    return steps_;
  }

 private:
  // Scans are written for SERIALIZABLE wherever it may come.
  static bool has_serializable(const Wishes& wishes) {
    return std::count(wishes.levels.begin(), wishes.levels.end(), Isolation::serializable) > 0;
  }

  void say(std::string statement) { steps_.push_back({session_, transaction_, std::move(statement)}); }

  void set_default_level() {
    const auto level = dice_.one_of(wishes_.levels);
    if (level == Isolation::read_committed) return;
    say("SET default_transaction_isolation = '" + store::to_string(level) + "'");
    ++transaction_;
  }

  void write_transaction() {
    const auto level = dice_.one_of(wishes_.levels);
    const bool read_only = dice_.chance(8 * wishes_.weight("read_only"));
    begin(level, read_only);
    savepoints_.clear();
    const int count = dice_.between(1, 4);
    for (int i = 0; i < count; ++i) {
      if (dice_.chance(6 * wishes_.weight("savepoint"))) savepoint();
      say(writer_.statement(read_only));
    }
    say(dice_.chance(80) ? "COMMIT" : "ROLLBACK");
  }

  void begin(Isolation level, bool read_only) {
    std::string text = "BEGIN";
    if (level == Isolation::repeatable_read) text += optional_part(" ISOLATION LEVEL REPEATABLE READ");
    if (level == Isolation::serializable) text += optional_part(" ISOLATION LEVEL SERIALIZABLE");
    const bool deferrable =
        read_only && level == Isolation::serializable && dice_.chance(30 * wishes_.weight("deferrable"));
    say(text + (read_only ? optional_part(" READ ONLY" + (deferrable ? optional_part(" DEFERRABLE") : "")) : ""));
    if (wishes_.any("timeout") && dice_.chance(2 * wishes_.weight("timeout"))) {
      say(dice_.one_of({"SET LOCAL lock_timeout = '30ms'", "SET LOCAL statement_timeout = '30ms'"}));
    }
  }

  void savepoint() {
    if (savepoints_.empty() || dice_.chance(35)) {
      savepoints_.push_back(dice_.one_of({"a", "b"}));
      return say("SAVEPOINT " + savepoints_.back());
    }
    const auto chosen = dice_.below(savepoints_.size());
    const auto name = savepoints_[chosen];
    const bool release = dice_.chance(30);
    savepoints_.resize(release ? chosen : chosen + 1);
    say((release ? "RELEASE " : "ROLLBACK TO ") + name);
  }

  const World& world_;
  const Wishes& wishes_;
  Dice& dice_;
  Writer writer_;
  std::size_t session_ = 0;
  std::size_t transaction_ = 0;
  std::vector<std::string> savepoints_;
  std::vector<Step> steps_;
};

}  // namespace

Schedule random_schedule(std::uint64_t seed, std::uint64_t number, const Wishes& wishes) {
  Dice world_dice(seed, 2 * (number / block));
  const auto world = random_world(world_dice, wishes);
  Dice dice(seed, 2 * number + 1);
  Schedule schedule;
  schedule.tables = world.script;
  schedule.rows = world.rows;
  schedule.sessions = static_cast<std::size_t>(
      dice.between(static_cast<int>(wishes.least_sessions), static_cast<int>(wishes.most_sessions)));
  Generator generator(world, wishes, dice);
  std::vector<std::vector<Step>> sessions;
  for (std::size_t i = 0; i < schedule.sessions; ++i) sessions.push_back(generator.session(i));
  std::vector<std::size_t> next(schedule.sessions);
  for (;;) {
    std::vector<std::size_t> able;
    for (std::size_t i = 0; i < schedule.sessions; ++i) {
      if (next[i] < sessions[i].size()) able.push_back(i);
    }
    if (able.empty()) return schedule;
    const auto chosen = dice.one_of(able);
    schedule.steps.push_back(sessions[chosen][next[chosen]++]);
  }
}

}  // namespace gapless::disagree
