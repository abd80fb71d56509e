// The report for continuous integration: JUnit XML with a suite a scenario and a case a run. A failure's text has the
// timeline and the command that replays it.
#pragma once

#include <string>
#include <string_view>

#include "model/verdict.h"

namespace gapless::report {

std::string to_junit(const model::Report& report);

// Text as XML 1.0 can hold it: markup escaped, and what it does not allow (control characters, bytes that are no
// UTF-8) replaced by U+FFFD.
std::string xml_text(std::string_view text);

}  // namespace gapless::report
