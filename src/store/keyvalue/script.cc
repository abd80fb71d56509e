// EVAL: its words, the commands that a script may call, and what can be said of a script before it runs.
#include <cctype>

#include "store/keyvalue/lua.h"
#include "store/keyvalue/machine.h"

namespace gapless::store::keyvalue {
namespace {

bool is_barred(const std::string& name) {
  for (const char* barred : {"WATCH", "UNWATCH", "MULTI", "EXEC", "DISCARD", "EVAL", "EVALSHA", "SCRIPT", "FCALL",
                             "SUBSCRIBE", "PSUBSCRIBE", "WAIT"})
    if (name == barred) return true;
  return false;
}

Reply call_from_script(Machine& machine, const Command& command) {
  std::string name = upper(command[0]);
  const Kind* kind = find_command(name);
  if (kind == nullptr && !is_refused(name)) return error("ERR Unknown Redis command called from script");
  if (kind != nullptr && !kind->fits(command.size()))
    return error("ERR Wrong number of args calling Redis command from script");
  if (is_barred(name)) return error("ERR This Redis command is not allowed from script");
  if (kind == nullptr) return error("ERR " + name + " is not simulated");
  return run(machine, command);
}

// nobody comes in between, and an error in the middle keeps what was written before.
Reply eval(Machine& machine, const Command& command) {
  std::int64_t keys = integer_of(command[2]);
  std::int64_t given = static_cast<std::int64_t>(command.size()) - 3;
  if (keys > given) fail("Number of keys can't be greater than number of args");
  if (keys < 0) fail("Number of keys can't be negative");
  auto first_argument = command.begin() + 3 + keys;
  Script script{command[1], {command.begin() + 3, first_argument}, {first_argument, command.end()}};
  return run_script(script, [&](const Command& called) { return call_from_script(machine, called); });
}

constexpr Kind commands[] = {
    {"EVAL", -3, Kind::Use::write, eval, "a script, the number of keys, the keys, then arguments"},
};

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Reads over a script without understanding it: code without blanks and comments, and each literal string in turn.
class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  // Up to and with the next literal string; false at the end.
  bool next() {
    code_.clear();
    while (at_ < text_.size()) {
      if (text_.compare(at_, 2, "--") == 0) {
        skip_comment();
      } else if (text_[at_] == '\'' || text_[at_] == '"') {
        read_string();
        return true;
      } else {
        read_code();
        ++at_;
      }
    }
    return false;
  }

  const std::string& code() const { return code_; }
  const std::string& literal() const { return literal_; }

 private:
  // A blank counts where it parts two words.
  void read_code() {
    bool blank = std::isspace(static_cast<unsigned char>(text_[at_])) != 0;
    if (!blank && parted_ && !code_.empty() && in_word(code_.back()) && in_word(text_[at_])) code_ += ' ';
    if (!blank) code_ += text_[at_];
    parted_ = blank;
  }

  void skip_comment() {
    bool is_long = text_.compare(at_, 4, "--[[") == 0;
    parted_ = true;
    std::size_t end = text_.find(is_long ? "]]" : "\n", at_);
    at_ = end == std::string::npos ? text_.size() : end + (is_long ? 2 : 1);
  }

  void read_string() {
    char quote = text_[at_++];
    literal_.clear();
    for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\') ++at_;
      if (at_ < text_.size()) literal_ += text_[at_];
    }
    ++at_;
  }

  const std::string& text_;
  std::size_t at_ = 0;
  bool parted_ = false;  // by a blank
  std::string code_;     // between the string before and this one
  std::string literal_;  // the string
};

std::string mistake_in_code(const std::string& code) {
  for (const char* name : {"cjson.", "cmsgpack.", "struct.", "bit.", "coroutine.", "math.random"}) {
    bool whole = false;
    for (std::size_t at = code.find(name); !whole && at != std::string::npos; at = code.find(name, at + 1))
      whole = at == 0 || (!in_word(code[at - 1]) && code[at - 1] != '.');
    if (whole) {
      std::string text = name;
      if (text.ends_with('.')) text.pop_back();
      return "the script uses `" + text + "`, which is not simulated" +
             (text == "math.random" ? ": chance would have to be explored" : "; hand it what it needs in ARGV");
    }
  }
  return {};
}

std::string mistake_in_called(const std::string& name) {
  if (is_barred(upper(name))) return "the script calls " + upper(name) + ", which Redis refuses there";
  return find_command(name) != nullptr ? "" : "the script calls " + mistake({{name}});
}

}  // namespace

std::span<const Kind> script_commands() { return commands; }

std::string mistake_in_script(const std::string& script) {
  if (script.starts_with("#!")) return "a script with a first line of flags (#!lua …) is not simulated; leave it out";
  std::string failure = compile_error(script);
  if (!failure.empty()) return "the script does not compile: " + failure;
  Reader reader(script);
  for (bool more = true; more;) {
    more = reader.next();
    std::string wrong = mistake_in_code(reader.code());
    if (!wrong.empty()) return wrong;
    if (more && (reader.code().ends_with("redis.call(") || reader.code().ends_with("redis.pcall(")))
      wrong = mistake_in_called(reader.literal());
    if (!wrong.empty()) return wrong;
  }
  return {};
}

}  // namespace gapless::store::keyvalue
