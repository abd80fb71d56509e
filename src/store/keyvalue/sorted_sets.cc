// Sorted sets: in order of score, members of one score in order of their bytes.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "store/keyvalue/machine.h"
#include "store/keyvalue/numbers.h"

namespace gapless::store::keyvalue {
namespace {

using Use = Kind::Use;
using Ranked = std::vector<std::pair<double, std::string>>;

const SortedSet& set_at(Machine& machine, const std::string& key) {
  static const SortedSet none;
  const SortedSet* set = machine.get<SortedSet>(key);
  return set == nullptr ? none : *set;
}

Ranked ranked(const SortedSet& set) {
  Ranked all;
  for (const auto& [member, score] : set) all.emplace_back(score, member);
  std::sort(all.begin(), all.end());
  return all;
}

struct Adding {
  bool nx = false, xx = false, gt = false, lt = false, ch = false, incr = false;
  std::size_t scores_from = 2;  // where the options end
};

Adding adding_of(const Command& command, bool incr) {
  Adding how{.incr = incr};
  for (; how.scores_from < command.size(); ++how.scores_from) {
    std::string word = upper(command[how.scores_from]);
    bool* option = word == "NX"     ? &how.nx
                   : word == "XX"   ? &how.xx
                   : word == "GT"   ? &how.gt
                   : word == "LT"   ? &how.lt
                   : word == "CH"   ? &how.ch
                   : word == "INCR" ? &how.incr
                                    : nullptr;
    if (option == nullptr) break;
    *option = true;
  }
  std::size_t words = command.size() - how.scores_from;
  if (words % 2 != 0 || words == 0) fail_syntax();
  if (how.nx && how.xx) fail("XX and NX options at the same time are not compatible");
  if ((how.gt && how.nx) || (how.lt && how.nx) || (how.gt && how.lt))
    fail("GT, LT, and/or NX options at the same time are not compatible");
  if (how.incr && words > 2) fail("INCR option supports a single increment-element pair");
  return how;
}

enum class Done : std::uint8_t { nothing, same, added, updated };

// `score` becomes the member's score where that is what INCR asks for.
Done add_one(SortedSet& set, const Adding& how, const std::string& member, double& score) {
  auto found = set.find(member);
  if (found == set.end()) {
    if (how.xx) return Done::nothing;
    set.emplace(member, score + 0.0);  // -0 is 0
    return Done::added;
  }
  if (how.nx) return Done::nothing;
  if (how.incr) score += found->second;
  if (std::isnan(score)) fail("resulting score is not a number (NaN)");
  if ((how.lt && score >= found->second) || (how.gt && score <= found->second)) return Done::nothing;
  if (score == found->second) return Done::same;
  found->second = score + 0.0;
  return Done::updated;
}

Reply add(Machine& machine, const Command& command, bool incr) {
  Adding how = adding_of(command, incr);
  std::vector<double> scores;
  for (std::size_t i = how.scores_from; i < command.size(); i += 2) scores.push_back(double_of(command[i]));
  SortedSet* existing = machine.get<SortedSet>(command[1]);
  if (existing == nullptr && how.xx) return how.incr ? Reply() : integer(0);
  SortedSet& set = existing != nullptr ? *existing : machine.make<SortedSet>(command[1]);
  std::int64_t added = 0, updated = 0;
  Done done = Done::nothing;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    done = add_one(set, how, command[how.scores_from + 2 * i + 1], scores[i]);
    added += done == Done::added ? 1 : 0;
    updated += done == Done::updated ? 1 : 0;
  }
  if (added + updated > 0) machine.changed(command[1]);
  if (how.incr) return done == Done::nothing ? Reply() : bulk(print_score(scores[0]));
  return integer(how.ch ? added + updated : added);
}

Reply zadd(Machine& machine, const Command& command) { return add(machine, command, false); }
Reply zincrby(Machine& machine, const Command& command) { return add(machine, command, true); }

Reply zrem(Machine& machine, const Command& command) {
  SortedSet* set = machine.get<SortedSet>(command[1]);
  std::size_t removed = 0;
  for (std::size_t i = 2; set != nullptr && i < command.size(); ++i) removed += set->erase(command[i]);
  if (removed > 0) machine.changed(command[1]);
  return integer(static_cast<std::int64_t>(removed));
}

Reply zscore(Machine& machine, const Command& command) {
  const SortedSet& set = set_at(machine, command[1]);
  auto found = set.find(command[2]);
  return found == set.end() ? Reply() : bulk(print_score(found->second));
}

Reply zcard(Machine& machine, const Command& command) {
  return integer(static_cast<std::int64_t>(set_at(machine, command[1]).size()));
}

Reply rank(Machine& machine, const Command& command, bool reverse) {
  Ranked all = ranked(set_at(machine, command[1]));
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].second == command[2]) return integer(static_cast<std::int64_t>(reverse ? all.size() - 1 - i : i));
  return {};
}

