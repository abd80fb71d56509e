// The report for people: a matrix of variants a scenario, then each violated variant's story, timeline and cause. Its
// last line is a command that replays what was found. No times, and the same width everywhere: same input, same bytes.
#pragma once

#include <string>

#include "model/verdict.h"

namespace gapless::report {

std::string to_text(const model::Report& report, bool colour);

// Everything about one counterexample: its table, what was read and changed, the violated invariant.
std::string counterexample_text(const model::Execution& execution, bool colour);

// "row_lock: nothing found, but not everything was covered: memory limit of 2 GiB reached"; empty where the verdict
// says all there is to say. A reason with a place in the scenario begins on a line of its own.
std::string coverage_note(const model::Run& run);

// Why not everything was covered, each reason once, a located one as "file:line:column: …": for standard error, where
// the report's format has no place for it. Empty where everything was covered.
std::string coverage_reasons(const model::Report& report);

}  // namespace gapless::report
