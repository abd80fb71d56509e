// The command line as values. The only door to CLI11.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "explore/explore.h"
#include "model/verdict.h"
#include "store/operation.h"

namespace gapless::cli {

enum class Format : std::uint8_t { text, json, junit };

// Which models of the files are meant.
struct Selection {
  std::vector<std::string> paths;  // files and folders
  std::optional<std::string> variant;
  std::optional<std::size_t> actors;
  std::vector<std::optional<store::Isolation>> levels = {std::nullopt};  // nullopt: the file's own
  std::optional<model::Faults> faults;                                   // nullopt: all settings of the file
};

struct Effort {
  model::Mode mode = model::Mode::automatic;
  std::size_t jobs = 1;            // variants that are checked at the same time; of a single one, threads
  bool all_cores = false;          // one variant at a time, with all of them
  std::uint64_t memory_bytes = 0;  // a variant; 0: the engine's default
  double seconds = 0;              // a variant; 0: no limit
  explore::Reductions reductions;
  std::optional<std::uint32_t> switches;
  explore::SampleOptions sample;
  std::string checkpoint;  // a folder; empty: none
  bool resume = false;
  bool odds = false;      // of `check`
  bool savings = false;   // of `check`
  bool forecast = false;  // of `check`; also where nobody watches the terminal
};

struct CheckArguments {
  Selection selection;
  Effort effort;
  Format format = Format::text;
  std::string output;     // empty: standard output
  std::string timelines;  // a folder for an SVG a violated variant; empty: none
  bool controls = false;  // drop each guard of what holds
  bool require_holds = false;
  bool require_no_vacuous = false;
};

struct ReplayArguments {
  std::vector<std::string> files;  // recorded schedules; or, with a model:
  Selection selection;             // exactly one path
  model::Schedule schedule;
};

struct DrawArguments {
  Selection selection;  // exactly one path: a model or a recorded schedule
  std::optional<model::Schedule> schedule;
  Effort effort;
  std::string output;
};

struct ListArguments {
  Selection selection;
};

struct RecordArguments {
  Selection selection;
  Effort effort;
  std::string folder;
};

struct SpecArguments {
  std::string path;
  std::string expected;  // isolationtester's output to compare with; empty: print ours
};

struct ExportArguments {
  enum class Format : std::uint8_t { isolationtester, sql };
  Format format = Format::isolationtester;
  Selection selection;                      // exactly one path: a recorded schedule, or a model
  std::optional<model::Schedule> schedule;  // of a model
  std::string output;                       // empty: standard output
};

struct LiveArguments {
  Selection selection;   // models and recorded schedules
  std::string postgres;  // URLs of the servers; empty: none is given
  std::string redis;
  std::optional<model::Schedule> schedule;
  bool all = false;          // every interleaving
  std::uint64_t sample = 0;  // so many, drawn with `seed`; 0: no sample
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> at_most;  // of `all`: leave out what has more interleavings
};

struct FormatArguments {
  std::vector<std::string> paths;   // files and folders; or "-" alone, standard input
  bool check = false;               // say what differs, and write nothing
  bool to_standard_output = false;  // not into the file
};

struct NewArguments {
  std::string money_path;  // empty: say which there are
  std::string store = "postgres";
  std::string output;  // empty: named after the path; "-": standard output
};

using Arguments = std::variant<LiveArguments, CheckArguments, ReplayArguments, DrawArguments, ListArguments,
                               RecordArguments, SpecArguments, ExportArguments, FormatArguments, NewArguments>;

// Asked for, not wrong: --help, --version.
struct Help {
  std::string text;
};

struct UsageError {
  std::string message;
  Format format = Format::text;  // what was asked for, so that whoever reads JSON gets JSON
};

// The words after the program's name.
std::variant<Arguments, Help, UsageError> parse_arguments(std::span<const std::string> words);

// "read committed", also "read_committed" and "READ-COMMITTED".
std::optional<store::Isolation> parse_isolation(std::string_view text);

// What `--isolation all` means, weakest first.
std::vector<store::Isolation> all_levels();

// "2GiB", "512M", "1.5g", "1000000": bytes; units are powers of 1024.
std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace gapless::cli