Reply zrank(Machine& machine, const Command& command) { return rank(machine, command, false); }
Reply zrevrank(Machine& machine, const Command& command) { return rank(machine, command, true); }

// 5, (5, -inf: what Redis takes as a bound, which is whatever strtod makes something of.
struct Bound {
  double score = 0;
  bool open = false;

  static Bound of(const std::string& word) {
    bool open = word.starts_with('(');
    const char* start = word.c_str() + (open ? 1 : 0);
    char* end = nullptr;
    double score = std::strtod(start, &end);
    if (*end != '\0' || std::isnan(score)) fail("min or max is not a float");
    return {score, open};
  }
};

struct Between {
  Bound least, most;

  static Between of(const std::string& least, const std::string& most) {
    Bound first = Bound::of(least);
    return {first, Bound::of(most)};
  }
  bool holds(double score) const {
    return (least.open ? score > least.score : score >= least.score) &&
           (most.open ? score < most.score : score <= most.score);
  }
};

struct Ranging {
  bool by_score = false, reverse = false, with_scores = false, limited = false;
  std::int64_t offset = 0, limit = -1;
};

void read_options(const Command& command, bool is_zrange, Ranging& how) {
  for (std::size_t i = 4; i < command.size(); ++i) {
    std::string word = upper(command[i]);
    if (word == "WITHSCORES") {
      how.with_scores = true;
    } else if (word == "LIMIT" && i + 2 < command.size()) {
      how.limited = true;
      how.offset = integer_of(command[i + 1]);
      how.limit = integer_of(command[i + 2]);
      i += 2;
    } else if (is_zrange && word == "REV") {
      how.reverse = true;
    } else if (is_zrange && word == "BYSCORE") {
      how.by_score = true;
    } else if (is_zrange && word == "BYLEX") {
      fail("BYLEX is not simulated; write BYSCORE, or a range of indexes");
    } else {
      fail_syntax();
    }
  }
  if (how.limited && how.limit != -1 && !how.by_score)
    fail("syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
}

Ranked by_score(Ranked all, const Between& between, const Ranging& how) {
  std::erase_if(all, [&](const auto& one) { return !between.holds(one.first); });
  if (how.reverse) std::reverse(all.begin(), all.end());
  std::int64_t size = static_cast<std::int64_t>(all.size());
  if (how.offset < 0 || how.offset >= size) return {};
  std::int64_t count = how.limit < 0 ? size - how.offset : std::min(how.limit, size - how.offset);
  return {all.begin() + how.offset, all.begin() + how.offset + count};
}

Ranked by_index(Ranked all, std::int64_t start, std::int64_t stop, bool reverse) {
  std::int64_t size = static_cast<std::int64_t>(all.size());
  if (reverse) std::reverse(all.begin(), all.end());
  if (start < 0) start = std::max<std::int64_t>(start + size, 0);
  if (stop < 0) stop += size;
  stop = std::min(stop, size - 1);
  if (start > stop) return {};
  return {all.begin() + start, all.begin() + stop + 1};
}

Reply listed(const Ranked& members, bool with_scores) {
  std::vector<std::string> texts;
  for (const auto& [score, member] : members) {
    texts.push_back(member);
    if (with_scores) texts.push_back(print_score(score));
  }
  return bulks(texts);
}

Reply range(Machine& machine, const Command& command, bool is_zrange, Ranging how) {
  read_options(command, is_zrange, how);
  if (how.by_score) {
    bool swapped = how.reverse;
    Between between = Between::of(command[swapped ? 3 : 2], command[swapped ? 2 : 3]);
    return listed(by_score(ranked(set_at(machine, command[1])), between, how), how.with_scores);
  }
  std::int64_t start = integer_of(command[2]);
  std::int64_t stop = integer_of(command[3]);
  return listed(by_index(ranked(set_at(machine, command[1])), start, stop, how.reverse), how.with_scores);
}

Reply zrange(Machine& machine, const Command& command) { return range(machine, command, true, {}); }
Reply zrevrange(Machine& machine, const Command& command) { return range(machine, command, false, {.reverse = true}); }
Reply zrangebyscore(Machine& machine, const Command& command) {
  return range(machine, command, false, {.by_score = true});
}
Reply zrevrangebyscore(Machine& machine, const Command& command) {
  return range(machine, command, false, {.by_score = true, .reverse = true});
}

Reply zcount(Machine& machine, const Command& command) {
  Between between = Between::of(command[2], command[3]);
  const SortedSet& set = set_at(machine, command[1]);
  return integer(std::count_if(set.begin(), set.end(), [&](const auto& one) { return between.holds(one.second); }));
}

Reply pop(Machine& machine, const Command& command, bool greatest) {
  if (command.size() > 3) fail_syntax();
  std::int64_t count = command.size() == 3 ? count_of(command[2]) : 1;
  SortedSet* set = machine.get<SortedSet>(command[1]);
  if (set == nullptr || count == 0) return array({});
  Ranked taken = by_index(ranked(*set), 0, count - 1, greatest);
  for (const auto& [score, member] : taken) set->erase(member);
  machine.changed(command[1]);
  return listed(taken, true);
}

Reply zpopmin(Machine& machine, const Command& command) { return pop(machine, command, false); }
Reply zpopmax(Machine& machine, const Command& command) { return pop(machine, command, true); }

Reply remove(Machine& machine, const std::string& key, const Ranked& members) {
  if (members.empty()) return integer(0);
  SortedSet& set = *machine.get<SortedSet>(key);
  for (const auto& [score, member] : members) set.erase(member);
  machine.changed(key);
  return integer(static_cast<std::int64_t>(members.size()));
}

Reply zremrangebyscore(Machine& machine, const Command& command) {
  Between between = Between::of(command[2], command[3]);
  return remove(machine, command[1], by_score(ranked(set_at(machine, command[1])), between, {}));
}

Reply zremrangebyrank(Machine& machine, const Command& command) {
  std::int64_t start = integer_of(command[2]);
  std::int64_t stop = integer_of(command[3]);
  return remove(machine, command[1], by_index(ranked(set_at(machine, command[1])), start, stop, false));
}

constexpr std::string_view scores = "a key, the least and the greatest score";
constexpr std::string_view indexes = "a key, the first and the last index";

constexpr Kind commands[] = {
    {"ZADD", -4, Use::write, zadd, "a key, then NX or XX, GT or LT, CH, INCR, then scores, each with a member"},
    {"ZINCRBY", 4, Use::write, zincrby, "a key, a number and a member"},
    {"ZREM", -3, Use::write, zrem, "a key and members"},
    {"ZSCORE", 3, Use::read, zscore, "a key and a member"},
    {"ZCARD", 2, Use::read, zcard, "a key"},
    {"ZRANK", 3, Use::read, zrank, "a key and a member"},
    {"ZREVRANK", 3, Use::read, zrevrank, "a key and a member"},
    {"ZRANGE", -4, Use::read, zrange, "a key, from, to, then BYSCORE, REV, LIMIT offset count, WITHSCORES"},
    {"ZREVRANGE", -4, Use::read, zrevrange, "a key, the first and the last index, then WITHSCORES"},
    {"ZRANGEBYSCORE", -4, Use::read, zrangebyscore,
     "a key, the least and the greatest score, then WITHSCORES, LIMIT offset count"},
    {"ZREVRANGEBYSCORE", -4, Use::read, zrevrangebyscore,
     "a key, the greatest and the least score, then WITHSCORES, LIMIT offset count"},
    {"ZCOUNT", 4, Use::read, zcount, scores},
    {"ZPOPMIN", -2, Use::write, zpopmin, "a key, then how many"},
    {"ZPOPMAX", -2, Use::write, zpopmax, "a key, then how many"},
    {"ZREMRANGEBYSCORE", 4, Use::write, zremrangebyscore, scores},
    {"ZREMRANGEBYRANK", 4, Use::write, zremrangebyrank, indexes},
};

}  // namespace

std::span<const Kind> sorted_set_commands() { return commands; }

}  // namespace gapless::store::keyvalue
