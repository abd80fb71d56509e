// After each start the server comes to rest: every statement is answered or waits for a lock. The simulator knows all
// the ways in which it may come to rest, the candidates; answers sort them out, and when all who should answer have,
// and all others are known to wait, it has. No candidate left, or no answer where all want one: a disagreement.
#include "live/player.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "store/written.h"

namespace gapless::live {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// For so long all who have not answered must have been seen waiting before that counts as an answer: a lock that is
// about to be given is no wait.
constexpr milliseconds patience(250);
constexpr milliseconds patience_with_deadlock(6000);
// A statement that neither answers nor waits for a lock.
constexpr std::chrono::seconds longest_statement(60);

// lock_timeout and statement_timeout are what the scenario says in the simulator only. Here they are short where a
// statement is to run into them, and so long that none does otherwise.
constexpr int time_out_ms = 100;
constexpr int no_time_out_ms = 600'000;

constexpr int closer_ms = 1;

bool is_call(const model::Move& move) { return move.operation.kind == store::Operation::Kind::call; }

const char* spoken(store::Isolation level) {
  switch (level) {
    case store::Isolation::repeatable_read:
      return "repeatable read";
    case store::Isolation::serializable:
      return "serializable";
    default:
      return "read committed";
  }
}

bool mentions_advisory_locks(const store::Operation& operation) {
  const auto mentions = [](const sql::Statement& statement) {
    return statement.text.find("dvisory") != std::string::npos || statement.text.find("DVISORY") != std::string::npos;
  };
  return mentions(*operation.statement) ||
         std::ranges::any_of(operation.before, [&](const auto& before) { return mentions(*before); });
}

bool sets_something(const store::Operation& operation) {
  const auto sets = [](const sql::Statement& statement) {
    const auto* transaction = std::get_if<sql::Transaction>(&statement.body);
    return std::holds_alternative<sql::SetVariable>(statement.body) || (transaction != nullptr && transaction->session);
  };
  return sets(*operation.statement) ||
         std::ranges::any_of(operation.before, [&](const auto& before) { return sets(*before); });
}

Disagreement disagreement_at(const Node& node, std::string theirs) {
  Disagreement found;
  found.schedule = schedule_to(node);
  found.step = found.schedule.steps.size();
  found.operation = store::to_string(node.move.operation);
  found.ours = node.move.observation ? store::to_string(*node.move.observation) : "waits";
  found.theirs = std::move(theirs);
  return found;
}

}  // namespace

Player::Player(Workspace& workspace, const model::Model& model, Tree& tree)
    : workspace_(workspace), model_(model), tree_(tree), under_way_(model.actors.size()) {}

Played Player::play(const Choices& choices) {
  workspace_.reset();
  std::ranges::fill(under_way_, nullptr);
  choose_victims(choices);
  choose_time_outs(choices);
  Played played;
  played.place = &tree_.root();
  for (;;) {
    tree_.expand(*played.place);
    if (played.place->is_end()) {
      played.disagreement = compare_tables(*played.place);
      played.complete = !played.disagreement;
      return played;
    }
    auto* started = choices.start(*played.place);
    if (started == nullptr) return played;
    if (started->move.way == model::Move::Way::start) {
      send(started->move);
    } else if (!times_out_[started->move.actor - 1]) {
      return played;  // nobody wants to wait for ten minutes
    }
    auto* place = settle(*started, choices, played);
    if (place == nullptr) return played;
    played.place = place;
  }
}

// ----------------------------------------------------------------------------------------------------- deadlocks

// Whoever of a cycle looks first is the victim: it looks when it has waited for deadlock_timeout, and only then. So the
// wanted one looks soon, but after the cycle is closed, and the others so late that it has happened.
void Player::choose_victims(const Choices& choices) {
  if (!workspace_.chooses_victims()) return;
  // Who looks although the wanted one did not look in time should not do so much later: a vain play costs this.
  std::vector<int> timeouts(model_.actors.size(), 3 * choices.victim_ms + 100);
  bool any = false;
  std::size_t last_to_wait = 0;
  for (const auto* step : choices.wanted) {
    if (!step->move.observation) last_to_wait = step->move.actor;
    if (step->move.way != model::Move::Way::deadlock) continue;
    any = true;
    timeouts[step->move.actor - 1] = step->move.actor == last_to_wait ? closer_ms : choices.victim_ms;
  }
  if (!any) return;
  for (std::size_t actor = 1; actor <= timeouts.size(); ++actor) set_deadlock_timeout(actor, timeouts[actor - 1]);
}

void Player::set_deadlock_timeout(std::size_t actor, int ms) {
  for (std::size_t database = 0; database < model_.databases.size(); ++database) {
    auto& session = workspace_.session(actor, database);
    if (session.deadlock_ms == ms) continue;
    session.connection.expect("SET deadlock_timeout = " + std::to_string(ms));
    session.deadlock_ms = ms;
  }
}

