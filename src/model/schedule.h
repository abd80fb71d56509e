// A schedule: the choices that determine an execution. For now only who steps next; "1 2 2 1".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gapless::model {

struct Schedule {
  std::vector<std::size_t> actors;  // numbered from 1, one entry a step

  auto operator<=>(const Schedule&) const = default;
};

std::string to_string(const Schedule& schedule);
std::optional<Schedule> parse_schedule(std::string_view text);

// Consecutive steps by different actors.
std::size_t switches(const Schedule& schedule);

// A schedule written down with what it belongs to: the text of a file in schedules/.
struct RecordedSchedule {
  std::string file;  // the model's file, relative to the folder that gapless runs in
  std::string scenario;
  std::string variant;
  std::string isolation;
  std::size_t actors = 0;
  std::string invariant;     // what it violates
  std::uint64_t digest = 0;  // of the model at the time: another one now means the schedule is STALE
  Schedule schedule;

  bool operator==(const RecordedSchedule&) const = default;
};

std::string to_string(const RecordedSchedule& recorded);
// nullopt where the text is not a schedule; `reason` then says why.
std::optional<RecordedSchedule> parse_recorded_schedule(std::string_view text, std::string& reason);

}  // namespace gapless::model
