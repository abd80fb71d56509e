// Runs code against an actor's context.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actor/session.h"
#include "scenario/code.h"
#include "sql/value.h"

namespace gapless::scenario {

// More instructions than this between two steps: the request never ends.
inline constexpr std::size_t most_local_instructions = 100'000;

// What a request may ask of its surroundings.
struct Situation {
  std::int32_t me = 0;
  std::int32_t process = 1;
  std::int32_t attempt = 1;
};

// REQUIRES: one argument a parameter.
actor::Response interpret(const Code& code, const std::vector<sql::Value>& arguments, const Situation& situation,
                          actor::Context& context);

// Several requests of one client over the same connections: what one leaves there the next one finds.
struct Played {
  std::string request;
  std::shared_ptr<const Code> code;
  std::vector<sql::Value> arguments;
};
actor::Response interpret_session(const std::vector<Played>& requests, const Situation& situation,
                                  actor::Context& context);

// The value of an expression without locals. An SQL error in it is a ModelError.
sql::Value constant(const Formula& formula, const SourceText& source);

}  // namespace gapless::scenario
