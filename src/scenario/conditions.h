// The names of PostgreSQL's error conditions, as PL/pgSQL has them.
#pragma once

#include <span>
#include <string>

namespace gapless::scenario {

std::span<const std::string> condition_names();

}  // namespace gapless::scenario
