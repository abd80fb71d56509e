// Where reports and errors go.
#pragma once

#include <string>

#include "cli/arguments.h"
#include "cli/run.h"
#include "model/verdict.h"

namespace gapless::cli {

std::string report_text(const model::Report& report, Format format, bool colour);

// The report to standard output. Errors go to standard error too, but for formats that hold them themselves.
void write_report(const model::Report& report, Format format, const Terminal& terminal);
void write_errors(const model::Report& report, const Terminal& terminal);

}  // namespace gapless::cli
