// PostgreSQL 15's error conditions (Appendix A): SQLSTATEs and the names that PL/pgSQL has for them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gapless::store {

// "23505" → "unique_violation"; empty where there is none.
std::string_view condition_name(std::string_view sqlstate);

// "unique_violation" → "23505"; empty where there is none. Of two with one name the first.
std::string_view sqlstate_of(std::string_view condition);

// All names, sorted, each once.
std::span<const std::string> condition_names();

}  // namespace gapless::store
