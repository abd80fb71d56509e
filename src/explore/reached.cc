// The automata were grown by the exploration: what an actor has ever observed is an edge.
#include "explore/reached.h"

#include <algorithm>
#include <set>
#include <string>

namespace gapless::explore {
namespace {

bool is_success(const actor::Response& response) {
  return response.status.size() == 3 && response.status.front() == '2';
}

// As far as the words are fixed: whatever stands at a zero byte, and between two.
bool fits(const std::string& wanted, const std::string& word) {
  const auto first = wanted.find('\0');
  if (first == std::string::npos) return wanted == word;
  const auto behind = wanted.substr(wanted.rfind('\0') + 1);
  return word.size() >= first + behind.size() && word.starts_with(wanted.substr(0, first)) && word.ends_with(behind);
}

bool fits(const std::vector<std::optional<std::string>>& wanted, const std::vector<std::string>& words) {
  return std::ranges::equal(wanted, words,
                            [](const auto& known, const auto& word) { return !known || fits(*known, word); });
}

bool is_at(const model::Place& place, const store::Operation& operation, const Source& source) {
  using Kind = store::Operation::Kind;
  switch (operation.kind) {
    case Kind::statement:
    case Kind::await:
      return place.call.empty() && place.command.empty() && place.method.empty() &&
             operation.statement->source == source && operation.statement->at == place.at;
    case Kind::call:
    case Kind::send:
      return !place.call.empty() && operation.call == place.call;
    case Kind::command:
      return !place.command.empty() &&
             std::ranges::any_of(operation.commands, [&](const auto& words) { return fits(place.command, words); });
    case Kind::document:
      return !place.method.empty() && operation.request.method == place.method &&
             operation.request.collection == place.collection;
  }
  return false;
}

std::vector<std::string> never_ran(const model::Model& model, const actor::Automata& automata) {
  std::vector<bool> ran(model.places.size());
  for (actor::NodeNumber number = 0; number < automata.size(); ++number) {
    const auto& node = automata.node(number);
    if (node.finished || node.edges.empty()) continue;
    for (std::size_t i = 0; i < ran.size(); ++i) {
      if (!ran[i]) ran[i] = is_at(model.places[i], node.operation, model.source);
    }
  }
  std::vector<std::string> result;
  for (std::size_t i = 0; i < ran.size(); ++i) {
    const auto& place = model.places[i];
    if (!ran[i]) result.push_back(model.file + ":" + std::to_string(place.line) + ": " + place.text);
  }
  return result;
}

// A later attempt counts for the request that it is one of. A session has succeeded once a request of it has.
std::vector<std::string> never_succeeds(const actor::Automata& automata, const Roles& roles) {
  std::set<std::size_t> succeeded;
  const auto note = [&](std::size_t role, const std::vector<actor::Answer>& answers) {
    const bool any = std::ranges::any_of(answers, is_success, &actor::Answer::response);
    if (any) succeeded.insert(roles.origin(role));
  };
  for (std::size_t role = 0; role < automata.roles(); ++role) note(role, automata.first_answers(role));
  for (actor::NodeNumber number = 0; number < automata.size(); ++number) {
    const auto& node = automata.node(number);
    if (node.finished && is_success(node.response)) succeeded.insert(roles.origin(node.role));
    for (const auto& edge : node.edges) note(node.role, edge.answers);
  }
  std::vector<std::string> result;
  for (std::size_t role = 0; role < automata.roles(); ++role) {
    const bool first = roles.origin(role) == role;
    if (first && !succeeded.contains(role)) result.push_back(roles[role].request + roles[role].arguments);
  }
  return result;
}

}  // namespace

void note_unreached(const model::Model& model, const actor::Automata& automata, const Roles& roles,
                    model::Verdict& verdict) {
  verdict.never_ran = never_ran(model, automata);
  verdict.never_succeeds = never_succeeds(automata, roles);
}

}  // namespace gapless::explore
