// An aggregate over the rows of one group, fed one value at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sql/statement.h"
#include "store/relational/evaluate_values.h"

namespace gapless::store {

class Accumulator {
 public:
  Accumulator(const sql::Expression& aggregate, const Place& place) : aggregate_(aggregate), place_(place) {}

  // One row's argument; NULLs do not count (but for count(*), which has no argument: pass anything).
  // `delimiter` is string_agg's.
  void add(const Value& value, const Value& delimiter);
  // What the rows so far amount to. Of no rows: 0 for the counts, NULL for the others.
  Value result();

 private:
  void take(const Value& value, const Value& delimiter);
  void add_to_sum(const Value& value);
  Value sum() const;

  const sql::Expression& aggregate_;
  Place place_;
  std::int64_t count_ = 0;
  Value best_;                             // min, max, bool_and, bool_or; NULL before the first row
  std::string text_;                       // string_agg
  std::int64_t whole_ = 0;                 // the sum of integers
  std::optional<Decimal> sum_;             // of numerics, and of bigints beyond 64 bits
  std::optional<sql::Interval> interval_;  // the sum of intervals
  bool only_small_ = true;                 // all were int4: their sum is a bigint
  std::vector<Tuple> distinct_;            // DISTINCT: waits until all are known
};

}  // namespace gapless::store
