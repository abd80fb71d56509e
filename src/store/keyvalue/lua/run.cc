// A script from its text to its reply, with an end to what it may use of time and memory.
#include <boost/uuid/detail/sha1.hpp>
#include <cstdio>
#include <cstdlib>

#include "base/check.h"
#include "store/keyvalue/lua/guest.h"

namespace gapless::store::keyvalue {
namespace {

constexpr std::size_t memory_limit = 64U << 20U;  // bytes
constexpr int instructions_limit = 20'000'000;
constexpr int instructions_at_once = 1'000;

void* allocate(void* user, void* block, std::size_t before, std::size_t after) {
  Guest& guest = *static_cast<Guest*>(user);
  if (after == 0) {
    std::free(block);
    guest.used -= before;
    return nullptr;
  }
  if (guest.limited && after > before && guest.used - before + after > memory_limit) return nullptr;
  void* moved = std::realloc(block, after);
  if (moved != nullptr) guest.used = guest.used - before + after;
  return moved;
}

// From the first time on that it has had enough, each instruction fails: no pcall outlives that.
void count_instructions(lua_State* lua, lua_Debug*) {
  Guest& guest = guest_of(lua);
  guest.instructions += instructions_at_once;
  if (guest.instructions < instructions_limit) return;
  guest.instructions = instructions_limit;
  lua_sethook(lua, count_instructions, LUA_MASKCOUNT, 1);
  luaL_error(lua, "the script has run for %d instructions, and was ended", instructions_limit);
}

// Makes any error a table with the place where it happened.
int describe_error(lua_State* lua) {
  lua_Debug where;
  bool known = lua_getstack(lua, 1, &where) != 0 && lua_getinfo(lua, "nSl", &where) != 0;
  if (known && std::string_view(where.what) == "C")
    known = lua_getstack(lua, 2, &where) != 0 && lua_getinfo(lua, "nSl", &where) != 0;
  if (!lua_istable(lua, 1)) {
    lua_newtable(lua);
    lua_pushstring(lua, "ERR ");
    lua_pushcfunction(lua, tostring_without_address);
    lua_pushvalue(lua, 1);
    lua_call(lua, 1, 1);
    lua_concat(lua, 2);
    lua_setfield(lua, -2, "err");
    lua_replace(lua, 1);
  }
  lua_settop(lua, 1);
  if (known) {
    lua_pushstring(lua, where.source);
    lua_setfield(lua, 1, "source");
    lua_pushinteger(lua, where.currentline);
    lua_setfield(lua, 1, "line");
  }
  return 1;
}

// Pushes the script as a function, or the error.
bool compile(lua_State* lua, const std::string& text) {
  return luaL_loadbuffer(lua, text.data(), text.size(), "@user_script") == 0;
}

Reply failure_at_top(lua_State* lua, const Script& script) {
  if (!lua_istable(lua, -1)) {
    std::string text = lua_isstring(lua, -1) != 0 ? text_at(lua, -1).substr(0, 100) : "execution failure";
    return error(one_line("ERR Error running script " + sha1(script.text) + ", " + text));
  }
  std::string text = string_field(lua, "err").value_or("ERR unknown error");
  lua_getfield(lua, -1, "line");
  std::string line = text_at(lua, -1);
  lua_pop(lua, 1);
  std::optional<std::string> source = string_field(lua, "source");
  if (source && !line.empty()) text += " script: " + sha1(script.text) + ", on " + *source + ":" + line + ".";
  return error(one_line(text));
}

Reply run_in(lua_State* lua, Guest& guest, const Script& script) {
  lua_pushcfunction(lua, describe_error);
  if (!compile(lua, script.text))
    return error(one_line("ERR Error compiling script (new function): " + text_at(lua, -1)));
  push_environment(lua, script);
  lua_setfenv(lua, -2);
  lua_sethook(lua, count_instructions, LUA_MASKCOUNT, instructions_at_once);
  guest.limited = true;
  int failed = lua_pcall(lua, 0, 1, 1);
  guest.limited = false;
  lua_sethook(lua, nullptr, 0, 0);
  if (guest.trouble) std::rethrow_exception(guest.trouble);
  return failed != 0 ? failure_at_top(lua, script) : reply_at_top(lua, 0);
}

}  // namespace

Guest& guest_of(lua_State* lua) {
  void* user = nullptr;
  lua_getallocf(lua, &user);
  return *static_cast<Guest*>(user);
}

State open_state(Guest& guest) {
  State lua(lua_newstate(allocate, &guest), lua_close);
  check(lua != nullptr, "there is memory for a Lua state");
  return lua;
}

Reply run_script(const Script& script, const std::function<Reply(const Command&)>& call) {
  Guest guest{.call = call, .trouble = nullptr};
  auto lua = open_state(guest);
  return run_in(lua.get(), guest, script);
}

std::string compile_error(const std::string& text) {
  const std::function<Reply(const Command&)> none;
  Guest guest{.call = none, .trouble = nullptr};
  auto lua = open_state(guest);
  return compile(lua.get(), text) ? std::string() : one_line(text_at(lua.get(), -1));
}

std::string sha1(const std::string& text) {
  boost::uuids::detail::sha1 hash;
  hash.process_bytes(text.data(), text.size());
  unsigned int digest[5];
  hash.get_digest(digest);
  char buffer[41];
  std::snprintf(buffer, sizeof buffer, "%08x%08x%08x%08x%08x", digest[0], digest[1], digest[2], digest[3], digest[4]);
  return buffer;
}

}  // namespace gapless::store::keyvalue
