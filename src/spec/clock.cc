// Who goes on first when several can is the server's secret; here it is who has waited longest.
#include "spec/clock.h"

#include <algorithm>
#include <limits>

namespace gapless::spec {
namespace {

const sql::LockTable* table_lock(const Connection& connection) {
  return connection.busy() ? std::get_if<sql::LockTable>(&connection.statement().body) : nullptr;
}

bool name_one_table(const sql::LockTable& a, const sql::LockTable& b) {
  return std::ranges::find_first_of(a.table_numbers, b.table_numbers) != a.table_numbers.end();
}

}  // namespace

void Clock::send(std::size_t session, const Message& message) {
  waits_[session] = {};
  connections_[session].send(message);
  note(session);
  settle();
}

void Clock::settle() {
  while (true) {
    std::optional<std::size_t> first;
    for (std::size_t session = 0; session < connections_.size(); ++session) {
      if (!connections_[session].busy() || !server_.can_resume(session)) continue;
      if (!first || waits_[session].place < waits_[*first].place) first = session;
    }
    if (!first) return;
    connections_[*first].go_on();
    note(*first);
  }
}

// After a session has run: it waits (a new wait, even if in the same statement), or is done.
void Clock::note(std::size_t session) {
  auto& wait = waits_[session];
  const auto& connection = connections_[session];
  if (!connection.busy()) {
    wait = {};
    return;
  }
  const bool same_statement = wait.place != 0 && wait.statement == connection.place();
  wait.begin = now_;
  wait.looked_for_deadlock = false;
  if (!same_statement) {
    wait.place = ++places_;
    wait.statement = connection.place();
    wait.statement_begin = now_;
  }
  // Two that wait for one and the same lock, each because of what the other holds of it: the server sees that at once.
  if (closes_cycle_on_one_table(session)) end_wait(session, server_.fail_by_deadlock(session));
}

bool Clock::closes_cycle_on_one_table(std::size_t session) const {
  const auto* wanted = table_lock(connections_[session]);
  if (wanted == nullptr) return false;
  const auto cycle = server_.deadlocked();
  if (std::ranges::find(cycle, session) == cycle.end()) return false;
  return std::ranges::any_of(cycle, [&](std::size_t other) {
    const auto* theirs = table_lock(connections_[other]);
    if (other == session || theirs == nullptr || !name_one_table(*wanted, *theirs)) return false;
    const auto theirs_blockers = server_.blockers(other);
    const auto own_blockers = server_.blockers(session);
    return std::ranges::find(theirs_blockers, session) != theirs_blockers.end() &&
           std::ranges::find(own_blockers, other) != own_blockers.end();
  });
}

// -------------------------------------------------------------------------------------------------------- time

void Clock::pass(std::int64_t milliseconds) {
  const auto end = now_ + milliseconds;
  for (auto alarm = next_alarm(); alarm && alarm->at < end; alarm = next_alarm()) ring(*alarm);
  now_ = std::max(now_, end);
}

bool Clock::pass_until_something() {
  if (const auto alarm = next_alarm()) {
    ring(*alarm);
    return true;
  }
  // A cycle that stands although everybody has looked for one: it closed later, when a lock changed hands.
  const auto cycle = server_.deadlocked();
  if (cycle.empty()) return false;
  const auto victim = std::ranges::min(cycle, {}, [&](std::size_t session) {
    return std::pair(server_.timeouts(session).deadlock, waits_[session].place);
  });
  end_wait(victim, server_.fail_by_deadlock(victim));
  settle();
  return true;
}

// Of all waits, what runs out first; of equals what began first.
std::optional<Clock::Alarm> Clock::next_alarm() const {
  std::optional<Alarm> first;
  const auto consider = [&](Alarm alarm) {
    const auto rank = [&](const Alarm& each) { return std::pair(each.at, waits_[each.session].place); };
    if (!first || rank(alarm) < rank(*first)) first = alarm;
  };
  for (std::size_t session = 0; session < connections_.size(); ++session) {
    if (!connections_[session].busy()) continue;
    const auto& wait = waits_[session];
    const auto limits = server_.timeouts(session);
    if (limits.lock > 0) consider({wait.begin + limits.lock, session, false});
    if (limits.statement > 0) consider({wait.statement_begin + limits.statement, session, false});
    if (!wait.looked_for_deadlock) consider({wait.begin + limits.deadlock, session, true});
  }
  return first;
}

void Clock::ring(const Alarm& alarm) {
  now_ = std::max(now_, alarm.at);
  if (!alarm.deadlock) {
    end_wait(alarm.session, server_.time_out(alarm.session));
    settle();
    return;
  }
  waits_[alarm.session].looked_for_deadlock = true;
  const auto cycle = server_.deadlocked();
  if (std::ranges::find(cycle, alarm.session) == cycle.end()) return;
  end_wait(alarm.session, server_.fail_by_deadlock(alarm.session));
  settle();
}

// It ends as that of a victim of a deadlock does, but for the message.
void Clock::cancel(std::size_t session) {
  auto observation = server_.fail_by_deadlock(session);
  observation.error_condition = "query_canceled";
  observation.error_message = "canceling statement due to user request";
  end_wait(session, observation);
  settle();
}

void Clock::end_wait(std::size_t session, const store::Observation& observation) {
  connections_[session].fail(observation);
  note(session);
}

}  // namespace gapless::spec
