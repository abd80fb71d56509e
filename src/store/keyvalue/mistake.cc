// What is wrong with a command's words before anything runs. Options of SET and GETEX are looked at one by one; for the
// rest the command is tried on an empty database, where whatever Redis says against it says it against the words.
#include <algorithm>
#include <map>

#include "sql/bind.h"
#include "store/keyvalue/machine.h"
#include "store/keyvalue/numbers.h"
#include "store/keyvalue/rules.h"

namespace gapless::store::keyvalue {
namespace {

using Words = std::vector<std::optional<std::string>>;

// Real commands that are not simulated, with what to do instead.
const std::map<std::string_view, std::string_view>& refused() {
  static const std::map<std::string_view, std::string_view> all = {
      {"BLPOP", "waits; write LPOP, and what the actor does when it comes out empty"},
      {"BRPOP", "waits; write RPOP, and what the actor does when it comes out empty"},
      {"BLMOVE", "waits; write LMOVE, and what the actor does when it comes out empty"},
      {"BRPOPLPUSH", "waits; write RPOPLPUSH, and what the actor does when it comes out empty"},
      {"BZPOPMIN", "waits; write ZPOPMIN, and what the actor does when it comes out empty"},
      {"BZPOPMAX", "waits; write ZPOPMAX, and what the actor does when it comes out empty"},
      {"WAIT", "waits for replicas, and there are none"},
      {"SUBSCRIBE", "waits for messages; write `deliver`, or a list"},
      {"PSUBSCRIBE", "waits for messages; write `deliver`, or a list"},
      {"PUBLISH", "sends what nobody has to receive; write `send`, or a list"},
      {"XADD", "is of a stream; write a list (RPUSH, LMOVE)"},
      {"XREAD", "is of a stream; write a list (RPUSH, LMOVE)"},
      {"XREADGROUP", "is of a stream; write a list (RPUSH, LMOVE)"},
      {"XACK", "is of a stream; write a list (LREM)"},
      {"SCAN", "walks over keys while others change them; name the keys, or keep them in a set"},
      {"HSCAN", "walks over fields while others change them; write HGETALL"},
      {"SSCAN", "walks over members while others change them; write SMEMBERS"},
      {"ZSCAN", "walks over members while others change them; write ZRANGE"},
      {"KEYS", "looks at all keys; name the keys, or keep them in a set"},
      {"RANDOMKEY", "depends on chance; name the key"},
      {"SRANDMEMBER", "depends on chance; write SMEMBERS"},
      {"HRANDFIELD", "depends on chance; write HKEYS"},
      {"ZRANDMEMBER", "depends on chance; write ZRANGE"},
      {"TIME", "reads a clock; take the time from the scenario"},
      {"EXPIREAT", "needs a clock; write EXPIRE"},
      {"PEXPIREAT", "needs a clock; write PEXPIRE"},
      {"EXPIRETIME", "needs a clock; write TTL"},
      {"PEXPIRETIME", "needs a clock; write PTTL"},
      {"EVALSHA", "names a script by its digest; write EVAL with the script"},
      {"SCRIPT", "keeps scripts on the server; write EVAL with the script"},
      {"FCALL", "calls what was loaded before; write EVAL with the script"},
      {"SELECT", "changes the database; use other keys"},
      {"MULTI", "begins a transaction, which is written as one step"},
      {"EXEC", "ends a transaction, which is written as one step"},
  };
  return all;
}

// Two letters in the wrong order are the likeliest slip in words as short as these.
std::string near(const std::string& word, const std::vector<std::string>& candidates) {
  for (std::size_t i = 0; i + 1 < word.size(); ++i) {
    std::string swapped = word;
    std::swap(swapped[i], swapped[i + 1]);
    if (std::find(candidates.begin(), candidates.end(), swapped) != candidates.end()) return swapped;
  }
  return sql::did_you_mean(word, candidates);
}

std::string unknown(const std::string& name) {
  auto found = refused().find(upper(name));
  if (found != refused().end()) return upper(name) + " " + std::string(found->second);
  std::string meant = near(upper(name), command_names());
  return "unknown command `" + name + "`" + (meant.empty() ? "" : "; did you mean `" + meant + "`?");
}

std::string exclude(const std::string& one, const std::string& other) {
  return one + " and " + other + " exclude each other";
}

// A word in the place of an option that is none.
std::string no_option(const Kind& kind, const std::string& word, const std::vector<std::string>& options) {
  std::string meant = near(upper(word), options);
  return "`" + word + "` is no option of " + std::string(kind.name) +
         (meant.empty() ? ": it takes " + std::string(kind.takes) : "; did you mean `" + meant + "`?");
}

std::string mistake_in_time(const std::string& option, const Words& words, std::size_t at) {
  std::string unit = option == "EX" ? "seconds" : "milliseconds";
  if (at >= words.size()) return option + " needs a number of " + unit + " behind it";
  if (!words[at]) return {};
  std::optional<std::int64_t> time = read_integer(*words[at]);
  std::string told = option + " " + *words[at] + ": ";
  if (!time) return told + "a number of " + unit + " is a whole number";
  if (*time <= 0) return told + "Redis refuses a time to live that is not above 0";
  return milliseconds(*time, option == "EX") ? "" : told + "the number is too large";
}

// Of SET and GETEX. An option that is known at run time only is left alone, and so is what follows it.
std::string mistake_in_options(const Kind& kind, const Words& words, std::size_t from) {
  bool of_set = kind.name == "SET";
  const std::vector<std::string> options = of_set ? std::vector<std::string>{"NX", "XX", "GET", "EX", "PX", "KEEPTTL"}
                                                  : std::vector<std::string>{"EX", "PX", "PERSIST"};
  std::string condition, time;  // the one that was given
  for (std::size_t i = from; i < words.size() && words[i]; ++i) {
    std::string word = upper(*words[i]);
    if (word == "EXAT" || word == "PXAT") return word + " needs a clock; write " + word.substr(0, 2);
    if (std::find(options.begin(), options.end(), word) == options.end()) return no_option(kind, *words[i], options);
    if (word == "GET") continue;
    std::string& given = word == "NX" || word == "XX" ? condition : time;
    if (!given.empty() && given != word) return exclude(given, word);
    given = word;
    if (word != "EX" && word != "PX") continue;
    std::string wrong = mistake_in_time(word, words, ++i);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

std::string mistake_in_eval(const Words& words) {
  if (words[1]) {
    std::string wrong = mistake_in_script(*words[1]);
    if (!wrong.empty()) return wrong;
  }
  if (!words[2]) return {};
  std::size_t given = words.size() - 3;
  std::optional<std::int64_t> keys = read_integer(*words[2]);
  std::string told = "EVAL: `" + *words[2] + "` ";
  if (!keys || *keys < 0) return told + "must be the number of keys, which follow it";
  if (static_cast<std::uint64_t>(*keys) > given)
    return told + "keys are announced, but " + std::to_string(given) + (given == 1 ? " word follows" : " words follow");
  return {};
}

// From which word on options may stand; 0: nowhere.
std::size_t options_from(const Kind& kind) {
  if (kind.name == "EXPIRE" || kind.name == "PEXPIRE" || kind.name == "LMOVE") return 3;
  if (kind.name.starts_with("ZRANGE") || kind.name.starts_with("ZREVRANGE")) return 4;
  return kind.name.starts_with("FLUSH") ? 1 : 0;
}

// A word that is not known yet is tried as 1, which is a key, a value and a number, but no option.
std::string mistake_in_trial(const Kind& kind, const Words& words) {
  std::size_t options = options_from(kind);
  Command command;
  for (std::size_t i = 0; i < words.size(); ++i) {
    bool value =
        options == 0 || i < options || (i >= 1 && command[i - 1] == "LIMIT") || (i >= 2 && command[i - 2] == "LIMIT");
    if (!words[i] && !value) return {};
    command.push_back(words[i] ? (options != 0 && i >= options ? upper(*words[i]) : *words[i]) : "1");
  }
  Database empty;
  Machine machine(empty);
  Reply reply = run(machine, command);
  if (reply.kind != Reply::Kind::error || reply.text == "ERR no such key") return {};
  std::string name(kind.name);
  return name + ": " + reply.text.substr(reply.text.find(' ') + 1) + "; it takes " + std::string(kind.takes);
}

}  // namespace

bool is_refused(const std::string& name) { return refused().contains(upper(name)); }

std::string mistake(const std::vector<std::optional<std::string>>& words) {
  if (words.empty() || !words[0]) return "a command begins with its name";
  const Kind* kind = find_command(*words[0]);
  if (kind == nullptr) return unknown(*words[0]);
  std::string name(kind->name);
  if (!kind->fits(words.size()))
    return "wrong number of arguments for " + name + ": it takes " + std::string(kind->takes);
  if (kind->use == Kind::Use::connection) return {};
  if (name == "EVAL") return mistake_in_eval(words);
  if (name == "SET") return mistake_in_options(*kind, words, 3);
  if (name == "GETEX") return mistake_in_options(*kind, words, 2);
  return mistake_in_trial(*kind, words);
}

std::string mistake_in_transaction(const std::vector<std::optional<std::string>>& words) {
  bool watches = !words.empty() && words[0] && upper(*words[0]) == "WATCH";
  return watches ? "WATCH comes before the transaction: Redis refuses it between MULTI and EXEC" : mistake(words);
}

}  // namespace gapless::store::keyvalue
