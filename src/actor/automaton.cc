#include "actor/automaton.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/digest.h"

namespace gapless::actor {
namespace {

void add_request(std::string& key, const store::document::Request& request) {
  const auto add = [&](const std::string& method, const std::vector<store::document::Value>& arguments) {
    key += "\n" + method + " " + std::to_string(arguments.size());
    for (const auto& value : arguments) {
      const auto text = to_string(value);
      key += " " + std::to_string(text.size()) + ":" + text;
    }
  };
  add(request.method + " " + request.collection + " " + request.text, request.arguments);
  for (const auto& [method, arguments] : request.chained) add(method, arguments);
}

// What finds a node again. The place says all that matters of an unfinished actor, but for the operation it is about
// to perform; it is text that tells values of different types apart.
std::string key_of(const Pause& pause) {
  if (pause.finished()) return " finished " + pause.response.status;
  const auto& operation = *pause.operation;
  std::string key = " at " + pause.place + "\n";
  key += std::to_string(operation.database) + (operation.begins ? " begins " : " ") + operation.call;
  if (operation.statement) key += std::to_string(operation.statement->at) + ":" + operation.statement->text;
  for (const auto& outcome : operation.outcomes) key += " may " + outcome;
  for (const auto& section : pause.sections) key += " in " + section;
  for (const auto& command : operation.commands) {
    key += "\n" + std::to_string(command.size());
    for (const auto& word : command) key += " " + std::to_string(word.size()) + ":" + word;
  }
  add_request(key, operation.request);
  const std::vector<sql::Value> provider_key = {operation.key};
  for (const auto* values : {&operation.parameters, &operation.arguments, &provider_key}) {
    for (const auto& value : *values) {
      key += "\n" + std::to_string(value.index()) + sql::to_sql(value);
    }
  }
  return key;
}

[[noreturn]] void fail_nondeterministic(const store::Operation& before, const Pause& now) {
  throw InternalError(
      "a request is not deterministic: after the same observations it asked first for\n  " + store::to_string(before) +
      "\nand then for\n  " + (now.finished() ? "nothing (it finished)" : store::to_string(*now.operation)) +
      "\nlikely causes: a variable that outlives the request (static, global, captured by reference), the clock, a "
      "random number, or iteration over an unordered container");
}

}  // namespace

bool same_operation(const store::Operation& a, const store::Operation& b) {
  return a.kind == b.kind && a.database == b.database && a.begins == b.begins && a.statement == b.statement &&
         a.parameters == b.parameters && a.call == b.call && a.arguments == b.arguments && a.outcomes == b.outcomes &&
         a.key == b.key && a.commands == b.commands && a.transaction == b.transaction && a.request == b.request;
}

std::uint64_t Automata::ObservationHash::operator()(const store::Observation& observation) const {
  Digest digest;
  digest.add(observation.tag).add(observation.count).add(observation.error_condition).add(observation.error_message);
  for (const auto& column : observation.columns) digest.add(column);
  for (const auto& row : observation.rows) sql::add_to(digest, row);
  return digest.value();
}

Automata::Automata(std::vector<const Program*> programs, std::size_t databases, std::size_t most_steps, bool has_names)
    : programs_(std::move(programs)), databases_(databases), most_steps_(most_steps), has_names_(has_names) {
  for (std::size_t role = 0; role < programs_.size(); ++role) begin(role);
}

void Automata::add_role(const Program* program) {
  programs_.push_back(program);
  begin(programs_.size() - 1);
}

void Automata::begin(std::size_t role) {
  const LiveActor actor(*programs_[role], databases_, has_names_);
  ++fiber_runs_;
  first_effects_.push_back(actor.pause().effects);
  first_answers_.push_back(actor.pause().answers);
  note_warnings(actor.pause().warnings);
  roots_.push_back(add(role, actor.pause(), 0, 0, 0, true));
}

NodeNumber Automata::ended(std::size_t role, const Response& response) {
  Pause pause;
  pause.response = response;
  return add(role, pause, roots_[role], 0, 0, false);
}

Edge Automata::extend(NodeNumber number, const store::Observation& observation) {
  const auto observed = observations_.intern(observation);
  {
    const auto& node = nodes_[number];
    check(!node.finished, "an actor that has finished takes no step");
    const auto found = std::find(node.observations.begin(), node.observations.end(), observed);
    if (found != node.observations.end())
      return node.edges[static_cast<std::size_t>(found - node.observations.begin())];
    if (node.depth >= most_steps_) throw NeverEnds{node.role, node.operation};
  }
  const Pause pause = run_again(number, observation);
  ++fiber_runs_;
  note_warnings(pause.warnings);
  const auto role = nodes_[number].role;
  Edge edge{add(role, pause, number, observed, nodes_[number].depth + 1, false), pause.effects, pause.abandoned,
            pause.answers};
  note_loop(number, edge.target);
  auto& node = nodes_[number];
  node.observations.push_back(observed);
  node.edges.push_back(std::move(edge));
  return node.edges.back();
}

// The edge closes a loop if its source can be reached from its target.
void Automata::note_loop(NodeNumber from, NodeNumber to) {
  if (loop_ || nodes_[to].finished) return;
  std::vector<bool> seen(nodes_.size());
  std::vector<NodeNumber> open = {to};
  seen[to] = true;
  while (!open.empty()) {
    const auto at = open.back();
    open.pop_back();
    if (at == from) {
      loop_ = nodes_[to].operation;
      return;
    }
    for (const auto& edge : nodes_[at].edges) {
      if (!seen[edge.target]) open.push_back(edge.target);
      seen[edge.target] = true;
    }
  }
}

// Runs the program along the node's history and one observation further.
Pause Automata::run_again(NodeNumber number, const store::Observation& next) {
  std::vector<NodeNumber> path;  // from the node back to the root, without the root
  for (NodeNumber at = number; nodes_[at].depth > 0; at = nodes_[at].parent) path.push_back(at);
  LiveActor actor(*programs_[nodes_[number].role], databases_, has_names_);
  const auto must_be_at = [&](NodeNumber at) {
    const auto& pause = actor.pause();
    if (pause.finished() || !same_operation(*pause.operation, nodes_[at].operation)) {
      fail_nondeterministic(nodes_[at].operation, pause);
    }
  };
  must_be_at(roots_[nodes_[number].role]);
  for (auto step = path.rbegin(); step != path.rend(); ++step) {
    actor.resume(observations_[nodes_[*step].observation]);
    must_be_at(*step);
  }
  return actor.resume(next);
}

std::vector<store::Observation> Automata::history(NodeNumber number) const {
  std::vector<store::Observation> history;
  for (; nodes_[number].depth > 0; number = nodes_[number].parent) {
    history.push_back(observations_[nodes_[number].observation]);
  }
  std::reverse(history.begin(), history.end());
  return history;
}

NodeNumber Automata::add(std::size_t role, const Pause& pause, NodeNumber parent, std::uint32_t observation,
                         std::size_t depth, bool is_root) {
  // The root stays apart: what precedes the first operation happens once, even where a loop comes back to it.
  const bool can_merge = !is_root && (pause.finished() || !pause.place.empty());
  const auto number = static_cast<NodeNumber>(nodes_.size());
  std::string key = can_merge || has_names_ ? key_of(pause) : "";
  if (can_merge) {
    const auto [found, is_new] = by_place_.try_emplace(std::to_string(role) + key, number);
    if (!is_new) return found->second;
  }
  Node node;
  node.role = role;
  node.finished = pause.finished();
  node.response = pause.response;
  node.sections = pause.sections;
  node.place = pause.place;
  if (has_names_) node.key = std::move(key);
  if (pause.operation) node.operation = *pause.operation;
  node.parent = parent;
  node.observation = observation;
  node.depth = depth;
  nodes_.push_back(std::move(node));
  return number;
}

void Automata::note_warnings(const std::vector<std::string>& warnings) {
  for (const auto& warning : warnings) {
    const auto place = std::lower_bound(warnings_.begin(), warnings_.end(), warning);
    if (place == warnings_.end() || *place != warning) warnings_.insert(place, warning);
  }
}

}  // namespace gapless::actor
