// An execution: a schedule with all that happened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/schedule.h"

namespace gapless::model {

// A row that a step read or wrote, named by table and key so that steps can be related.
struct Access {
  std::string table;   // "users", "bank.users" where there are several databases
  std::string row;     // "id = 1"; all columns where the table has no primary key
  std::string before;  // values before, "balance = 100"; empty where the row did not exist, or for a read
  std::string after;   // values after (or read); empty where the row was deleted
};

struct Step {
  // What kind of step it is for people: an ordinary one, or something that happens to an actor or to the world.
  enum class Kind : std::uint8_t { operation, crash, retry, duplicate, redeliver, last_run, world };

  Kind kind = Kind::operation;
  std::string choice;                  // as the schedule has it, "1", "1!crash", "expire(lock:SAVE50)"
  std::size_t actor = 0;               // from 1; 0 if it is nobody's
  std::optional<std::size_t> creates;  // the actor that this step made: a message, a duplicate
  std::string role;                    // the request's name
  std::string operation;               // "SELECT balance FROM users WHERE id = 1"
  // "balance = 100"; "waits for actor 1"; "unique_violation: …". A step that resumes says what it came to.
  std::string observation;
  bool starts_waiting = false;         // the statement began, took its snapshot, and waits (also after a resume)
  bool resumes = false;                // the statement began in an earlier step and goes on here
  bool failed = false;                 // the observation is an error
  std::vector<std::size_t> waits_for;  // actors that hold what it waits for
  std::vector<std::string> effects;    // "paid(50)" that went with this step
  std::string response;                // "200", if the request ended with this step
  std::vector<Access> reads;           // rows that the statement returned or looked at by WHERE
  std::vector<Access> writes;          // rows that it changed (visible to others from the commit on)
  bool commits = false;                // the writes of its transaction became visible to others here
};

// The write that made a read stale: step `write` (index into steps) changed `row` of `table`, which step `read` of
// another actor had read and later relied on in step `use`.
struct Staleness {
  std::size_t read = 0;
  std::size_t write = 0;
  std::size_t use = 0;
  std::string table;
  std::string row;
  std::string value_read;
  std::string value_written;
};

struct Execution {
  std::vector<std::string> actors;  // "withdraw(50)", for the lanes; those that came into being later at the end
  std::vector<Step> steps;
  bool complete = false;    // every actor has finished
  bool deadlocked = false;  // nobody can step, and some have not finished

  // Of a deadlock: who awaits what nobody will ever make true, and what: "SELECT status = 'paid' FROM orders".
  std::vector<std::pair<std::size_t, std::string>> awaits;

  // The first invariant that failed: its title ("deadlock" for a deadlock), after which step (index into steps), and
  // what it saw.
  std::string violated;
  std::size_t violated_at = 0;
  // The sub-expressions of the invariant with their values: ("min(balance)", "-50").
  std::vector<std::pair<std::string, std::string>> values;

  std::vector<Staleness> stale;
};

}  // namespace gapless::model
