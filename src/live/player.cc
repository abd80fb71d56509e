// A step is begun by its kind: a statement is sent, a command answered at once, a connection cut; what is our own (a
// call, a message, a promise that is settled) needs no server. Then the server is let come to rest (settling.h).
#include "live/player.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "live/settling.h"
#include "store/written.h"

namespace gapless::live {
namespace {

// lock_timeout and statement_timeout are what the scenario says in the simulator only. Here they are short where a
// statement is to run into them, and so long that none does otherwise.
constexpr int time_out_ms = 100;
constexpr int no_time_out_ms = 600'000;

constexpr int closer_ms = 1;

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

}  // namespace

Player::Player(Workspace& workspace, const model::Model& model, Tree& tree)
    : workspace_(workspace), model_(model), tree_(tree) {}

Played Player::play(const Choices& choices) {
  workspace_.reset();
  under_way_.clear();
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
    if (started->stops) {
      played.place = started;
      continue;
    }
    under_way_.resize(tree_.actors());
    std::optional<Answer> answer;
    if (!begin(*started, answer, played)) return played;
    const auto places = Settling(*this, *started, std::move(answer)).run(played);
    if (places.empty()) return played;
    played.place = choices.credit(places);
  }
}

bool Player::begin(const Node& started, std::optional<Answer>& answer, Played& played) {
  using Way = model::Move::Way;
  const auto& move = started.move;
  switch (move.way) {
    case Way::start:
      answer = operate(started, played);
      break;
    case Way::time_out:
      return times_out(move.actor);  // nobody wants to wait for ten minutes
    case Way::crash:
      workspace_.crash(move.actor);
      under_way_[move.actor - 1] = nullptr;
      break;
    case Way::again:
      if (workspace_.has_keyspace()) workspace_.keyspace().calm(move.actor);
      break;
    case Way::expire:
      if (!workspace_.keyspace().expire(move.database, move.key)) {
        played.disagreement = disagreement_at(started, "there is no key " + move.key);
      }
      break;
    case Way::duplicate:
    case Way::world:
      break;
    case Way::resume:
    case Way::deadlock:
      throw InternalError("what happens by itself is not begun");
  }
  return !played.disagreement;
}

// The answer, where there is one at once.
std::optional<Answer> Player::operate(const Node& started, Played& played) {
  const auto& operation = started.move.operation;
  switch (operation.kind) {
    case store::Operation::Kind::statement:
      send(started.move);
      return std::nullopt;
    case store::Operation::Kind::command:
      return Answer{.sql = std::nullopt,
                    .redis = workspace_.keyspace().run(started.move.actor, operation.database, operation.commands,
                                                       operation.transaction)};
    case store::Operation::Kind::await: {
      // It may go on once this is true, and it goes on here.
      const auto rows = workspace_.look(operation.database, store::with_parameters(operation, store::for_server));
      const bool is_true = rows.size() == 1 && rows.front().size() == 1 && rows.front().front() == "t";
      if (!is_true) played.disagreement = disagreement_at(started, "what is awaited is not true");
      return Answer{};
    }
    case store::Operation::Kind::document:
      throw InternalError("a model with document databases is not comparable");
    case store::Operation::Kind::call:
    case store::Operation::Kind::send:
      break;
  }
  return Answer{};
}

// ----------------------------------------------------------------------------------------------------- deadlocks

// Whoever of a cycle looks first is the victim: it looks when it has waited for deadlock_timeout, and only then. So the
// wanted one looks soon, but after the cycle is closed, and the others so late that it has happened.
void Player::choose_victims(const Choices& choices) {
  if (!workspace_.chooses_victims()) return;
  // Who looks although the wanted one did not look in time should not do so much later: a vain play costs this.
  std::vector<int> timeouts(tree_.actors(), 3 * choices.victim_ms + 100);
  bool any = false;
  std::size_t last_to_wait = 0;
  for (const auto* step : choices.wanted) {
    if (waits(step->move)) last_to_wait = step->move.actor;
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
  times_out_.assign(tree_.actors(), false);
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
         std::to_string(times_out(actor) ? time_out_ms : no_time_out_ms);
}

// ---------------------------------------------------------------------------------------------------- statements

void Player::send(const model::Move& move) {
  const auto& operation = move.operation;
  auto& session = workspace_.session(move.actor, operation.database);
  session.is_used = true;
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

// ------------------------------------------------------------------------------------------------------- the end

namespace {

std::string text_of(const std::vector<std::string>& lines, const std::string& none) {
  std::string result;
  for (const auto& line : lines) result += (result.empty() ? "" : " ") + line;
  return result.empty() ? none : result;
}

Disagreement disagreement_at_end(const Node& end, std::string what, std::string ours, std::string theirs) {
  return {.schedule = schedule_to(end),
          .step = 0,
          .operation = std::move(what),
          .ours = std::move(ours),
          .theirs = std::move(theirs)};
}

}  // namespace

std::optional<Disagreement> Player::compare_tables(const Node& end) {
  for (std::size_t database = 0; database < model_.databases.size(); ++database) {
    const auto& catalog = model_.databases[database].catalog;
    for (std::size_t table = 0; table < catalog.tables.size(); ++table) {
      const auto& ours = (*end.tables)[database][table];
      const auto theirs = sorted_lines(catalog.tables[table], workspace_.rows(database, table));
      if (ours == theirs) continue;
      return disagreement_at_end(end, "the rows of " + catalog.tables[table].name + " at the end",
                                 text_of(ours, "no row"), text_of(theirs, "no row"));
    }
  }
  for (std::size_t number = 0; number < model_.keyvalues.size(); ++number) {
    const auto& ours = (*end.tables)[model_.databases.size() + number][0];
    const auto theirs = workspace_.keyspace().lines(number);
    if (ours == theirs) continue;
    return disagreement_at_end(end, "the keys of " + model_.keyvalues[number].name + " at the end",
                               text_of(ours, "no key"), text_of(theirs, "no key"));
  }
  return std::nullopt;
}

}  // namespace gapless::live
