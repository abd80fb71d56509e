// Intervals: their input and output forms, their order, and how the parts of an instant are told apart.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "sql/value.h"

namespace gapless::sql {

// What interval '…' says: "30 days", "-1 mon 2 hrs", "1 day 02:03:04.5", "1-2" (years and months), "1 day ago",
// "P1Y2M3DT4H5M6S". Nothing where PostgreSQL says "invalid input syntax"; `too_large` where it says "interval field
// value out of range", `sum_too_large` where every field has a possible value, but years and months together have not.
struct IntervalReading {
  std::optional<Interval> value;
  bool too_large = false;
  bool sum_too_large = false;
};
IntervalReading read_interval(std::string_view text);

// "1 mon 2 days -03:04:05.5", PostgreSQL's default style.
std::string interval_text(const Interval& interval);

// As `=` and `<` see intervals: a month has 30 days, a day 24 hours. '1 mon' and '30 days' are equal.
std::strong_ordering compare(const Interval& a, const Interval& b);

// The same for all that are equal: as many months as go into it, then days.
Interval justified(const Interval& interval);

}  // namespace gapless::sql
