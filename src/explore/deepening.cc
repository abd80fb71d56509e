// Depth first with a budget of switches, which is raised until something is found (iterative deepening; Korf, 1985):
// most races need few. At each state the smallest actor is tried first, so that the first schedule found is the
// smallest. What was tried in vain with some budget is remembered and not tried again with the same or less.
//
// Where only an end can violate, every actor that has not finished costs a switch yet, but for the one that goes on,
// and a step each. Without this a violation at the end of twenty requests would cost as much as all of them.
#include "explore/deepening.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/hash_map.h"

namespace gapless::explore {
namespace {

class Deepening {
 public:
  Deepening(Space& space, std::uint64_t depth, const Violations& how, std::uint64_t most_states)
      : space_(space), depth_(depth), ends_(how.finally && !how.always && !how.deadlock), left_(most_states) {}

  std::optional<model::Schedule> run() {
    const auto actors = space_.initial_locals();
    const auto row = space_.initial();
    for (std::uint64_t budget = 0; budget <= depth_; ++budget) {
      if (search(row, actors, nobody_yet, 0, budget)) {
        std::reverse(steps_.begin(), steps_.end());
        model::Schedule schedule;
        schedule.steps = steps_;
        return schedule;
      }
      if (left_ == 0) return std::nullopt;
    }
    check_failed("a violation of the length that was found is found again", std::source_location::current());
  }

 private:
  static constexpr std::size_t nobody_yet = static_cast<std::size_t>(-1);

  struct Try {
    std::size_t actor;
    std::string what;
    StateRow row;
    std::vector<LocalNumber> actors;
  };

  bool violates(const StateRow& row) {
    if (space_.violates_always(row)) return true;
    const auto end = space_.end(row);
    return end == Space::End::stuck || (end != Space::End::none && space_.violates_finally(row));
  }

  bool search(const StateRow& row, const std::vector<LocalNumber>& actors, std::size_t last, std::uint64_t depth,
              std::uint64_t budget) {
    if (depth == depth_) return violates(row);
    if (left_ == 0) return false;
    --left_;
    if (ends_ && is_hopeless(actors, last, depth, budget)) return false;
    const auto name = name_of(row, actors, last, depth);
    const auto known = in_vain_.find(name);
    if (known != in_vain_.end() && known->second >= budget) return false;
    for (auto& next : tries(row, actors, last, budget)) {
      const bool is_switch = last != nobody_yet && last != next.actor;
      if (!search(next.row, next.actors, next.actor, depth + 1, budget - (is_switch ? 1 : 0))) continue;
      steps_.push_back(model::Choice{next.actor, next.what});
      return true;
    }
    if (left_ > 0) in_vain_[name] = budget;
    return false;
  }

  bool is_hopeless(const std::vector<LocalNumber>& actors, std::size_t last, std::uint64_t depth,
                   std::uint64_t budget) const {
    std::uint64_t unfinished = 0;
    std::uint64_t switches = 0;
    for (std::size_t i = 0; i < actors.size(); ++i) {
      if (space_.is_finished(actors[i])) continue;
      ++unfinished;
      if (i + 1 != last && last != nobody_yet) ++switches;
    }
    if (last == nobody_yet && unfinished > 0) switches = unfinished - 1;
    return unfinished > depth_ - depth || switches > budget;
  }

  // All that can be done with the budget, smallest first. Of equal actors the first is enough, and the one that goes
  // on.
  std::vector<Try> tries(const StateRow& row, const std::vector<LocalNumber>& actors, std::size_t last,
                         std::uint64_t budget) {
    std::vector<Try> result;
    for (const auto& move : space_.moves(row)) {
      const auto add = [&](std::size_t actor) {
        if (last != nobody_yet && actor != last && budget == 0) return;
        result.push_back({actor, space_.what(move), move.row, after(actors, actor, move)});
      };
      if (move.group == Move::nobody) {
        add(0);
        continue;
      }
      const auto local = row.groups[move.group].local;
      const auto first = std::find(actors.begin(), actors.end(), local);
      const auto actor = static_cast<std::size_t>(first - actors.begin()) + 1;
      add(actor);
      if (last != nobody_yet && last > actor && actors[last - 1] == local) add(last);
    }
    std::ranges::sort(result,
                      [](const Try& a, const Try& b) { return std::tie(a.actor, a.what) < std::tie(b.actor, b.what); });
    return result;
  }

  std::vector<LocalNumber> after(const std::vector<LocalNumber>& before, std::size_t actor, const Move& move) {
    auto actors = before;
    for (std::size_t i = 0; i < actors.size(); ++i) {
      actors[i] = i + 1 == actor ? move.local : space_.renamed(actors[i], move.change);
    }
    if (move.created != Move::no_local) actors.push_back(move.created);
    return actors;
  }

  // What decides what can still be found: which of several equal actors it was does not.
  static std::string name_of(const StateRow& row, const std::vector<LocalNumber>& actors, std::size_t last,
                             std::uint64_t depth) {
    std::string name;
    const auto add = [&](std::uint64_t number) { name.append(reinterpret_cast<const char*>(&number), sizeof number); };
    add(depth);
    add(last == nobody_yet ? ~std::uint64_t{0} : last == 0 ? ~std::uint64_t{1} : actors[last - 1]);
    add(row.world);
    for (const auto& group : row.groups) add((std::uint64_t{group.local} << 32U) | group.count);
    return name;
  }

  Space& space_;
  const std::uint64_t depth_;
  const bool ends_;
  std::uint64_t left_;
  HashMap<std::string, std::uint64_t> in_vain_;  // the largest budget
  std::vector<model::Choice> steps_;             // backwards
};

}  // namespace

std::optional<model::Schedule> simplest_by_deepening(Space& space, std::uint64_t depth, const Violations& how,
                                                     std::uint64_t most_states) {
  return Deepening(space, depth, how, most_states).run();
}

}  // namespace gapless::explore
