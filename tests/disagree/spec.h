// A disagreement as a specification for PostgreSQL's isolationtester (and `gapless spec`): what both servers say stands
// in comments.
#pragma once

#include <string>

#include "play.h"

namespace gapless::disagree {

std::string as_spec(const Played& played, const std::string& origin);

}  // namespace gapless::disagree
