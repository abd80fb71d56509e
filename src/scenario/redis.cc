// Reading commands; and forward data flow over the code: is a connection between MULTI and EXEC here?
#include "scenario/redis.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "scenario/flow.h"
#include "store/keyvalue/reply.h"
#include "store/keyvalue/rules.h"

namespace gapless::scenario {
namespace {

constexpr std::array<std::string_view, 38> number_commands = {
    "DEL",    "UNLINK", "SETNX",  "EXISTS", "EXPIRE",  "PEXPIRE", "PERSIST",  "INCR",  "DECR", "INCRBY",
    "DECRBY", "HSET",   "HSETNX", "HDEL",   "HEXISTS", "HLEN",    "HINCRBY",  "SADD",  "SREM", "SISMEMBER",
    "SCARD",  "LPUSH",  "RPUSH",  "LLEN",   "LREM",    "ZREM",    "ZCARD",    "TTL",   "PTTL", "STRLEN",
    "APPEND", "LPUSHX", "RPUSHX", "TOUCH",  "SMOVE",   "ZCOUNT",  "RENAMENX", "DBSIZE"};

// ------------------------------------------------------------------------------------------------- MULTI and EXEC

// What is known of a connection at an instruction, over all ways that lead there.
enum class Queue : std::uint8_t { unreached, no, yes, either };

Queue joined(Queue a, Queue b) {
  if (a == Queue::unreached || a == b) return b;
  return b == Queue::unreached ? a : Queue::either;
}

Queue after(const Instruction& instruction, std::size_t keyvalue, Queue before) {
  if (const auto* multi = std::get_if<Multi>(&instruction.body))
    return multi->keyvalue == keyvalue ? Queue::yes : before;
  if (const auto* exec = std::get_if<Exec>(&instruction.body)) return exec->keyvalue == keyvalue ? Queue::no : before;
  return before;
}

// Before each instruction.
std::vector<Queue> queues_of(const Code& code, std::size_t keyvalue) {
  std::vector<Queue> queues(code.instructions.size(), Queue::unreached);
  if (queues.empty()) return queues;
  queues.front() = Queue::no;
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < queues.size(); ++i) {
      if (queues[i] == Queue::unreached) continue;
      const Flow flow = flow_of(code.instructions[i], i);
      const Queue left = after(code.instructions[i], keyvalue, queues[i]);
      const auto arrive = [&](Target target, Queue queue) {
        const Queue both = joined(queues[target], queue);
        changed = changed || both != queues[target];
        queues[target] = both;
      };
      for (const Target next : flow.next) arrive(next, left);
      if (flow.can_fail) arrive(code.instructions[i].handler.target, left);
    }
  }
  return queues;
}

void check_queued(const Code& code, const Instruction& instruction, Queue queue) {
  const auto refuse = [&](const char* message) { throw ModelError(*code.source, instruction.at, message); };
  const bool inside = queue == Queue::yes;
  if (const auto* command = std::get_if<RedisCommand>(&instruction.body)) {
    if (inside && !command->keeps.empty()) {
      refuse("between MULTI and EXEC a command only says QUEUED: keep the reply of EXEC instead");
    }
    if (inside && command->watches) refuse("WATCH comes before MULTI");
  } else if (std::holds_alternative<Multi>(instruction.body)) {
    if (inside) refuse("a second MULTI: the first one is still open");
  } else if (const auto* exec = std::get_if<Exec>(&instruction.body)) {
    if (queue == Queue::no) refuse(exec->discards ? "DISCARD without MULTI" : "EXEC without MULTI");
  }
}

// --------------------------------------------------------------------------------------------- SET NX, then EXPIRE

std::string literal(const std::vector<WordPiece>& word) {
  if (word.size() != 1) return {};
  const auto* text = std::get_if<std::string>(&word.front());
  return text == nullptr ? std::string() : store::keyvalue::upper(*text);
}

// As written, so that equal texts are one key.
std::string key_text(const std::vector<WordPiece>& word) {
  std::string text;
  for (const auto& piece : word) {
    const auto* formula = std::get_if<Formula>(&piece);
    if (formula == nullptr) {
      text += std::get<std::string>(piece);
      continue;
    }
    text += "{" + formula->statement->text;
    for (const Variable variable : formula->variables) text += "," + std::to_string(variable);
    text += "}";
  }
  return text;
}

