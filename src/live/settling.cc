// The simulator knows all the ways in which the server may come to rest, the candidates; answers sort them out, and
// when all who should answer have, and all others are known to wait, it has. No candidate left, or no answer where all
// want one: a disagreement.
#include "live/settling.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace gapless::live {
namespace {

using std::chrono::milliseconds;

// For so long all who have not answered must have been seen waiting before that counts as an answer: a lock that is
// about to be given is no wait.
constexpr milliseconds patience(250);
constexpr milliseconds patience_with_deadlock(6000);
// A statement that neither answers nor waits for a lock.
constexpr std::chrono::seconds longest_statement(60);

// Empty where they agree; a step of our own (a call, a message) is agreed to.
std::string difference_at(const Node& step, const Answer& answer) {
  if (answer.sql) return difference(step.move.operation, *step.move.observation, *answer.sql);
  if (answer.redis) return difference(step.move.operation, *step.move.observation, *answer.redis);
  return {};
}

std::string to_string(const Answer& answer) {
  if (answer.sql) return to_string(*answer.sql);
  return answer.redis ? keyvalue::to_string(*answer.redis) : "";
}

}  // namespace

Player::Settling::Settling(Player& player, Node& started, std::optional<Answer> answer)
    : player_(player), started_(started), candidates_(candidates()) {
  // The candidates may have more actors than were known before.
  player_.under_way_.resize(player_.tree_.actors());
  answers_.resize(player_.tree_.actors());
  if (answer) {
    at_once_ = started.move.actor - 1;
    answers_[*at_once_] = std::move(answer);
  }
  takes_time_ = started.move.way == model::Move::Way::time_out ||
                std::ranges::any_of(candidates_, [this](const auto& each) { return has_deadlock_below(each.place); });
}

std::vector<Player::Settling::Candidate> Player::Settling::candidates() const {
  std::vector<Candidate> result;
  for (auto* place : player_.tree_.calm_places(started_)) {
    Candidate candidate{place, std::vector<Node*>(player_.tree_.actors())};
    for (auto* step = place; step != started_.parent; step = step->parent) {
      if (step->move.observation) candidate.answers[step->move.actor - 1] = step;
    }
    result.push_back(std::move(candidate));
  }
  for (auto& candidate : result) candidate.answers.resize(player_.tree_.actors());
  return result;
}

std::vector<Node*> Player::Settling::run(Played& played) {
  auto& disagreement = played.disagreement;
  for (;;) {
    if (!take_answers(disagreement)) {
      played.strayed = strayed_;
      return {};
    }
    auto places = complete();
    const auto unanswered = busy();
    if (!places.empty() && (unanswered.empty() || all_wait(unanswered))) return places;
    if (places.empty() && unanswered.empty()) {
      // Cannot be: who is not under way has answered, and that was compared.
      throw InternalError("a statement is to be answered that was never sent");
    }
    if (out_of_patience(places, unanswered, disagreement)) return {};
    // Who should answer soon does; whether somebody waits is asked meanwhile.
    wait_for_input(unanswered, places.empty() ? first_wait() : Wait(20));
  }
}

bool Player::Settling::has_deadlock_below(const Node* place) const {
  for (const auto* step = place; step != &started_; step = step->parent) {
    if (step->move.way == model::Move::Way::deadlock) return true;
  }
  return false;
}

std::vector<Connection*> Player::Settling::busy() const {
  std::vector<Connection*> result;
  for (auto* session : player_.under_way_) {
    if (session != nullptr) result.push_back(&session->connection);
  }
  return result;
}

bool Player::Settling::take_answers(std::optional<Disagreement>& disagreement) {
  if (at_once_) {
    const auto actor = *std::exchange(at_once_, std::nullopt);
    if (!sort_out(actor, disagreement)) return false;
  }
  for (std::size_t actor = 0; actor < answers_.size(); ++actor) {
    auto* session = player_.under_way_[actor];
    if (session == nullptr || !session->connection.answered()) continue;
    player_.under_way_[actor] = nullptr;
    answers_[actor] = Answer{.sql = session->connection.collect(), .redis = std::nullopt};
    waiting_since_.reset();
    if (!sort_out(actor, disagreement)) return false;
  }
  return true;
}

// Keeps the candidates that say what the actor was answered, and rolls back what goes with it.
bool Player::Settling::sort_out(std::size_t actor, std::optional<Disagreement>& disagreement) {
  const auto& answer = *answers_[actor];
  std::optional<Disagreement> differs;
  std::vector<Candidate> left;
  for (const auto& candidate : candidates_) {
    const auto* step = candidate.answers[actor];
    if (step == nullptr) {
      if (!differs) differs = unexpected_answer(candidate, actor);
      continue;
    }
    const auto difference = difference_at(*step, answer);
    if (difference.empty()) {
      left.push_back(candidate);
    } else {
      differs = disagreement_at(*step, to_string(answer) + "  [" + difference + "]");
    }
  }
  if (left.empty()) {
    strayed_ = has_strayed(actor);
    if (!strayed_) disagreement = std::move(differs);
    return false;
  }
  candidates_ = std::move(left);
  abandon(candidates_.front().answers[actor]->move);
  return true;
}

