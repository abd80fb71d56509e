// Days and the calendar: proleptic Gregorian.
#pragma once

#include <cstdint>

namespace gapless::store {

struct Civil {
  std::int64_t year = 0;
  int month = 1;
  int day = 1;
};

// Days since 2000-01-01, and back.
std::int64_t days_of(const Civil& date);
Civil date_of(std::int64_t days);

}  // namespace gapless::store
