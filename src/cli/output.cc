// Standard output holds the report and nothing else; people's messages go to standard error.
#include "cli/output.h"

#include "base/source.h"
#include "report/json.h"
#include "report/junit.h"
#include "report/text.h"

namespace gapless::cli {

std::string report_text(const model::Report& report, Format format, bool colour) {
  switch (format) {
    case Format::json:
      return report::to_json(report);
    case Format::junit:
      return report::to_junit(report);
    case Format::text:
      break;
  }
  return report::to_text(report, colour);
}

void write_report(const model::Report& report, Format format, const Terminal& terminal) {
  terminal.out << report_text(report, format, terminal.colour);
  write_aside(report, format, terminal);
}

void write_aside(const model::Report& report, Format format, const Terminal& terminal) {
  if (format == Format::text) {
    write_errors(report, terminal);
  } else {
    terminal.err << report::coverage_reasons(report);
  }
}

void write_errors(const model::Report& report, const Terminal& terminal) {
  for (const auto& error : report.errors) terminal.err << to_string(error) << "\n";
  for (const auto& message : report.internal_errors) terminal.err << "gapless: internal error: " << message << "\n";
}

}  // namespace gapless::cli
