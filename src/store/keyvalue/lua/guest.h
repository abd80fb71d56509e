// A Guest is one Lua state, made for one script and closed after it. Only this folder knows Lua.
//
// Errors in Lua jump over C++ frames. So a function that Lua calls keeps nothing that needs destruction while it may
// raise one: what can fail of memory is made with the limit off (`Guest::limited`), and C++ exceptions wait in
// `Guest::trouble` until Lua has ended.
#pragma once

#include <exception>
#include <functional>
#include <lua.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/keyvalue/lua.h"

namespace gapless::store::keyvalue {

struct Guest {
  const std::function<Reply(const Command&)>& call;
  std::size_t used = 0;  // bytes
  bool limited = false;
  int instructions = 0;
  std::exception_ptr trouble;
};

Guest& guest_of(lua_State* lua);

// A state without limits yet, in which nothing fails but for want of memory.
using State = std::unique_ptr<lua_State, decltype(&lua_close)>;
State open_state(Guest& guest);

// Values on the stack.
void push(lua_State* lua, std::string_view text);
void set_field(lua_State* lua, const char* name, std::string_view text);  // of the table on top
std::string text_at(lua_State* lua, int index);
// Of the table on top, without its metatable; nullopt where the field is no string.
std::optional<std::string> string_field(lua_State* lua, const char* field);
// {err = "ERR …"}: with a code where the text brings one, as it does behind a '-'.
void push_error(lua_State* lua, std::string_view text);
void push_reply(lua_State* lua, const Reply& reply);
// What a script returned, as a reply.
Reply reply_at_top(lua_State* lua, int depth = 0);

// Pushes redis.call and its like, in a table.
void push_redis(lua_State* lua);
// Pushes the only table of globals that the script sees.
void push_environment(lua_State* lua, const Script& script);
// Addresses would differ from run to run.
int tostring_without_address(lua_State* lua);

}  // namespace gapless::store::keyvalue