// ----------------------------------------------------------------------------------------------------- time-outs

void Player::choose_time_outs(const Choices& choices) {
  times_out_.assign(model_.actors.size(), false);
  for (const auto* step : choices.wanted) {
    if (step->move.way == model::Move::Way::time_out) times_out_[step->move.actor - 1] = true;
  }
}

std::string Player::with_time_outs(const sql::Statement& before, std::size_t actor) const {
  const auto* variable = std::get_if<sql::SetVariable>(&before.body);
  const bool is_time_out =
      variable != nullptr && (variable->name == "lock_timeout" || variable->name == "statement_timeout");
  if (!is_time_out || variable->value.empty() || variable->value == "0") return before.text;
  return std::string("SET ") + (variable->local ? "LOCAL " : "") + variable->name + " = " +
         std::to_string(times_out_[actor - 1] ? time_out_ms : no_time_out_ms);
}

// ---------------------------------------------------------------------------------------------------- statements

void Player::send(const model::Move& move) {
  const auto& operation = move.operation;
  if (is_call(move)) return;
  auto& session = workspace_.session(move.actor, operation.database);
  session.has_advisory_locks = session.has_advisory_locks || mentions_advisory_locks(operation);
  session.has_settings = session.has_settings || sets_something(operation);
  const bool within = operation.begins || session.connection.in_transaction();
  std::string text;
  if (operation.begins) text = store::begin_for_server(operation) + "; ";
  if (!within) {
    if (session.level != operation.isolation) {
      session.connection.expect(std::string("SET default_transaction_isolation = '") + spoken(operation.isolation) +
                                "'");
      session.level = operation.isolation;
    }
    if (session.read_only != operation.read_only) {
      session.connection.expect(std::string("SET default_transaction_read_only = ") +
                                (operation.read_only ? "on" : "off"));
      session.read_only = operation.read_only;
    }
  }
  for (const auto& before : operation.before) {
    // Outside a transaction one text would be one transaction: an error in its end would undo its beginning.
    if (within) {
      text += with_time_outs(*before, move.actor) + "; ";
    } else {
      session.connection.run(with_time_outs(*before, move.actor));
    }
  }
  session.connection.send(text + store::with_parameters(operation, store::for_server));
  under_way_[move.actor - 1] = &session;
}

// ------------------------------------------------------------------------------------------------------ settling

std::vector<Player::Candidate> Player::candidates(Node& started) {
  std::vector<Candidate> result;
  for (auto* place : tree_.calm_places(started)) {
    Candidate candidate{place, std::vector<Node*>(model_.actors.size())};
    for (auto* step = place; step != started.parent; step = step->parent) {
      if (step->move.observation) candidate.answers[step->move.actor - 1] = step;
    }
    result.push_back(std::move(candidate));
  }
  return result;
}

// One start and what follows from it.
class Player::Settling {
 public:
  Settling(Player& player, Node& started)
      : player_(player),
        started_(started),
        candidates_(player.candidates(started)),
        answers_(player.model_.actors.size()) {
    if (is_call(started.move)) answers_[started.move.actor - 1].given = true;
    takes_time_ = started.move.way == model::Move::Way::time_out ||
                  std::ranges::any_of(candidates_, [this](const auto& each) { return has_deadlock_below(each.place); });
  }

