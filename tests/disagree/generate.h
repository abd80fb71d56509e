// Random schedules: number i of a seed is always the same.
#pragma once

#include <cstdint>

#include "schedule.h"
#include "wishes.h"

namespace gapless::disagree {

// Schedules of one block share their tables and the rows in them, so that few tables need to be created.
inline constexpr std::uint64_t block = 10;

Schedule random_schedule(std::uint64_t seed, std::uint64_t number, const Wishes& wishes);

}  // namespace gapless::disagree
