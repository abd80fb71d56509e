// A schedule: the choices that determine an execution, "1 2 2 1" or "1 2:lost_done 1!crash expire(lock:SAVE50)".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gapless::model {

// One step: who steps, and what is chosen where there is a choice.
struct Choice {
  Choice() = default;
  Choice(std::size_t number) : actor(number) {}  // NOLINT: meant to convert
  Choice(std::size_t number, std::string chosen) : actor(number), what(std::move(chosen)) {}

  std::size_t actor = 0;  // from 1; 0: nobody's step
  // The outcome of a call, ":lost_done"; what happens to the actor, "!crash", "!retry", "!duplicate", "!redeliver",
  // "!last_run"; what happens to the world, "expire(lock:SAVE50)", "clock(14:37)", "settle(charge(1, 50)):done",
  // "replicate(replica)", "forget(charge k1)". Else empty.
  std::string what;

  auto operator<=>(const Choice&) const = default;
};
std::string to_string(const Choice& choice);  // "2:lost_done"

struct Schedule {
  std::vector<Choice> steps;

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
  std::string faults = "none";  // to_string(Faults); a file without the line has none
  std::string invariant;        // what it violates
  std::uint64_t digest = 0;     // of the model at the time: another one now means the schedule is STALE
  Schedule schedule;

  bool operator==(const RecordedSchedule&) const = default;
};

std::string to_string(const RecordedSchedule& recorded);
// nullopt where the text is not a schedule; `reason` then says why.
std::optional<RecordedSchedule> parse_recorded_schedule(std::string_view text, std::string& reason);

}  // namespace gapless::model
