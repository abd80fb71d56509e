// What the tests of scenarios share: a small bank to put statements into, mistakes with their place marked, and a
// context that answers from a script and writes down all it is asked.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actor/session.h"
#include "scenario/load.h"

namespace gapless::scenario::testing {

// A scenario with this body in its one variant. The body begins in line 4.
std::string with_body(std::string_view body);

std::vector<model::Model> load_text(std::string text, const Options& options = {});

// ¶ marks where the mistake is.
struct Marked {
  std::string text;
  Offset at = 0;
};
Marked unmark(std::string_view text);

// "4:7 message" of the ModelError that loading raises; "loaded" where it raises none.
std::string mistake(const std::string& text, const Options& options = {});

// ----------------------------------------------------------------------------------------------- observations

store::Observation rows(std::vector<std::string> columns, std::vector<sql::Tuple> tuples);
store::Observation changed(std::uint64_t count);
store::Observation error(std::string condition);
store::Observation reply(std::vector<sql::Value> elements);  // of Redis
store::Observation nil();
store::Observation outcome(std::string text);  // of a call
inline sql::Value integer(std::int32_t value) { return value; }
inline sql::Value text(std::string value) { return value; }

class FakeContext : public actor::Context {
 public:
  explicit FakeContext(std::vector<store::Observation> script) : script_(script.begin(), script.end()) {}

  store::Observation perform(const store::Operation& operation, std::string place) override;
  void effect(actor::Effect effect) override;
  void abandon_transaction(std::size_t database) override;
  void enter_section(std::string name) override { log.push_back("enter " + name); }
  void leave_section() override { log.push_back("leave"); }
  void answer(std::string request, actor::Response response) override {
    log.push_back("answer " + request + " " + response.status);
  }
  // "warn 4:7: …": its first line, without the file.
  void warn(std::string message) override {
    log.push_back("warn " + message.substr(0, message.find('\n')).substr(message.find(':') + 1));
  }

  std::vector<std::string> log;     // "UPDATE …", "effect paid(50)", "abandon 0", "warn …"
  std::vector<std::string> places;  // one a step
  std::vector<store::Operation> operations;

 private:
  std::deque<store::Observation> script_;
};

// "> SET a 1", "> MULTI; SET a 1; EXEC", "call charge(7) key 7 may ok, declined", "await SELECT …", "send pay(7)", and
// the SQL of statements; in front of it "1" where it is not for the first database.
std::string shown(const store::Operation& operation);

// Runs the first role of the first model against a script. The log ends with "→ 200".
struct Played {
  std::vector<std::string> log;
  std::vector<std::string> places;
  std::vector<store::Operation> operations;
};
Played play(const std::string& text, std::vector<store::Observation> script);
Played play(const model::Role& role, std::vector<store::Observation> script);

// The warnings of the first model: "4:7 message".
std::vector<std::string> warnings(const std::string& text);
std::string first_warning(const std::string& text);

// The lines of a log, for CHECK to compare and print.
std::string lines(const std::vector<std::string>& log);

}  // namespace gapless::scenario::testing
