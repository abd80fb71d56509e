// Plays one interleaving on a real server: starts what is to be started, and finds out which of the possible things
// the server has made of it.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "live/compare.h"
#include "live/tree.h"
#include "live/workspace.h"

namespace gapless::live {

// The simulator and the server do not say the same.
struct Disagreement {
  model::Schedule schedule;  // up to and including the step
  std::size_t step = 0;      // from 1; 0: the tables at the end
  std::string operation;
  std::string ours;
  std::string theirs;
};

struct Choices {
  // Who starts next: a child of this calm place; null ends the play here.
  std::function<Node*(Node&)> start;
  // Which of these places the server has come to: all of them agree with what was seen. Never empty.
  std::function<Node*(const std::vector<Node*>&)> credit;
  // How long a victim's deadlock_timeout is where it is not the last to wait. Longer after each vain attempt.
  int victim_ms = 20;
  // The way that is wanted, for the victims on it; empty: any.
  std::vector<Node*> wanted;
};

struct Played {
  Node* place = nullptr;  // how far it came
  bool complete = false;  // to an end, and the tables are compared
  std::optional<Disagreement> disagreement;
  // A statement ran out of its time before it was meant to: nothing that the simulator does not allow, but no longer
  // this interleaving.
  bool strayed = false;
};

// What an actor was answered: of neither kind where we are the ones who answer (a call, a message).
struct Answer {
  std::optional<Reply> sql;
  std::optional<keyvalue::Reply> redis;
};

Disagreement disagreement_at(const Node& node, std::string theirs);

class Player {
 public:
  Player(Workspace& workspace, const model::Model& model, Tree& tree);

  // From the beginning: the workspace is reset first.
  Played play(const Choices& choices);

 private:
  class Settling;  // settling.h

  void choose_victims(const Choices& choices);
  void choose_time_outs(const Choices& choices);
  bool times_out(std::size_t actor) const { return actor <= times_out_.size() && times_out_[actor - 1]; }
  std::string with_time_outs(const sql::Statement& before, std::size_t actor) const;
  void set_deadlock_timeout(std::size_t actor, int ms);
  // Does what the move begins with; false: the play ends before it.
  bool begin(const Node& started, std::optional<Answer>& answer, Played& played);
  std::optional<Answer> operate(const Node& started, Played& played);
  void send(const model::Move& move);
  std::optional<Disagreement> compare_tables(const Node& end);

  Workspace& workspace_;
  const model::Model& model_;
  Tree& tree_;
  std::vector<Session*> under_way_;  // by actor - 1: where its statement is; null: none
  std::vector<bool> times_out_;      // by actor - 1: some statement of it is to run out of time
};

}  // namespace gapless::live
