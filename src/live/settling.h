// One start and what follows from it, until the server has come to rest. Part of the player.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "live/player.h"

namespace gapless::live {

class Player::Settling {
 public:
  // `answer` is what the one who started was answered at once; none: its statement is under way, or none was sent.
  Settling(Player& player, Node& started, std::optional<Answer> answer);

  // The places that agree with what was seen; empty: a disagreement, or strayed.
  std::vector<Node*> run(Played& played);

 private:
  using Clock = std::chrono::steady_clock;

  struct Candidate {
    Node* place = nullptr;
    std::vector<Node*> answers;  // by actor - 1: the step in which its statement is answered; null: none
  };

  std::vector<Candidate> candidates() const;
  bool has_deadlock_below(const Node* place) const;
  std::vector<Connection*> busy() const;
  bool take_answers(std::optional<Disagreement>& disagreement);
  bool sort_out(std::size_t actor, std::optional<Disagreement>& disagreement);
  bool has_strayed(std::size_t actor) const;
  Disagreement unexpected_answer(const Candidate& candidate, std::size_t actor) const;
  void abandon(const model::Move& move);
  std::vector<Node*> complete() const;
  bool all_wait(const std::vector<Connection*>& connections);
  bool out_of_patience(const std::vector<Node*>& places, const std::vector<Connection*>& unanswered,
                       std::optional<Disagreement>& disagreement);
  const Node& first_unanswered() const;
  std::string for_whom(const Node& node) const;
  Wait first_wait() const;

  Player& player_;
  Node& started_;
  std::vector<Candidate> candidates_;
  std::vector<std::optional<Answer>> answers_;  // by actor - 1
  std::optional<std::size_t> at_once_;          // actor - 1 whose answer is there, and is not sorted out yet
  bool takes_time_ = false;                     // a deadlock is to be found, or a time to run out
  bool strayed_ = false;
  const Clock::time_point began_ = Clock::now();
  std::optional<Clock::time_point> waiting_since_;
};

}  // namespace gapless::live