// Another interleaving, or another throw of the server's dice: a time that ran out before its turn, a member popped.
bool Player::Settling::has_strayed(std::size_t actor) const {
  const auto& answer = *answers_[actor];
  if (answer.sql) {
    if (answer.sql->sqlstate != "55P03" && answer.sql->sqlstate != "57014") return false;
    return player_.times_out(actor + 1) && actor + 1 != started_.move.actor;
  }
  const auto* step = candidates_.front().answers[actor];
  return answer.redis && step != nullptr && is_drawn(step->move.operation, *step->move.observation, *answer.redis);
}

Disagreement Player::Settling::unexpected_answer(const Candidate& candidate, std::size_t actor) const {
  auto found = disagreement_at(*candidate.place, to_string(*answers_[actor]));
  found.operation = "(the statement of actor " + std::to_string(actor + 1) + " that waits)";
  if (actor + 1 == started_.move.actor) found.operation = text_of(started_.move);
  found.ours = "actor " + std::to_string(actor + 1) + " waits";
  return found;
}

void Player::Settling::abandon(const model::Move& move) {
  for (const auto database : move.abandoned) {
    auto* session = player_.workspace_.existing(move.actor, database);
    if (session != nullptr && session->connection.in_transaction()) session->connection.expect("ROLLBACK");
  }
}

// Candidates all of whose answers are there.
std::vector<Node*> Player::Settling::complete() const {
  std::vector<Node*> places;
  for (const auto& candidate : candidates_) {
    bool all = true;
    for (std::size_t actor = 0; actor < answers_.size(); ++actor) {
      all = all && (candidate.answers[actor] == nullptr || answers_[actor]);
    }
    if (all) places.push_back(candidate.place);
  }
  return places;
}

bool Player::Settling::all_wait(const std::vector<Connection*>& connections) {
  std::vector<int> pids;
  for (const auto* connection : connections) pids.push_back(connection->pid());
  if (!player_.workspace_.control().all_blocked(pids)) return false;
  // The answer may have come just before the question.
  return std::ranges::none_of(connections, [](auto* connection) { return connection->answered(); });
}

bool Player::Settling::out_of_patience(const std::vector<Node*>& places, const std::vector<Connection*>& unanswered,
                                       std::optional<Disagreement>& disagreement) {
  const auto now = Clock::now();
  if (now - began_ > longest_statement) {
    disagreement = disagreement_at(first_unanswered(), "neither answers nor waits for a lock");
    return true;
  }
  if (!places.empty() || now - began_ < milliseconds(2)) return false;
  if (!all_wait(unanswered)) {
    waiting_since_.reset();
    return false;
  }
  if (!waiting_since_) waiting_since_ = now;
  if (now - *waiting_since_ < (takes_time_ ? patience_with_deadlock : patience)) return false;
  disagreement = disagreement_at(first_unanswered(), "waits" + for_whom(first_unanswered()));
  return true;
}

// The first step whose answer every candidate that is left wants and nobody has given.
const Node& Player::Settling::first_unanswered() const {
  const auto& candidate = candidates_.front();
  const Node* first = nullptr;
  for (const auto* step = candidate.place; step != started_.parent; step = step->parent) {
    if (step->move.observation && !answers_[step->move.actor - 1]) first = step;
  }
  return first != nullptr ? *first : started_;
}

std::string Player::Settling::for_whom(const Node& node) const {
  if (node.move.actor == 0) return {};
  auto* session = player_.under_way_[node.move.actor - 1];
  if (session == nullptr) return {};
  std::string text;
  const auto blockers = player_.workspace_.control().blockers(session->connection.pid());
  for (std::size_t actor = 1; actor <= answers_.size(); ++actor) {
    const auto* other = player_.workspace_.existing(actor, node.move.operation.database);
    if (other != nullptr && std::ranges::find(blockers, other->connection.pid()) != blockers.end()) {
      text += (text.empty() ? " for actor " : ", ") + std::to_string(actor);
    }
  }
  return text;
}

// Nearly always the answer is there before this is over.
Wait Player::Settling::first_wait() const { return Clock::now() - began_ < milliseconds(2) ? Wait(2000) : Wait(500); }

Disagreement disagreement_at(const Node& node, std::string theirs) {
  Disagreement found;
  found.schedule = schedule_to(node);
  found.step = found.schedule.steps.size();
  found.operation = text_of(node.move);
  found.ours = node.move.observation ? store::to_string(*node.move.observation)
               : waits(node.move)    ? "waits"
                                     : "happens";
  found.theirs = std::move(theirs);
  return found;
}

}  // namespace gapless::live
