// The simulated server, in all the states that it may be in: where a server has a choice (who of several waiters goes
// first, who is the victim of a deadlock), every choice is followed, and what the real server did drops the others.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "answer.h"
#include "store/relational/server.h"

namespace gapless::disagree {

class Ours {
 public:
  Ours(store::Schema schema, std::size_t sessions);

  // Performs a statement in every state, and goes on until nobody can. Throws ModelError where we do not take the
  // statement, InternalError where we are wrong about ourselves.
  void perform(std::size_t session, const std::string& statement);

  // What the step may have come to: each once.
  std::vector<Answers> outcomes() const;
  // Keeps only the states that came to this; false if there are none (then all are kept).
  bool keep(const Answers& outcome);

  // In the last step a cycle of waiters may have stood.
  bool deadlocked() const { return deadlocked_; }

  bool busy(std::size_t session) const { return !statements_[session].empty(); }
  bool in_transaction(std::size_t session) const;
  // By table, as text; sorted.
  std::vector<std::string> tables() const;
  std::size_t states() const { return states_.size(); }

 private:
  struct State {
    store::relational::Server server;
    Answers answers;
  };
  void settle(State state, std::vector<State>& settled);
  void answer(State& state, std::size_t session, const store::Observation& observation) const;

  std::vector<State> states_;            // at least one
  std::vector<std::string> statements_;  // under way; empty: none
  bool deadlocked_ = false;
};

}  // namespace gapless::disagree
