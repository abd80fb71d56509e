// What the user wants to see fuzzed: how often each kind of statement comes, and which isolation levels.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "store/operation.h"

namespace gapless::disagree {

struct Wishes {
  // Kind → weight; 0 leaves it out. Up to table_lock they are kinds of statements, the others are of surroundings:
  // foreign (keys), unique (keys beside the primary one), keyless (tables); default_level is SET
  // default_transaction_isolation.
  std::map<std::string, int> weights = {
      {"select", 4},   {"aggregate", 3},  {"join", 2},       {"lock", 6},       {"update", 9},       {"delete", 3},
      {"insert", 5},   {"conflict", 4},   {"from", 2},       {"subselect", 4},  {"claim", 2},        {"with", 3},
      {"advisory", 2}, {"table_lock", 1}, {"savepoint", 3},  {"timeout", 1},    {"foreign", 3},      {"unique", 5},
      {"keyless", 1},  {"read_only", 1},  {"deferrable", 0}, {"autocommit", 3}, {"default_level", 1}};
  std::vector<store::Isolation> levels = {store::Isolation::read_committed, store::Isolation::repeatable_read,
                                          store::Isolation::serializable};
  std::size_t least_sessions = 2;
  std::size_t most_sessions = 4;

  int weight(const std::string& kind) const { return weights.at(kind); }
  bool any(const std::string& kind) const { return weight(kind) > 0; }

  // "lock=3,update=2,foreign=0" on top of what is there; "only:lock,update" makes all others 0.
  // Throws std::invalid_argument.
  void adjust(std::string_view text);
  // "rc,rr,ser".
  void choose_levels(std::string_view text);
};

}  // namespace gapless::disagree