  // The places that agree with what was seen; empty: a disagreement.
  std::vector<Node*> run(Played& played) {
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

 private:
  bool has_deadlock_below(const Node* place) const {
    for (const auto* step = place; step != &started_; step = step->parent) {
      if (step->move.way == model::Move::Way::deadlock) return true;
    }
    return false;
  }

  std::vector<Connection*> busy() const {
    std::vector<Connection*> result;
    for (auto* session : player_.under_way_) {
      if (session != nullptr) result.push_back(&session->connection);
    }
    return result;
  }

  bool take_answers(std::optional<Disagreement>& disagreement) {
    for (std::size_t actor = 0; actor < answers_.size(); ++actor) {
      auto* session = player_.under_way_[actor];
      if (session == nullptr || !session->connection.answered()) continue;
      player_.under_way_[actor] = nullptr;
      answers_[actor] = {true, session->connection.collect()};
      waiting_since_.reset();
      if (!sort_out(actor, disagreement)) return false;
    }
    return true;
  }

  // Keeps the candidates that say what the actor was answered, and rolls back what goes with it.
  bool sort_out(std::size_t actor, std::optional<Disagreement>& disagreement) {
    const auto& reply = *answers_[actor].reply;
    std::optional<Disagreement> differs;
    std::vector<Candidate> left;
    for (const auto& candidate : candidates_) {
      const auto* step = candidate.answers[actor];
      if (step == nullptr) {
        if (!differs) differs = unexpected_answer(candidate, actor, reply);
        continue;
      }
      const auto difference = live::difference(step->move.operation, *step->move.observation, reply);
      if (difference.empty()) {
        left.push_back(candidate);
      } else {
        differs = disagreement_at(*step, to_string(reply) + "  [" + difference + "]");
      }
    }
    if (left.empty()) {
      strayed_ = ran_out_of_time(actor, reply);
      if (!strayed_) disagreement = std::move(differs);
      return false;
    }
    candidates_ = std::move(left);
    abandon(candidates_.front().answers[actor]->move);
    return true;
  }

  // Before its turn: it could have, in another interleaving.
  bool ran_out_of_time(std::size_t actor, const Reply& reply) const {
    if (reply.sqlstate != "55P03" && reply.sqlstate != "57014") return false;
    return player_.times_out_[actor] && actor + 1 != started_.move.actor;
  }

  Disagreement unexpected_answer(const Candidate& candidate, std::size_t actor, const Reply& reply) const {
    auto found = disagreement_at(*candidate.place, to_string(reply));
    found.operation = "(the statement of actor " + std::to_string(actor + 1) + " that waits)";
    if (actor + 1 == started_.move.actor) found.operation = store::to_string(started_.move.operation);
    found.ours = "actor " + std::to_string(actor + 1) + " waits";
    return found;
  }

  void abandon(const model::Move& move) {
    for (const auto database : move.abandoned) {
      auto& connection = player_.workspace_.session(move.actor, database).connection;
      if (connection.in_transaction()) connection.expect("ROLLBACK");
    }
  }

  // Candidates all of whose answers are there.
  std::vector<Node*> complete() const {
    std::vector<Node*> places;
    for (const auto& candidate : candidates_) {
      bool all = true;
      for (std::size_t actor = 0; actor < answers_.size(); ++actor) {
        all = all && (candidate.answers[actor] == nullptr || answers_[actor].given);
      }
      if (all) places.push_back(candidate.place);
    }
    return places;
  }

  bool all_wait(const std::vector<Connection*>& connections) {
    std::vector<int> pids;
    for (const auto* connection : connections) pids.push_back(connection->pid());
    if (!player_.workspace_.control().all_blocked(pids)) return false;
    // The answer may have come just before the question.
    return std::ranges::none_of(connections, [](auto* connection) { return connection->answered(); });
  }

  bool out_of_patience(const std::vector<Node*>& places, const std::vector<Connection*>& unanswered,
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
  const Node& first_unanswered() const {
    const auto& candidate = candidates_.front();
    const Node* first = nullptr;
    for (const auto* step = candidate.place; step != started_.parent; step = step->parent) {
      if (step->move.observation && !answers_[step->move.actor - 1].given) first = step;
    }
    return first != nullptr ? *first : started_;
  }

  std::string for_whom(const Node& node) const {
    auto* session = player_.under_way_[node.move.actor - 1];
    if (session == nullptr) return {};
    std::string text;
    const auto blockers = player_.workspace_.control().blockers(session->connection.pid());
    for (std::size_t actor = 1; actor <= player_.model_.actors.size(); ++actor) {
      const auto pid = player_.workspace_.session(actor, node.move.operation.database).connection.pid();
      if (std::ranges::find(blockers, pid) != blockers.end()) {
        text += (text.empty() ? " for actor " : ", ") + std::to_string(actor);
      }
    }
    return text;
  }

  // Nearly always the answer is there before this is over.
  Wait first_wait() const { return Clock::now() - began_ < milliseconds(2) ? Wait(2000) : Wait(500); }

  Player& player_;
  Node& started_;
  std::vector<Candidate> candidates_;
  std::vector<Answer> answers_;
  bool takes_time_ = false;  // a deadlock is to be found, or a time to run out
  bool strayed_ = false;
  const Clock::time_point began_ = Clock::now();
  std::optional<Clock::time_point> waiting_since_;
};

Node* Player::settle(Node& started, const Choices& choices, Played& played) {
  const auto places = Settling(*this, started).run(played);
  if (!places.empty()) return choices.credit(places);
  return nullptr;
}

std::optional<Disagreement> Player::compare_tables(const Node& end) {
  for (std::size_t database = 0; database < model_.databases.size(); ++database) {
    const auto& catalog = model_.databases[database].catalog;
    for (std::size_t table = 0; table < catalog.tables.size(); ++table) {
      const auto& ours = (*end.tables)[database][table];
      const auto theirs = sorted_lines(catalog.tables[table], workspace_.rows(database, table));
      if (ours == theirs) continue;
      const auto text = [](const std::vector<std::string>& lines) {
        std::string result;
        for (const auto& line : lines) result += (result.empty() ? "" : " ") + line;
        return result.empty() ? "no row" : result;
      };
      Disagreement found;
      found.schedule = schedule_to(end);
      found.operation = "the rows of " + catalog.tables[table].name + " at the end";
      found.ours = text(ours);
      found.theirs = text(theirs);
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace gapless::live
