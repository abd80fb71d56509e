// gapless format: as gofmt and black do it. A file with a mistake is named and left as it is; the others are done.
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/check.h"
#include "cli/diff.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/run.h"
#include "scenario/format/format.h"

namespace gapless::cli {
namespace {

constexpr std::string_view standard_input = "-";

struct Result {
  std::string name;
  std::string before;
  std::string after;
};

Result format_file(const std::string& path) {
  const bool piped = path == standard_input;
  Result result{piped ? "<standard input>" : path, read_file(piped ? "/dev/stdin" : path), {}};
  try {
    result.after = scenario::formatted(make_source(result.name, result.before));
  } catch (const InternalError& error) {
    throw InternalError(result.name + " cannot be laid out, and is as it was: " + error.what());
  }
  return result;
}

// True where there was something to do.
bool deliver(const FormatArguments& arguments, const Result& result, const Terminal& terminal) {
  const bool differs = result.before != result.after;
  if (arguments.check) {
    terminal.out << difference(result.name, result.before, result.after);
    if (differs) terminal.err << "gapless: " << result.name << " would be formatted\n";
  } else if (arguments.to_standard_output) {
    terminal.out << result.after;
  } else if (differs) {
    replace_file(result.name, result.after);
    terminal.err << "gapless: " << result.name << " is formatted\n";
  }
  return differs;
}

}  // namespace

int format(const FormatArguments& arguments, const Terminal& terminal) {
  model::Report failed;
  const auto files = arguments.paths == std::vector<std::string>{std::string(standard_input)}
                         ? arguments.paths
                         : scenario_files(arguments.paths, failed.errors);
  bool differs = false;
  for (const auto& file : files) {
    try {
      differs = deliver(arguments, format_file(file), terminal) || differs;
    } catch (const ModelError& error) {
      failed.errors.push_back(error.diagnostic());
    }
  }
  write_errors(failed, terminal);
  constexpr int wrong = 2;
  constexpr int nothing_matched = 5;
  if (!failed.errors.empty()) return wrong;
  if (files.empty()) terminal.err << "gapless: nothing matched: there is no *.gap file in these folders\n";
  if (files.empty()) return nothing_matched;
  return arguments.check && differs ? 1 : 0;
}

}  // namespace gapless::cli
