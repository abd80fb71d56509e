#include "store/relational/server.h"

#include <utility>

#include "base/check.h"
#include "store/relational/snapshot.h"

namespace gapless::store::relational {

Server::Server(Schema schema, std::size_t sessions)
    : schema_(std::move(schema)),
      database_(Rules(schema_.catalog).initial(schema_.statements)),
      sessions_(sessions),
      pending_(sessions) {}

std::optional<Observation> Server::perform(std::size_t session, const Operation& operation) {
  check(!waits(session), "a session that waits sends nothing");
  pending_[session] = operation;
  return adopt(session, Rules(schema_.catalog).apply(database_, sessions_[session], operation));
}

std::optional<Observation> Server::perform(std::size_t session, const std::string& statement, Isolation level) {
  Operation operation;
  operation.statement = prepare(statement, schema_.catalog, "<statement>");
  operation.isolation = level;
  return perform(session, operation);
}

bool Server::waits(std::size_t session) const { return sessions_[session].wait.has_value(); }

bool Server::can_resume(std::size_t session) const {
  return waits(session) && Rules(schema_.catalog).can_resume(database_, sessions_[session]);
}

std::optional<Observation> Server::resume(std::size_t session) {
  check(can_resume(session), "only a statement whose wait is over goes on");
  return adopt(session, Rules(schema_.catalog).apply(database_, sessions_[session], pending_[session]));
}

std::vector<std::size_t> Server::blockers(std::size_t session) const {
  std::vector<std::size_t> found;
  if (!waits(session)) return found;
  for (std::size_t other = 0; other < sessions_.size(); ++other) {
    if (other != session && Rules(schema_.catalog).blocks(database_, sessions_[session], sessions_[other])) {
      found.push_back(other);
    }
  }
  return found;
}

std::vector<std::size_t> Server::deadlocked() const {
  // Sessions are few: the transitive closure (Warshall) of who waits for whom.
  const auto count = sessions_.size();
  std::vector<std::vector<bool>> reaches(count, std::vector<bool>(count));
  for (std::size_t i = 0; i < count; ++i) {
    for (const auto j : blockers(i)) reaches[i][j] = waits(j);
  }
  for (std::size_t via = 0; via < count; ++via) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < count; ++j) reaches[i][j] = reaches[i][j] || (reaches[i][via] && reaches[via][j]);
    }
  }
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < count; ++i) {
    if (reaches[i][i]) members.push_back(i);
  }
  return members;
}

Observation Server::fail_by_deadlock(std::size_t session) {
  auto observation = adopt(session, Rules(schema_.catalog).fail_by_deadlock(database_, sessions_[session]));
  check(observation.has_value(), "the victim of a deadlock no longer waits");
  return *observation;
}

Server::Timeouts Server::timeouts(std::size_t) const { return {}; }

Observation Server::time_out(std::size_t session) { return fail_by_deadlock(session); }

void Server::disconnect(std::size_t session) {
  adopt(session, Rules(schema_.catalog).abandon(database_, sessions_[session]));
  sessions_[session] = Session{};
}

bool Server::in_transaction(std::size_t session) const { return sessions_[session].phase != Session::Phase::idle; }

std::vector<Tuple> Server::table(std::size_t number) const {
  return committed_rows(schema_.catalog.tables[number], database_.tables[number]);
}

std::optional<Observation> Server::adopt(std::size_t session, Applied applied) {
  for (std::size_t other = 0; other < sessions_.size(); ++other) {
    if (other != session) sessions_[other] = map(sessions_[other], applied.event);
  }
  database_ = std::move(applied.database);
  sessions_[session] = std::move(applied.session);
  return std::move(applied.observation);
}

}  // namespace gapless::store::relational
