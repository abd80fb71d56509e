// The only file that knows Lua. A Guest is one Lua state, made for one script and closed after it.
//
// Errors in Lua jump over C++ frames. So a function that Lua calls keeps nothing that needs destruction while it may
// raise one: what can fail of memory is made with the limit off (`Guest::limited`), and C++ exceptions wait in
// `Guest::trouble` until Lua has ended.
#include "store/keyvalue/lua.h"

#include <boost/uuid/detail/sha1.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <limits>
#include <lua.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "base/check.h"

namespace gapless::store::keyvalue {
namespace {

constexpr std::size_t memory_limit = 64U << 20U;  // bytes
constexpr int instructions_limit = 20'000'000;
constexpr int instructions_at_once = 1'000;
constexpr int deepest_table = 200;

struct Guest {
  const std::function<Reply(const Command&)>& call;
  std::size_t used = 0;
  bool limited = false;
  int instructions = 0;
  std::exception_ptr trouble;
};

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

Guest& guest_of(lua_State* lua) {
  void* user = nullptr;
  lua_getallocf(lua, &user);
  return *static_cast<Guest*>(user);
}

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

// ------------------------------------------------------------------------------------------------- values

// {err = "ERR …"}: with a code where the text brings one, as it does behind a '-'.
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

// As a cast does on the processors that Redis runs on.
std::int64_t truncated(double number) {
  bool fits = number >= -0x1p63 && number < 0x1p63;
  return fits ? static_cast<std::int64_t>(number) : std::numeric_limits<std::int64_t>::min();
}

// Line breaks would end a reply of one line.
std::string one_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  return text;
}

bool has(lua_State* lua, const char* field) {
  lua_pushstring(lua, field);
  lua_rawget(lua, -2);
  bool found = !lua_isnil(lua, -1);
  lua_pop(lua, 1);
  return found;
}

std::optional<std::string> string_field(lua_State* lua, const char* field) {
  lua_pushstring(lua, field);
  lua_rawget(lua, -2);
  std::optional<std::string> text;
  if (lua_type(lua, -1) == LUA_TSTRING) text = text_at(lua, -1);
  lua_pop(lua, 1);
  return text;
}

Reply reply_at_top(lua_State* lua, int depth);

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

// ------------------------------------------------------------------------------------------------- redis.*

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

// ------------------------------------------------------------------------------------------------- the environment

int no_such_global(lua_State* lua) {
  lua_pushvalue(lua, 2);
  lua_rawget(lua, lua_upvalueindex(1));
  if (!lua_isnil(lua, -1)) return 1;
  const char* name = lua_tostring(lua, 2);
  return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'", name == nullptr ? "?" : name);
}

int read_only(lua_State* lua) { return luaL_error(lua, "Attempt to modify a readonly table"); }

// Addresses would differ from run to run.
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

// Pushes the only table of globals that the script sees.
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

// ------------------------------------------------------------------------------------------------- running

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

// A state without limits yet, in which nothing fails but for want of memory.
std::unique_ptr<lua_State, decltype(&lua_close)> open_state(Guest& guest) {
  std::unique_ptr<lua_State, decltype(&lua_close)> lua(lua_newstate(allocate, &guest), lua_close);
  check(lua != nullptr, "there is memory for a Lua state");
  return lua;
}

}  // namespace

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
