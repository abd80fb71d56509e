// Values as Redis passes them to a script and takes them back: nil is false, a number loses its fraction.
#include <cstdint>
#include <limits>

#include "store/keyvalue/lua/guest.h"

namespace gapless::store::keyvalue {
namespace {

constexpr int deepest_table = 200;

// As a cast does on the processors that Redis runs on.
std::int64_t truncated(double number) {
  bool fits = number >= -0x1p63 && number < 0x1p63;
  return fits ? static_cast<std::int64_t>(number) : std::numeric_limits<std::int64_t>::min();
}

bool has(lua_State* lua, const char* field) {
  lua_pushstring(lua, field);
  lua_rawget(lua, -2);
  bool found = !lua_isnil(lua, -1);
  lua_pop(lua, 1);
  return found;
}

Reply table_at_top(lua_State* lua, int depth) {
  if (std::optional<std::string> text = string_field(lua, "err")) return error(one_line(*text));
  if (std::optional<std::string> text = string_field(lua, "ok")) return status(one_line(*text));
  for (const char* name : {"double", "map", "set", "big_number", "verbatim_string"})
    if (has(lua, name)) return error(std::string("ERR a reply of the form {") + name + " = …} is not simulated");
  std::vector<Reply> elements;
  for (int i = 1;; ++i) {
    lua_rawgeti(lua, -1, i);
    if (lua_isnil(lua, -1)) break;
    elements.push_back(reply_at_top(lua, depth + 1));
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
  return array(std::move(elements));
}

}  // namespace

void push(lua_State* lua, std::string_view text) { lua_pushlstring(lua, text.data(), text.size()); }

void set_field(lua_State* lua, const char* name, std::string_view text) {
  push(lua, text);
  lua_setfield(lua, -2, name);
}

std::string text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, index, &size);
  return text == nullptr ? std::string() : std::string(text, size);
}

std::optional<std::string> string_field(lua_State* lua, const char* field) {
  lua_pushstring(lua, field);
  lua_rawget(lua, -2);
  std::optional<std::string> text;
  if (lua_type(lua, -1) == LUA_TSTRING) text = text_at(lua, -1);
  lua_pop(lua, 1);
  return text;
}

void push_error(lua_State* lua, std::string_view text) {
  lua_newtable(lua);
  bool coded = text.starts_with('-');
  set_field(lua, "err", coded ? std::string(text.substr(1)) : "ERR " + std::string(text));
}

void push_reply(lua_State* lua, const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::nil:
      lua_pushboolean(lua, 0);
      return;
    case Reply::Kind::integer:
      lua_pushnumber(lua, static_cast<lua_Number>(reply.integer));
      return;
    case Reply::Kind::bulk:
      push(lua, reply.text);
      return;
    case Reply::Kind::error:
      push_error(lua, "-" + reply.text);
      return;
    case Reply::Kind::status:
      lua_newtable(lua);
      set_field(lua, "ok", reply.text);
      return;
    case Reply::Kind::array:
      lua_createtable(lua, static_cast<int>(reply.elements.size()), 0);
      for (std::size_t i = 0; i < reply.elements.size(); ++i) {
        push_reply(lua, reply.elements[i]);
        lua_rawseti(lua, -2, static_cast<int>(i + 1));
      }
      return;
  }
}

Reply reply_at_top(lua_State* lua, int depth) {
  if (depth > deepest_table || lua_checkstack(lua, 4) == 0) return error("ERR reached lua stack limit");
  switch (lua_type(lua, -1)) {
    case LUA_TSTRING:
      return bulk(text_at(lua, -1));
    case LUA_TBOOLEAN:
      return lua_toboolean(lua, -1) != 0 ? integer(1) : Reply();
    case LUA_TNUMBER:
      return integer(truncated(lua_tonumber(lua, -1)));
    case LUA_TTABLE:
      return table_at_top(lua, depth);
    default:
      return {};
  }
}

}  // namespace gapless::store::keyvalue
