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

// The names that a file declares as databases of a kind, wherever it does: `database NAME redis`.
std::set<std::string> database_names(std::string_view text, std::string_view kind);

// The text without comments, and with one line break for white space outside quotes: for digests of text that is not
// all SQL.
// `programs`: // begins a comment, and a backslash stands in front of a quote that ends nothing.
std::string fold_mixed(std::string_view text, bool programs = false);

}  // namespace gapless::scenario
