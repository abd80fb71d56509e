// redis.call and what else a script finds in `redis`.
#include <cstdio>

#include "store/keyvalue/lua/guest.h"

namespace gapless::store::keyvalue {
namespace {

// The words on the stack; nullopt where one of them can be none.
std::optional<Command> words(lua_State* lua) {
  Command command;
  for (int i = 1; i <= lua_gettop(lua); ++i) {
    if (lua_type(lua, i) == LUA_TNUMBER) {
      char buffer[64];
      std::snprintf(buffer, sizeof buffer, "%.17g", lua_tonumber(lua, i));
      command.emplace_back(buffer);
    } else if (lua_type(lua, i) == LUA_TSTRING) {
      command.push_back(text_at(lua, i));
    } else {
      return std::nullopt;
    }
  }
  return command;
}

// Pushes what the command answers; false if that is an error.
bool answer(lua_State* lua, Guest& guest) {
  std::optional<Command> command = words(lua);
  if (!command || command->empty()) {
    push_error(lua, command ? "Please specify at least one argument for this redis lib call"
                            : "Lua redis lib command arguments must be strings or integers");
    return false;
  }
  Reply reply = guest.call(*command);
  push_reply(lua, reply);
  return reply.kind != Reply::Kind::error;
}

// Whether it may be left as it is.
bool safe_answer(lua_State* lua) {
  Guest& guest = guest_of(lua);
  guest.limited = false;
  bool fine = false;
  try {
    fine = answer(lua, guest);
  } catch (...) {
    guest.trouble = std::current_exception();
    push_error(lua, "Gapless is in trouble");
  }
  guest.limited = true;
  return fine;
}

int redis_call(lua_State* lua) { return safe_answer(lua) ? 1 : lua_error(lua); }

int redis_pcall(lua_State* lua) {
  safe_answer(lua);
  return 1;
}

// A table of one field, of the one string that was given.
int wrap(lua_State* lua, const char* field, bool is_error) {
  bool fine = lua_gettop(lua) == 1 && lua_type(lua, 1) == LUA_TSTRING;
  Guest& guest = guest_of(lua);
  guest.limited = false;
  if (!fine) {
    push_error(lua, "wrong number or type of arguments");
  } else if (is_error) {
    std::string text = text_at(lua, 1);
    push_error(lua, text.starts_with('-') ? text : "-" + text);
  } else {
    lua_newtable(lua);
    set_field(lua, field, text_at(lua, 1));
  }
  guest.limited = true;
  return 1;
}

int redis_error_reply(lua_State* lua) { return wrap(lua, "err", true); }
int redis_status_reply(lua_State* lua) { return wrap(lua, "ok", false); }

int redis_sha1hex(lua_State* lua) {
  Guest& guest = guest_of(lua);
  guest.limited = false;
  bool fine = lua_gettop(lua) == 1;
  if (fine)
    push(lua, sha1(text_at(lua, 1)));
  else
    push_error(lua, "wrong number of arguments");
  guest.limited = true;
  return fine ? 1 : lua_error(lua);
}

int redis_log(lua_State*) { return 0; }

}  // namespace

void push_redis(lua_State* lua) {
  const std::pair<const char*, lua_CFunction> functions[] = {{"call", redis_call},
                                                             {"pcall", redis_pcall},
                                                             {"error_reply", redis_error_reply},
                                                             {"status_reply", redis_status_reply},
                                                             {"sha1hex", redis_sha1hex},
                                                             {"log", redis_log}};
  lua_newtable(lua);
  for (const auto& [name, function] : functions) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
  }
  int level = 0;
  for (const char* name : {"LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING"}) {
    lua_pushinteger(lua, level++);
    lua_setfield(lua, -2, name);
  }
}

}  // namespace gapless::store::keyvalue