// A key that stays for ever where its owner stops before EXPIRE.
void warn_two_steps(const Code& code, std::size_t keyvalue, const std::vector<Queue>& queues,
                    std::vector<Diagnostic>& warnings) {
  std::set<std::string> taken;
  for (std::size_t i = 0; i < code.instructions.size(); ++i) {
    const auto* command = std::get_if<RedisCommand>(&code.instructions[i].body);
    if (command == nullptr || command->keyvalue != keyvalue || command->words.size() < 2) continue;
    const std::string name = literal(command->words[0]);
    const std::string key = key_text(command->words[1]);
    bool only_new = name == "SETNX";
    bool ends = false;
    for (std::size_t word = 3; name == "SET" && word < command->words.size(); ++word) {
      const std::string option = literal(command->words[word]);
      only_new = only_new || option == "NX";
      ends = ends || option == "EX" || option == "PX" || option == "EXAT" || option == "PXAT";
    }
    if (only_new && !ends) taken.insert(key);
    const bool expires = name == "EXPIRE" || name == "PEXPIRE";
    if (!expires || !taken.contains(key) || queues[i] == Queue::yes) continue;
    warnings.push_back(diagnostic_at(*code.source, code.instructions[i].at,
                                     "the key is set and its time in two commands: a crash between them leaves it for "
                                     "ever; write `SET … NX EX …`"));
  }
}

}  // namespace

std::vector<std::optional<std::string>> known_words(const CommandText& command) {
  std::vector<std::optional<std::string>> words;
  for (const auto& word : command.words) {
    const bool known =
        std::ranges::none_of(word.pieces, [](const CommandPiece& piece) { return piece.expression.has_value(); });
    words.push_back(known ? std::optional(word.pieces.empty() ? std::string() : word.pieces.front().text)
                          : std::nullopt);
  }
  return words;
}

std::string command_name(const CommandText& command) {
  const auto words = known_words(command);
  return words.front() ? store::keyvalue::upper(*words.front()) : "";
}

void check_command(const CommandText& command, const SourceText& source) {
  const auto words = known_words(command);
  if (!words.front()) throw ModelError(source, command.at, "the name of a command is no expression: write it out");
  const std::string mistake = store::keyvalue::mistake(words);
  if (!mistake.empty()) throw ModelError(source, command.at, mistake);
}

void refuse_connection_commands(const CommandText& command, const SourceText& source, const std::string& role) {
  static constexpr std::array<std::string_view, 5> refused = {"MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH"};
  const std::string name = command_name(command);
  if (std::ranges::find(refused, name) == refused.end()) return;
  throw ModelError(source, command.at, name + " belongs into a request: what " + role + " runs before everybody");
}

std::vector<std::string> reply_columns(const CommandText& command) {
  const std::string name = command_name(command);
  bool pairs = name == "HGETALL" || name == "ZPOPMIN" || name == "ZPOPMAX";
  if (name.starts_with("ZRANGE") || name.starts_with("ZREVRANGE")) {
    pairs = std::ranges::any_of(known_words(command),
                                [](const auto& word) { return word && store::keyvalue::upper(*word) == "WITHSCORES"; });
  }
  return pairs ? std::vector<std::string>{"field", "value"} : std::vector<std::string>{"value"};
}

bool replies_number(const CommandText& command) {
  return std::ranges::find(number_commands, command_name(command)) != number_commands.end();
}

std::vector<Diagnostic> check_redis(const Code& code) {
  std::vector<Diagnostic> warnings;
  for (std::size_t keyvalue = 0; keyvalue < code.keyvalues; ++keyvalue) {
    const auto queues = queues_of(code, keyvalue);
    for (std::size_t i = 0; i < queues.size(); ++i) {
      const auto& instruction = code.instructions[i];
      const bool own = std::visit(
          [&](const auto& body) {
            if constexpr (requires { body.keyvalue; }) return body.keyvalue == keyvalue;
            return false;
          },
          instruction.body);
      if (own) check_queued(code, instruction, queues[i]);
      const bool ends = std::holds_alternative<End>(instruction.body);
      if (ends && queues[i] == Queue::yes) {
        warnings.push_back(diagnostic_at(*code.source, instruction.at,
                                         "the request ends between MULTI and EXEC: what was queued never happens"));
      }
    }
    warn_two_steps(code, keyvalue, queues, warnings);
  }
  return warnings;
}

}  // namespace gapless::scenario
