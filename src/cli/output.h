// Where reports and errors go.
#pragma once

#include <string>

#include "cli/arguments.h"
#include "cli/run.h"
#include "model/verdict.h"

namespace gapless::cli {

std::string report_text(const model::Report& report, Format format, bool colour);

// The report to standard output, and what stands beside it.
void write_report(const model::Report& report, Format format, const Terminal& terminal);

// To standard error what the format itself has no place for: the text report tells no errors, the others do not tell
// why something was not covered.
void write_aside(const model::Report& report, Format format, const Terminal& terminal);
void write_errors(const model::Report& report, const Terminal& terminal);

}  // namespace gapless::cli
