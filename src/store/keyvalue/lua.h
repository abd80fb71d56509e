// Scripts in the Lua 5.1 that Redis 7 embeds, with what Redis puts around it: redis.call, KEYS, ARGV, and the way that
// values and errors go in and out. Nothing that a script can reach depends on chance, time or addresses.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "store/keyvalue/reply.h"

namespace gapless::store::keyvalue {

struct Script {
  std::string text;
  std::vector<std::string> keys;
  std::vector<std::string> arguments;
};

// `call` runs a command for redis.call; it may answer with an error.
Reply run_script(const Script& script, const std::function<Reply(const Command&)>& call);

// "user_script:1: '=' expected near '<eof>'"; empty where the text compiles.
std::string compile_error(const std::string& text);

std::string sha1(const std::string& text);  // in hexadecimal: Redis names scripts by it

}  // namespace gapless::store::keyvalue
