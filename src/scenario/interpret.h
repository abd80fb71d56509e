// Runs code against an actor's context.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "actor/session.h"
#include "scenario/code.h"
#include "sql/value.h"

namespace gapless::scenario {

// More instructions than this between two steps: the request never ends.
inline constexpr std::size_t most_local_instructions = 100'000;

// REQUIRES: one argument a parameter. `me` is the actor's number, for code that asks for it.
actor::Response interpret(const Code& code, const std::vector<sql::Value>& arguments, std::int32_t me,
                          actor::Context& context);

// The value of an expression without locals. An SQL error in it is a ModelError.
sql::Value constant(const Formula& formula, const SourceText& source);

}  // namespace gapless::scenario
