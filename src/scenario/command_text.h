// Redis commands as they stand in a scenario: SET lock:{code} "some words" NX EX 10;
//
// Words are separated by blanks; in 'single' or "double" quotes blanks are kept, and a doubled quote stands for one.
// {expression} is an SQL expression over locals, also within quotes; {{ and }} are braces. Comments are SQL's.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "sql/parse.h"

namespace gapless::scenario {

// Some text, or the expression whose value stands there.
struct CommandPiece {
  std::string text;
  std::optional<sql::Range> expression;
};

struct CommandWord {
  std::vector<CommandPiece> pieces;
  Offset at = 0;
};

struct ScannedCommand {
  std::vector<CommandWord> words;
  Offset end = 0;  // at `;`, at a `}` that closes the block around it, or at the end of the file
};
ScannedCommand scan_command(const Source& source, Offset from);

// The names that a file declares as Redis databases, wherever it does: `database NAME redis`.
std::set<std::string> redis_names(std::string_view text);

// The text without comments, and with one line break for white space outside quotes: for digests of text that is not
// all SQL.
std::string fold_mixed(std::string_view text);

}  // namespace gapless::scenario
