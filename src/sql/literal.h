// The input and output forms of values: what stands between the quotes of '…'::type.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sql/value.h"

namespace gapless::sql {

// The value that PostgreSQL reads from the text for this type ("  12 " for an integer, "yes" for a boolean,
// "2024-01-01 12:00" for a timestamp); nullopt where it would say "invalid input syntax" or "out of range". A timestamp
// may carry Z, UTC or a zero offset; other time zones, "infinity" and "now" are not read. A date is YYYY-MM-DD, and
// what follows it as in a timestamp is read and left out. REQUIRES: type is not unknown.
std::optional<Value> parse_value(std::string_view text, Type type);

// "2024-01-01 12:00:00", with up to six digits of a fraction where there is one.
std::string timestamp_text(Timestamp instant);
// "2024-01-01".
std::string date_text(Date date);

// The day that an instant is in, and the instant at which a day begins.
Date day_of(Timestamp instant);
Timestamp start_of(Date date);

}  // namespace gapless::sql
