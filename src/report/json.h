// The report for programs. Keys, their order and their meaning are a contract: docs and design, section 7.
#pragma once

#include <string>

#include "model/verdict.h"

namespace gapless::report {

// One document, ended by a newline.
std::string to_json(const model::Report& report);

}  // namespace gapless::report
