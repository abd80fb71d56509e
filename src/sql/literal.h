// The input and output forms of values: what stands between the quotes of '…'::type.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sql/value.h"

namespace gapless::sql {

// The value that PostgreSQL reads from the text for this type ("  12 " for an integer, "yes" for a boolean,
// "2024-01-01 12:00" for a timestamp); nullopt where it would say "invalid input syntax" or "out of range". A timestamp
// may carry Z, UTC or a zero offset; other time zones, "infinity" and "now" are not read. REQUIRES: type is not
// unknown.
std::optional<Value> parse_value(std::string_view text, Type type);

// "2024-01-01 12:00:00", with up to six digits of a fraction where there is one.
std::string timestamp_text(Timestamp instant);

}  // namespace gapless::sql
