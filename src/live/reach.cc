// A script is let through if `redis` stands in it only as redis.call('NAME' or redis.pcall('NAME' with the name of a
// command that is simulated (none of those changes the database, and FLUSHALL is told apart), or as one of the
// functions that call nothing; and if nothing else in it leads to `redis`. Any other way to write a script may be
// harmless, but that would take more than reading.
#include "live/reach.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>
#include <vector>

#include "base/source.h"
#include "store/keyvalue/machine.h"
#include "store/keyvalue/reply.h"

namespace gapless::live {
namespace {

namespace keyvalue = store::keyvalue;

struct Token {
  enum class Kind { name, text, other } kind;
  std::string text;
};

bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Lua's names, its literal strings in quotes, and everything else character by character.
class Tokens {
 public:
  explicit Tokens(std::string_view script) : script_(script) {
    while (at_ < script_.size()) take();
  }
  std::vector<Token> all;

 private:
  void take() {
    const char c = script_[at_];
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at_;
    } else if (script_.substr(at_).starts_with("--")) {
      const auto end = is_long(at_ + 2) ? std::string_view::npos : script_.find('\n', at_);
      if (end == std::string_view::npos && is_long(at_ + 2)) all.push_back({Token::Kind::other, "[["});
      at_ = end == std::string_view::npos ? script_.size() : end;
    } else if (c == '\'' || c == '"') {
      quoted(c);
    } else if (is_letter(c)) {
      const auto from = at_;
      while (at_ < script_.size() && is_letter(script_[at_])) ++at_;
      all.push_back({Token::Kind::name, std::string(script_.substr(from, at_ - from))});
    } else {
      const auto length = is_long(at_) ? 2U : 1U;
      all.push_back({Token::Kind::other, std::string(script_.substr(at_, length))});
      at_ += length;
    }
  }

  // [[ and [=[ begin a string without escapes, --[[ a comment: what is in them is not looked at, so none is let
  // through.
  bool is_long(std::size_t at) const {
    return script_.substr(at).starts_with("[[") || script_.substr(at).starts_with("[=");
  }

  void quoted(char quote) {
    Token token{Token::Kind::text, {}};
    for (++at_; at_ < script_.size() && script_[at_] != quote; ++at_) {
      // An escape may be any character: a name that has one is none that we know.
      token.text += script_[at_];
      if (script_[at_] == '\\' && at_ + 1 < script_.size()) token.text += script_[++at_];
    }
    ++at_;
    all.push_back(std::move(token));
  }

  std::string_view script_;
  std::size_t at_ = 0;
};

constexpr std::string_view ways_around[] = {"_G",      "load",   "loadstring", "getfenv", "setfenv",
                                            "require", "dofile", "debug",      "rawget",  "setmetatable"};
constexpr std::string_view harmless[] = {"error_reply", "status_reply", "sha1hex",    "log",
                                         "LOG_DEBUG",   "LOG_VERBOSE",  "LOG_NOTICE", "LOG_WARNING"};

std::string why_not_called(const std::string& name) {
  const auto command = keyvalue::upper(name);
  if (command == "FLUSHALL") return "it calls FLUSHALL; write FLUSHDB";
  return keyvalue::find_command(command) != nullptr ? "" : "it calls " + command + ", which is not simulated";
}

}  // namespace

std::string why_out_of_reach(const std::string& script) {
  const auto tokens = Tokens(script).all;
  const auto is = [&](std::size_t at, std::string_view text) { return at < tokens.size() && tokens[at].text == text; };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto& [kind, text] = tokens[i];
    if (kind == Token::Kind::other && text.size() > 1) return "it has a long string or comment, [[ … ]]";
    if (kind != Token::Kind::name) continue;
    if (std::ranges::find(ways_around, text) != std::end(ways_around)) return "it uses " + text;
    if (text != "redis") continue;
    if (i > 0 && (is(i - 1, ".") || is(i - 1, ":"))) continue;  // a field of something else
    if (!is(i + 1, ".") || i + 2 >= tokens.size()) return "it hands `redis` on";
    const auto& member = tokens[i + 2].text;
    if (std::ranges::find(harmless, member) != std::end(harmless)) continue;
    const bool is_named = (member == "call" || member == "pcall") && is(i + 3, "(") && i + 5 < tokens.size() &&
                          tokens[i + 4].kind == Token::Kind::text && (is(i + 5, ",") || is(i + 5, ")"));
    if (!is_named) return "redis." + member + " stands in it other than as redis.call('NAME', …)";
    if (auto why = why_not_called(tokens[i + 4].text); !why.empty()) return why;
  }
  return {};
}

keyvalue::Command within_reach(keyvalue::Command command, const model::Model& model) {
  const auto refuse = [&](const std::string& why) { throw ModelError(Diagnostic{model.file, 0, 0, why, ""}); };
  const auto name = keyvalue::upper(command.at(0));
  if (keyvalue::find_command(name) == nullptr) refuse(name + " is not simulated, and not sent to a real server");
  if (name == "FLUSHALL") command = {"FLUSHDB"};
  if (name == "EVAL" && command.size() > 1) {
    const auto why = why_out_of_reach(command[1]);
    if (!why.empty()) refuse("a script is not sent to a real server, where it might reach other databases: " + why);
  }
  return command;
}

}  // namespace gapless::live
