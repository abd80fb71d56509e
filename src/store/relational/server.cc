#include "store/relational/server.h"

#include <utility>

#include "base/check.h"
#include "store/relational/snapshot.h"

namespace gapless::store::relational {

Server::Server(Schema schema, std::size_t sessions, Tracking tracking)
    : schema_(std::move(schema)),
      tracking_(tracking),
      database_(Rules(schema_.catalog).initial(schema_.statements)),
      sessions_(sessions),
      pending_(sessions) {}

std::optional<Observation> Server::perform(std::size_t session, const Operation& operation) {
  check(!waits(session), "a session that waits sends nothing");
  pending_[session] = operation;
  return adopt(session, advance(session));
}

std::optional<Observation> Server::perform(std::size_t session, const std::string& statement, Isolation level) {
  Operation operation;
  operation.statement = prepare(statement, schema_.catalog, "<statement>");
  operation.isolation = level;
  return perform(session, operation);
}

bool Server::waits(std::size_t session) const { return sessions_[session].wait.has_value(); }

bool Server::can_resume(std::size_t session) const {
  if (!waits(session)) return false;
  if (serialization_.waits_for_safety(static_cast<std::uint32_t>(session))) return false;
  if (rules().can_resume(database_, sessions_[session])) return true;
  // A queue that closes a cycle is rearranged.
  return rules().waits_only_in_queue(database_, sessions_[session]) && stands_in_cycle(session, true) &&
         !stands_in_cycle(session, false);
}

std::optional<Observation> Server::resume(std::size_t session) {
  check(can_resume(session), "only a statement whose wait is over goes on");
  return adopt(session, advance(session));
}

std::vector<std::size_t> Server::blockers(std::size_t session) const {
  std::vector<std::size_t> found;
  if (!waits(session)) return found;
  for (std::size_t other = 0; other < sessions_.size(); ++other) {
    if (other != session && waits_for(session, other)) found.push_back(other);
  }
  return found;
}

bool Server::waits_for(std::size_t session, std::size_t other) const {
  return rules().blocks(database_, sessions_[session], sessions_[other]) ||
         rules().stands_before(sessions_[session], sessions_[other]);
}

bool Server::stands_in_cycle(std::size_t session, bool also_queues) const {
  // Sessions are few: whoever can be reached, until nobody new is.
  std::vector<bool> reached(sessions_.size());
  std::vector<std::size_t> found = {session};
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!waits(found[i])) continue;
    for (std::size_t other = 0; other < sessions_.size(); ++other) {
      if (other == found[i] || reached[other]) continue;
      const auto& waiting = sessions_[found[i]];
      if (rules().blocks(database_, waiting, sessions_[other]) ||
          (also_queues && rules().stands_before(waiting, sessions_[other]))) {
        reached[other] = true;
        found.push_back(other);
      }
    }
  }
  return reached[session];
}

std::vector<std::size_t> Server::deadlocked() const {
  std::vector<std::size_t> members;
  for (std::size_t session = 0; session < sessions_.size(); ++session) {
    if (waits(session) && !can_resume(session) && stands_in_cycle(session, false)) members.push_back(session);
  }
  return members;
}

Observation Server::fail_by_deadlock(std::size_t session) {
  auto observation = adopt(session, judged(session, rules().fail_by_deadlock(database_, sessions_[session])));
  check(observation.has_value(), "the victim of a deadlock no longer waits");
  return *observation;
}

Server::Timeouts Server::timeouts(std::size_t session) const {
  const auto& settings = sessions_[session].settings;
  return {settings.lock_timeout_ms, settings.statement_timeout_ms, settings.deadlock_timeout_ms};
}

Observation Server::time_out(std::size_t session) {
  auto observation = adopt(session, judged(session, rules().time_out(database_, sessions_[session])));
  check(observation.has_value(), "a statement that has timed out no longer waits");
  return *observation;
}

void Server::disconnect(std::size_t session) {
  adopt(session, judged(session, rules().disconnect(database_, sessions_[session])));
}

bool Server::in_transaction(std::size_t session) const { return sessions_[session].phase != Session::Phase::idle; }

std::vector<Tuple> Server::table(std::size_t number) const {
  return committed_rows(schema_.catalog.tables[number], database_.tables[number]);
}

Applied Server::advance(std::size_t session) {
  return rules().advance(serialization_, static_cast<std::uint32_t>(session), database_, sessions_[session],
                         pending_[session]);
}

Applied Server::judged(std::size_t session, Applied applied) {
  return rules().judge(serialization_, static_cast<std::uint32_t>(session), database_, sessions_[session],
                       pending_[session], std::move(applied));
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
