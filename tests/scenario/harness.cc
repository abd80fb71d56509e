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

store::Observation FakeContext::perform(const store::Operation& operation, std::string place) {
  std::string text = store::to_string(operation);
  if (operation.database > 0) text = std::to_string(operation.database) + "> " + text;
  log.push_back(std::move(text));
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
  FakeContext context(std::move(script));
  const auto response = models.front().roles.front().program(context);
  context.log.push_back("→ " + response.status);
  return {context.log, context.places};
}

std::string lines(const std::vector<std::string>& log) {
  std::string text;
  for (const auto& line : log) text += line + "\n";
  return text;
}

}  // namespace gapless::scenario::testing
