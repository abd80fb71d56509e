// gapless spec: a test of PostgreSQL's isolationtester on the simulated server; its output, or how that differs from
// what the real one printed.
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/files.h"
#include "cli/run.h"
#include "spec/compare.h"
#include "spec/print.h"
#include "spec/program.h"
#include "spec/tester.h"

namespace gapless::cli {
namespace {

constexpr int expectation_failed = 1;

// x.out stands for itself and x_0.out … x_9.out: what a server prints whose timing or settings are others.
std::vector<std::string> alternatives(const std::string& path) {
  std::vector<std::string> paths = {path};
  constexpr std::string_view ending = ".out";
  if (!path.ends_with(ending)) return paths;
  for (char digit = '0'; digit <= '9'; ++digit) {
    const auto other = path.substr(0, path.size() - ending.size()) + "_" + digit + std::string(ending);
    std::error_code error;
    if (std::filesystem::is_regular_file(other, error)) paths.push_back(other);
  }
  return paths;
}

int show(const spec::Program& program, const Terminal& terminal) {
  spec::Transcript heading;
  heading.sessions = program.specification.sessions.size();
  terminal.out << spec::heading(heading);
  spec::run(program, [&](const spec::Run& run) { terminal.out << to_string(run, program.specification); });
  return 0;
}

// Any of the expected files may match as a whole; else the one that is nearest says what differs.
int compare(const spec::Program& program, const std::string& expected, const Terminal& terminal) {
  const auto paths = alternatives(expected);
  std::vector<Source> sources;
  for (const auto& path : paths) sources.push_back(make_source(path, read_file(path)));
  const auto transcript = spec::run(program, nullptr);
  std::optional<spec::Comparison> best;
  std::string best_path;
  for (const auto& source : sources) {
    auto comparison = spec::compare(transcript, source, program.specification);
    if (best && comparison.agreeing <= best->agreeing) continue;
    best = std::move(comparison);
    best_path = source->name;
  }
  for (const auto& difference : best->differences) terminal.out << difference;
  terminal.out << best->agreeing << " of " << best->permutations << " permutations agree with " << best_path << "\n";
  return best->equal() ? 0 : expectation_failed;
}

}  // namespace

int spec(const SpecArguments& arguments, const Terminal& terminal) {
  const auto program = spec::compile(spec::read_specification(make_source(arguments.path, read_file(arguments.path))));
  for (const auto& name : program.specification.unused) terminal.err << "unused step name: " << name << "\n";
  return arguments.expected.empty() ? show(program, terminal) : compare(program, arguments.expected, terminal);
}

}  // namespace gapless::cli
