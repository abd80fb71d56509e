// What guards in commands to Redis. A script is a check and an act in one step: its guards are the conditions of its
// `if`s.
#include <algorithm>
#include <cctype>

#include "scenario/guards.h"
#include "scenario/redis.h"
#include "store/keyvalue/reply.h"

namespace gapless::scenario {
namespace {

// Behind its semicolon.
sql::Range whole_of(Offset begin, const CommandText& command, const Findings& findings) {
  return {begin, scan_command(findings.shared_source(), command.at).end + 1};
}

sql::Range word_at(const CommandText& command, std::size_t number, const Findings& findings) {
  const Offset begin = command.words[number].at;
  const bool last = number + 1 == command.words.size();
  Offset end = last ? whole_of(begin, command, findings).end - 1 : command.words[number + 1].at;
  while (end > begin && std::isspace(static_cast<unsigned char>(findings.source().text[end - 1])) != 0) --end;
  return {begin, end};
}

// NX, XX, EX 10, PX 10
void find_options(const CommandText& command, Findings& findings) {
  const auto words = known_words(command);
  for (std::size_t i = 3; i < words.size(); ++i) {
    if (!words[i]) continue;
    const std::string option = store::keyvalue::upper(*words[i]);
    auto range = word_at(command, i, findings);
    if (option == "NX" || option == "XX") findings.add(range.begin, option, {blank(range)});
    if ((option != "EX" && option != "PX") || i + 1 == words.size()) continue;
    range.end = word_at(command, i + 1, findings).end;
    findings.add(range.begin, findings.shown(range), {blank(range)});
  }
}

bool in_word(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

// The next place of a word of Lua; npos if there is none. Quoted texts are passed over.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '\'') {
      i = text.find('\'', i + 1);
      if (i == std::string_view::npos) return i;
      continue;
    }
    const bool begins = i == 0 || !in_word(text[i - 1]);
    const std::size_t end = i + word.size();
    if (begins && text.substr(i, word.size()) == word && (end == text.size() || !in_word(text[end]))) return i;
  }
  return std::string_view::npos;
}

// A condition that keeps an act away is always met without the guard, one that ends the script never.
void find_in_script(const CommandWord& script, Findings& findings) {
  constexpr std::size_t none = std::string_view::npos;
  const auto text = std::string_view(findings.source().text).substr(script.at);
  const char quote = text.empty() ? ' ' : text.front();
  if (quote != '"') return;  // in other quotes its own texts would be hard to tell apart
  const auto lua = text.substr(0, text.find(quote, 1));
  const auto offset = [&](std::size_t place) { return script.at + static_cast<Offset>(place); };
  for (auto begin = find_word(lua, "if", 0); begin != none; begin = find_word(lua, "if", begin + 1)) {
    const auto then = find_word(lua, "then", begin);
    if (then == none) return;
    const auto end = std::min(find_word(lua, "end", then), find_word(lua, "else", then));
    const bool acts = lua.substr(then, end == none ? none : end - then).find("redis.call") != none;
    const sql::Range condition{offset(begin + 2), offset(then)};
    const auto shown = lua.substr(begin, then - begin);
    findings.add(offset(begin), std::string(shown) + "then … end", {{condition, acts ? " true " : " false "}});
  }
}

}  // namespace

void find_in_command(const Statement& statement, const CommandText& command, bool kept, Findings& findings) {
  const std::string name = command_name(command);
  const auto whole = whole_of(statement.at, command, findings);
  const auto first = word_at(command, 0, findings);
  const sql::Range words{command.at, whole.end - 1};
  if (name == "SET") find_options(command, findings);
  if (name == "SETNX") {  // the reply stays what it is where the key was not there
    findings.add(first.begin, "SETNX", {{first, "EVAL \"redis.call('SET', KEYS[1], ARGV[1]) return 1\" 1"}});
  }
  if (name == "HSETNX") findings.add(first.begin, "HSETNX", {{first, "HSET"}});
  if (name == "GETDEL") findings.add(first.begin, "GETDEL", {{first, "GET"}});
  if (name == "EVAL" && command.words.size() > 1) find_in_script(command.words[1], findings);
  const bool alone = name == "WATCH" || name == "EXPIRE" || name == "PEXPIRE";
  if (alone && !kept) findings.add(command.at, findings.shown(words), {blank(whole)});
}

// MULTI and the EXEC behind it, where nothing can DISCARD: the commands one by one, and EXEC says that it was done.
void find_transactions_of_redis(const Block& block, Findings& findings) {
  const auto command_of = [](const Statement& statement) -> const CommandText* {
    if (const auto* command = std::get_if<CommandText>(&statement.body)) return command;
    const auto* assign = std::get_if<Assign>(&statement.body);
    return assign == nullptr ? nullptr : std::get_if<CommandText>(&assign->value);
  };
  const Statement* multi = nullptr;
  const CommandText* multi_text = nullptr;
  for (const auto& statement : block.statements) {
    const auto* command = command_of(statement);
    const std::string name = command == nullptr ? "" : command_name(*command);
    if (name == "MULTI") {
      multi = &statement;
      multi_text = command;
    }
    if (name == "DISCARD") multi = nullptr;
    if (name != "EXEC" || multi == nullptr) continue;
    const bool kept = std::holds_alternative<Assign>(statement.body);
    const auto exec = kept ? Edit{word_at(*command, 0, findings), "EVAL \"return 1\" 0"}
                           : blank(whole_of(statement.at, *command, findings));
    findings.add(multi->at, "MULTI … EXEC", {blank(whole_of(multi->at, *multi_text, findings)), exec});
    multi = nullptr;
  }
}

}  // namespace gapless::scenario
