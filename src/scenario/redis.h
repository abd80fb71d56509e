// What is known of a Redis command before it runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/source.h"
#include "scenario/code.h"
#include "scenario/syntax.h"

namespace gapless::scenario {

// The words as far as they hold no expression.
std::vector<std::optional<std::string>> known_words(const CommandText& command);

// The command's name in capitals, "" where it is an expression.
std::string command_name(const CommandText& command);

// Refuses what can be no command, whatever its expressions come to.
void check_command(const CommandText& command, const SourceText& source);
// Refuses WATCH, MULTI and the like. `role`: what the command does here.
void refuse_connection_commands(const CommandText& command, const SourceText& source, const std::string& role);

// The columns of its reply: "value", and "field" in front of it where it answers in pairs.
std::vector<std::string> reply_columns(const CommandText& command);
// A number, which is never nil.
bool replies_number(const CommandText& command);

// MULTI, EXEC and DISCARD belong together: follows every way through the code. What is wrong on some way only is left
// to when it happens. Returns warnings.
std::vector<Diagnostic> check_redis(const Code& code);

}  // namespace gapless::scenario
