// What Redis answers, as its protocol (RESP 2) has it, and as an actor observes it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/keyvalue/rules.h"
#include "store/operation.h"

namespace gapless::store::keyvalue {

struct Reply {
  enum class Kind : std::uint8_t { nil, integer, status, bulk, error, array };

  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text;  // of a status, a bulk string, an error: "WRONGTYPE Operation against …"
  std::vector<Reply> elements;

  bool operator==(const Reply&) const = default;
};

Reply integer(std::int64_t value);
Reply status(std::string text);
Reply bulk(std::string text);
Reply error(std::string text);  // in one line
Reply array(std::vector<Reply> elements);
Reply bulks(const std::vector<std::string>& texts);
inline Reply ok() { return status("OK"); }

// 5, "text", [a, NULL, 3], as it stands in a row where there is no room for an array.
std::string to_string(const Reply& reply);

// The reply to these commands (`transaction`: to their EXEC) as rules.h describes it; also of a real server's replies.
Observation observation(const Reply& reply, const std::vector<Command>& commands, bool transaction);

// Line breaks would end a reply of one line.
std::string one_line(std::string text);

// NX for nx: names and options are written in any case.
std::string upper(std::string word);

}  // namespace gapless::store::keyvalue
