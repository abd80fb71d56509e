// What a run came to: the verdict on one variant at one number of actors, how it was reached and how far it goes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/source.h"
#include "model/execution.h"
#include "model/model.h"
#include "model/schedule.h"

namespace gapless::model {

enum class Mode : std::uint8_t { automatic, census, search, enumerate, sample };
enum class Outcome : std::uint8_t { holds, violated, unknown };  // unknown: nothing found in what was covered
enum class Coverage : std::uint8_t { exhaustive, bounded, sampled, incomplete };
enum class Counts : std::uint8_t { exact, explored, none };

std::string to_string(Mode mode);  // "auto", "census", …
std::string to_string(Outcome outcome);
std::string to_string(Coverage coverage);
std::string to_string(Counts counts);
std::string to_string(Expected expected);

struct Counterexample {
  std::string invariant;
  Schedule schedule;
  bool simplest = false;  // fewest steps, then fewest switches, then smallest
  Execution execution;
};

// What each reduction saved: states, as far as they are known.
struct Savings {
  std::optional<std::string> distinct;     // decimal: with all actors told apart
  std::optional<std::uint64_t> symmetric;  // interchangeable actors forgotten
  std::optional<std::uint64_t> reduced;    // and what partial-order reduction and elision left of them
};

// What a sample says of what it did not see.
struct Sampling {
  std::string method;  // "PCT", "uniform", "remaining steps"
  std::uint64_t runs = 0;
  std::uint64_t violating = 0;  // of these
  std::uint64_t seed = 0;
  // PCT: of the bugs that `missed` speaks of; and what it was computed from: the longest interleaving seen, how many
  // could step at most, and how many runs were drawn knowing that length.
  std::size_t depth = 0;
  std::size_t steps = 0;
  std::size_t actors = 0;
  std::uint64_t counted = 0;
  // At most: the probability that all runs passed by a bug that is there. PCT: one of this depth; uniform: one that
  // shows in a single interleaving; else 1, since nothing is known.
  double missed = 1;
  // Uniform: the share of interleavings that violate lies below this, with 95 % confidence.
  double share_below = 1;
};

// How likely it is to meet a violation at some number of actors; see docs/odds.md.
struct Odds {
  std::size_t actors = 0;
  std::optional<std::string> interleavings;  // decimal
  std::optional<std::string> violating;
  std::optional<double> share;        // of the interleavings
  std::optional<double> uniform;      // where each step is taken by any actor that can, with equal probability
  std::optional<std::uint64_t> runs;  // of a test of so many requests that find it with 95 % under `uniform`
  std::string unknown;                // why there are no numbers: a limit was reached
};

struct Verdict {
  Outcome outcome = Outcome::unknown;
  Coverage coverage = Coverage::exhaustive;
  std::string coverage_reason;  // "memory limit of 2 GiB reached", for anything but exhaustive
  Mode mode = Mode::census;
  Counts counts = Counts::none;

  std::optional<std::string> interleavings;  // decimal; null when unknown
  std::optional<std::string> violating;
  std::optional<std::uint64_t> states;       // distinct canonical states
  std::optional<std::uint64_t> transitions;  // edges between them
  std::optional<std::uint64_t> executions;   // interleavings run one by one (enumerate)
  std::uint64_t fiber_runs = 0;
  double seconds = 0;

  std::optional<Counterexample> counterexample;
  std::optional<Savings> savings;
  std::optional<Sampling> sampling;
  std::vector<Odds> odds;  // --odds, by number of actors
  std::vector<std::string> warnings;

  // What of the model never came to anything, as far as was covered; empty in what was not exhaustive.
  std::vector<std::string> never_ran;       // statements, located: "withdraw.gap:12: UPDATE …"
  std::vector<std::string> never_succeeds;  // requests that end with no 2xx in any interleaving: "withdraw(50)"
};

// A guard of a variant that holds, dropped: an invariant must break, or the guard guards nothing.
struct Control {
  std::string guard;  // "the row lock FOR UPDATE", "AND balance >= :amount"
  std::string file;
  std::size_t line = 0;
  Outcome outcome = Outcome::unknown;
  std::string invariant;  // that broke
  std::string schedule;   // how
  // Why nothing can be said: an error of the model without its guard, a limit. Where nothing breaks: in which other
  // setting of faults or at which other level of the report it is needed.
  std::string note;
  // Nothing breaks without it, here or anywhere else in the report.
  bool vacuous() const { return outcome == Outcome::holds && note.empty(); }
};

// One cell of the matrix.
struct Run {
  std::string file;
  std::string scenario;
  std::string title;
  std::string variant;
  std::string variant_title;
  std::string story;
  store::Isolation isolation = store::Isolation::read_committed;
  store::Isolation file_isolation = store::Isolation::read_committed;  // where --isolation says nothing
  std::size_t actors = 0;
  Faults faults;
  bool faults_given = false;  // by --faults: not what the file says
  std::optional<Expected> expected;
  Verdict verdict;
  std::vector<Control> controls;  // --controls
  std::uint64_t digest = 0;

  // Whether the claim was met: null where none was made. A claim `holds` is not met by unknown.
  std::optional<bool> as_expected() const;
};

// Everything one command found.
struct Report {
  std::vector<Run> runs;
  std::vector<Diagnostic> errors;            // the user's: exit status 2
  std::vector<std::string> internal_errors;  // ours: exit status 4
  bool require_holds = false;                // --require holds: a violation fails even where it is expected
  bool require_no_vacuous = false;           // --require no-vacuous: a control that breaks nothing fails
  bool with_odds = false;                    // --odds
  bool with_savings = false;                 // --savings
  bool with_controls = false;                // --controls: each run says what became of its guards
  // Invariants that no variant and no control of its file violates: "file: title" (--controls).
  std::vector<std::string> never_failed;
};

// 0 every expectation met; 1 an expectation failed; 2 usage or model error; 3 coverage incomplete where `holds` needed
// it exhaustive; 4 internal error; 5 nothing matched. Precedence 4, 2, 1, 3, 5.
int exit_status(const Report& report);

}  // namespace gapless::model
