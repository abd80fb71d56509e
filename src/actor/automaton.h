// What actors can do, as data: grown on demand by running a program once for each new turn of events.
//
// An actor is deterministic, so what it does next depends only on what it has observed. A node is a history of
// observations, labelled with the operation that the actor asks for there, or with its response; an edge is an
// observation. A fiber runs only when an edge is taken for the first time; from then on the actor is data.
//
// Histories that can no longer matter are one node: those that have finished with the same response, and those whose
// program place and live variables are equal (Context::perform's `place`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "actor/live_actor.h"
#include "base/hash_map.h"
#include "base/interner.h"
#include "store/operation.h"

namespace gapless::actor {

using NodeNumber = std::uint32_t;

struct Edge {
  NodeNumber target = 0;
  std::vector<Effect> effects;
  std::vector<std::size_t> abandoned;
  std::vector<Answer> answers;
};

struct Node {
  std::size_t role = 0;
  bool finished = false;
  Response response;                  // when finished
  store::Operation operation;         // otherwise
  std::vector<std::string> sections;  // critical sections that it is in
  std::string place;                  // as Context::perform was given it
  std::string key;                    // where values may be names: place, operation, response
  std::vector<Edge> edges;            // in order of discovery, parallel to `observations`
  std::vector<std::uint32_t> observations;
  // The first history that led here.
  NodeNumber parent = 0;
  std::uint32_t observation = 0;
  std::size_t depth = 0;
};

// A request that goes on and on: more steps than allowed. Not an error of ours, and not a verdict either.
struct NeverEnds {
  std::size_t role = 0;
  store::Operation operation;
};

class Automata {
 public:
  // Programs must outlive this. `most_steps` bounds the length of a history. `has_names`: see Context.
  Automata(std::vector<const Program*> programs, std::size_t databases, std::size_t most_steps, bool has_names = false);

  std::size_t roles() const { return roots_.size(); }
  // A role that came into being later, the next number.
  void add_role(const Program* program);

  // The node in which role `role` begins, and what it does before its first operation.
  NodeNumber root(std::size_t role) const { return roots_[role]; }
  const std::vector<Effect>& first_effects(std::size_t role) const { return first_effects_[role]; }
  const std::vector<Answer>& first_answers(std::size_t role) const { return first_answers_[role]; }

  const Node& node(NodeNumber number) const { return nodes_[number]; }

  // What finds the node again, but for its role. REQUIRES: an Automata with names.
  const std::string& key(NodeNumber number) const { return nodes_[number].key; }
  // What was observed on the way to it, from the root on.
  std::vector<store::Observation> history(NodeNumber number) const;

  // Where an actor of the role is that finished with this response without having come to it by itself: it crashed.
  NodeNumber ended(std::size_t role, const Response& response);

  // Where `node` goes with this observation. Throws NeverEnds. REQUIRES: the node has not finished.
  Edge extend(NodeNumber node, const store::Observation& observation);

  // An operation to which some history came back, if any did: a loop, which need not end.
  bool has_loop() const { return loop_.has_value(); }
  const std::optional<store::Operation>& loop() const { return loop_; }

  NodeNumber size() const { return static_cast<NodeNumber>(nodes_.size()); }
  std::uint64_t fiber_runs() const { return fiber_runs_; }
  const std::vector<std::string>& warnings() const { return warnings_; }  // sorted, each once

 private:
  void begin(std::size_t role);
  NodeNumber add(std::size_t role, const Pause& pause, NodeNumber parent, std::uint32_t observation, std::size_t depth,
                 bool is_root);
  Pause run_again(NodeNumber node, const store::Observation& next);
  void note_loop(NodeNumber from, NodeNumber to);
  void note_warnings(const std::vector<std::string>& warnings);

  struct ObservationHash {
    std::uint64_t operator()(const store::Observation& observation) const;
  };

  std::vector<const Program*> programs_;
  std::size_t databases_;
  std::size_t most_steps_;
  bool has_names_;
  std::deque<Node> nodes_;
  std::vector<NodeNumber> roots_;
  std::vector<std::vector<Effect>> first_effects_;
  std::vector<std::vector<Answer>> first_answers_;
  Interner<store::Observation, ObservationHash> observations_;
  HashMap<std::string, NodeNumber> by_place_;  // role, operation and place, or response
  std::vector<std::string> warnings_;
  std::optional<store::Operation> loop_;
  std::uint64_t fiber_runs_ = 0;
};

// The same operation: the same statement with the same parameters.
bool same_operation(const store::Operation& a, const store::Operation& b);

}  // namespace gapless::actor
