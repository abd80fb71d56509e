// The globals of a script: those of Lua that depend on nothing but the script, those that Redis adds, and no others.
#include "store/keyvalue/lua/guest.h"

namespace gapless::store::keyvalue {
namespace {

int no_such_global(lua_State* lua) {
  lua_pushvalue(lua, 2);
  lua_rawget(lua, lua_upvalueindex(1));
  if (!lua_isnil(lua, -1)) return 1;
  const char* name = lua_tostring(lua, 2);
  return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'", name == nullptr ? "?" : name);
}

int read_only(lua_State* lua) { return luaL_error(lua, "Attempt to modify a readonly table"); }

// Tables keep keys that are numbers or strings in an order that depends on these alone.
int next_in_order(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  if (lua_next(lua, 1) == 0) {
    lua_pushnil(lua);
    return 1;
  }
  int type = lua_type(lua, -2);
  if (type != LUA_TNUMBER && type != LUA_TSTRING && type != LUA_TBOOLEAN)
    return luaL_error(lua, "a %s as a key has no place in an order", lua_typename(lua, type));
  return 2;
}

// Redis's own: what redis.call raised arrives as its text.
int pcall_with_text(lua_State* lua) {
  luaL_checkany(lua, 1);
  bool fine = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0) == 0;
  if (!fine && lua_istable(lua, -1)) {
    lua_getfield(lua, -1, "err");
    if (lua_isstring(lua, -1) != 0)
      lua_replace(lua, -2);
    else
      lua_pop(lua, 1);
  }
  lua_pushboolean(lua, fine ? 1 : 0);
  lua_insert(lua, 1);
  return lua_gettop(lua);
}

int pairs(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_pushcfunction(lua, next_in_order);
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

// Replaces the table on top by one that shows the same and cannot be written.
void protect(lua_State* lua, bool strict) {
  lua_newtable(lua);
  lua_newtable(lua);
  lua_pushvalue(lua, -3);
  if (strict) lua_pushcclosure(lua, no_such_global, 1);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, read_only);
  lua_setfield(lua, -2, "__newindex");
  set_field(lua, "__metatable", "protected");
  lua_setmetatable(lua, -2);
  lua_remove(lua, -2);
}

// Copies globals of the real environment into the table on top.
void allow(lua_State* lua) {
  for (const char* name : {"assert", "error", "getmetatable", "ipairs", "rawequal", "rawget", "rawset", "select",
                           "setmetatable", "tonumber", "type", "unpack", "xpcall", "_VERSION"}) {
    lua_getglobal(lua, name);
    lua_setfield(lua, -2, name);
  }
  const std::pair<const char*, lua_CFunction> ours[] = {
      {"tostring", tostring_without_address}, {"next", next_in_order}, {"pairs", pairs}, {"pcall", pcall_with_text}};
  for (const auto& [name, function] : ours) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
  }
}

void remove_fields(lua_State* lua, const char* library, std::initializer_list<const char*> fields) {
  lua_getglobal(lua, library);
  for (const char* field : fields) {
    lua_pushnil(lua);
    lua_setfield(lua, -2, field);
  }
  lua_pop(lua, 1);
}

void push_strings(lua_State* lua, const std::vector<std::string>& texts) {
  lua_newtable(lua);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    push(lua, texts[i]);
    lua_rawseti(lua, -2, static_cast<int>(i + 1));
  }
}

void open_libraries(lua_State* lua) {
  const std::pair<const char*, lua_CFunction> libraries[] = {{"", luaopen_base},
                                                             {LUA_TABLIBNAME, luaopen_table},
                                                             {LUA_STRLIBNAME, luaopen_string},
                                                             {LUA_MATHLIBNAME, luaopen_math}};
  for (const auto& [name, open] : libraries) {
    lua_pushcfunction(lua, open);
    lua_pushstring(lua, name);
    lua_call(lua, 1, 0);
  }
  remove_fields(lua, "math", {"random", "randomseed"});
  remove_fields(lua, "table", {"foreach"});
  remove_fields(lua, "string", {"dump"});
}

}  // namespace

int tostring_without_address(lua_State* lua) {
  luaL_checkany(lua, 1);
  if (luaL_callmeta(lua, 1, "__tostring") != 0) return 1;
  switch (lua_type(lua, 1)) {
    case LUA_TNUMBER:
      lua_pushstring(lua, lua_tostring(lua, 1));
      break;
    case LUA_TSTRING:
      lua_pushvalue(lua, 1);
      break;
    case LUA_TBOOLEAN:
      lua_pushstring(lua, lua_toboolean(lua, 1) != 0 ? "true" : "false");
      break;
    default:
      lua_pushstring(lua, luaL_typename(lua, 1));
  }
  return 1;
}

void push_environment(lua_State* lua, const Script& script) {
  open_libraries(lua);
  lua_newtable(lua);
  allow(lua);
  for (const char* library : {"table", "string", "math"}) {
    lua_getglobal(lua, library);
    protect(lua, false);
    lua_setfield(lua, -2, library);
  }
  push_redis(lua);
  protect(lua, false);
  lua_setfield(lua, -2, "redis");
  push_strings(lua, script.keys);
  lua_setfield(lua, -2, "KEYS");
  push_strings(lua, script.arguments);
  lua_setfield(lua, -2, "ARGV");
  lua_pushvalue(lua, -1);
  protect(lua, true);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, -3, "_G");
  lua_remove(lua, -2);
}

}  // namespace gapless::store::keyvalue
