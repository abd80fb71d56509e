#include "harness.h"

#include "base/check.h"
#include "base/source.h"
#include "sql/value.h"

namespace gapless::scenario::testing {

std::string with_body(std::string_view body) {
  return "scenario s\n"
         "database bank postgres { CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL); }\n"
         "request withdraw(amount) { variant naive {\n" +
         std::string(body) +
         "\n} }\n"
         "run withdraw(50) * 2\n"
         "always \"never negative\" { SELECT coalesce(min(balance), 0) >= 0 FROM users }\n";
}

std::vector<model::Model> load_text(std::string text, const Options& options) {
  return load(make_source("s.gap", std::move(text)), options);
}

Marked unmark(std::string_view text) {
  constexpr std::string_view mark = "¶";
  const auto at = text.find(mark);
  check(at != std::string_view::npos, "the place of the mistake is marked");
  std::string rest(text);
  rest.erase(at, mark.size());
  return {std::move(rest), static_cast<Offset>(at)};
}

std::string mistake(const std::string& text, const Options& options) {
  try {
    load_text(text, options);
  } catch (const ModelError& error) {
    const auto& diagnostic = error.diagnostic();
    return std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) + " " + diagnostic.message;
  }
  return "loaded";
}

store::Observation rows(std::vector<std::string> columns, std::vector<sql::Tuple> tuples) {
  store::Observation observation;
  observation.columns = std::move(columns);
  observation.count = tuples.size();
  observation.rows = std::move(tuples);
  observation.tag = "SELECT";
  return observation;
}

store::Observation changed(std::uint64_t count) {
  store::Observation observation;
  observation.count = count;
  observation.tag = "UPDATE";
  return observation;
}

store::Observation error(std::string condition) {
  store::Observation observation;
  observation.error_message = "as the script says";
  observation.error_condition = std::move(condition);
  return observation;
}

store::Observation reply(std::vector<sql::Value> elements) {
  store::Observation observation;
  observation.columns = {"value"};
  observation.count = elements.size();
  for (auto& element : elements) observation.rows.push_back({std::move(element)});
  observation.tag = "REDIS";
  return observation;
}

store::Observation nil() { return reply({}); }

store::Observation outcome(std::string text) {
  auto observation = rows({"outcome"}, {{sql::Value(std::move(text))}});
  observation.tag = "CALL";
  return observation;
}

namespace {

std::string call_of(const store::Operation& operation) {
  std::string text = operation.call + "(";
  for (std::size_t i = 0; i < operation.arguments.size(); ++i) {
    text += (i > 0 ? ", " : "") + sql::to_sql(operation.arguments[i]);
  }
  return text + ")";
}

std::string commands_of(const store::Operation& operation) {
  std::string text = operation.transaction ? "MULTI" : "";
  for (const auto& command : operation.commands) {
    if (!text.empty()) text += ";";
    for (const auto& word : command) text += (text.empty() ? "" : " ") + word;
  }
  return operation.transaction ? text + "; EXEC" : text;
}

}  // namespace

std::string shown(const store::Operation& operation) {
  using Kind = store::Operation::Kind;
  const std::string number = operation.database > 0 ? std::to_string(operation.database) : "";
  if (operation.kind == Kind::send) return "send " + call_of(operation);
  if (operation.kind == Kind::command) {
    return number + "> " + (operation.shown.empty() ? "" : operation.shown + ": ") + commands_of(operation);
  }
  if (operation.kind == Kind::call) {
    std::string text = "call " + call_of(operation);
    if (!sql::is_null(operation.key)) text += " key " + sql::to_sql(operation.key);
    if (operation.forgets) text += " forgets";
    if (operation.outcomes == std::vector<std::string>{"ok"}) return text;
    for (const auto& each : operation.outcomes) text += (each == operation.outcomes.front() ? " may " : ", ") + each;
    return text;
  }
  const std::string prefix = number.empty() ? "" : number + "> ";
  if (!operation.shown.empty()) return prefix + operation.shown;
  const std::string text = store::to_string(operation);
  return prefix + (operation.kind == Kind::await && !text.starts_with("await") ? "await " + text : text);
}

store::Observation FakeContext::perform(const store::Operation& operation, std::string place) {
  log.push_back(shown(operation));
  operations.push_back(operation);
  places.push_back(std::move(place));
  check(!script_.empty(), "the script answers every step");
  auto observation = script_.front();
  script_.pop_front();
  return observation;
}

void FakeContext::effect(actor::Effect effect) {
  std::string text = "effect " + effect.name + "(";
  for (std::size_t i = 0; i < effect.values.size(); ++i) text += (i > 0 ? ", " : "") + sql::to_sql(effect.values[i]);
  log.push_back(text + ")");
}

void FakeContext::abandon_transaction(std::size_t database) { log.push_back("abandon " + std::to_string(database)); }

Played play(const std::string& text, std::vector<store::Observation> script) {
  const auto models = load_text(text);
  return play(models.front().roles.front(), std::move(script));
}

Played play(const model::Role& role, std::vector<store::Observation> script) {
  FakeContext context(std::move(script));
  const auto response = role.program(context);
  context.log.push_back("→ " + response.status);
  return {context.log, context.places, context.operations};
}

std::vector<std::string> warnings(const std::string& text) {
  std::vector<std::string> result;
  const auto models = load_text(text);
  for (const auto& each : models.front().warnings) {
    result.push_back(std::to_string(each.line) + ":" + std::to_string(each.column) + " " + each.message);
  }
  return result;
}

std::string first_warning(const std::string& text) {
  const auto all = warnings(text);
  return all.empty() ? "none" : all.front();
}

std::string lines(const std::vector<std::string>& log) {
  std::string text;
  for (const auto& line : log) text += line + "\n";
  return text;
}

}  // namespace gapless::scenario::testing
