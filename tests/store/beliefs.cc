// The shared state is anonymous: it counts what the sessions list. So each count must be that of the lists.
#include "beliefs.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/check.h"

namespace gapless::store::relational {
namespace {

using Counts = std::array<int, 4>;  // by strength

struct OfName {
  Counts held{};
  int written = 0;
  int ghosts = 0;
  bool operator==(const OfName&) const = default;
};

std::map<RowName, OfName> as_sessions_say(const Server& server) {
  std::map<RowName, OfName> found;
  for (std::size_t i = 0; i < server.sessions(); ++i) {
    const auto& session = server.session(i);
    check(std::is_sorted(session.held.begin(), session.held.end()), "what is held is in order");
    for (const auto& held : session.held) {
      check(held.strength != LockStrength::none, "what is held is held at some strength");
      check(!held.wrote || held.strength >= LockStrength::no_key_update, "a writer holds NO KEY UPDATE or more");
      check(!held.key_changed || held.wrote, "who changed the key wrote");
      ++found[held.row].held[static_cast<std::size_t>(held.strength) - 1];
      found[held.row].written += held.wrote ? 1 : 0;
    }
    if (!session.snapshot) continue;
    check(std::is_sorted(session.snapshot->begin(), session.snapshot->end()), "a snapshot is in order");
    for (const auto& difference : *session.snapshot) ++found[difference.row].ghosts;
  }
  return found;
}

// Differences matter to rows only where they are kept for them.
std::map<RowName, OfName> as_database_says(const Database& database, const std::map<RowName, OfName>& said) {
  std::map<RowName, OfName> found;
  for (std::uint32_t table = 0; table < database.tables.size(); ++table) {
    const auto& rows = database.tables[table].rows;
    check(std::is_sorted(rows.begin(), rows.end()), "rows are in order");
    RowName name;
    for (std::uint32_t row = 0; row < rows.size(); ++row) {
      const auto& here = rows[row];
      const bool shares = row > 0 && !here.committed && here == rows[row - 1];
      if (!shares) name = {table, row};
      auto& of_name = found[name];
      for (std::size_t i = 0; i < here.locks.size(); ++i) of_name.held[i] += here.locks[i];
      of_name.written += here.pending != Pending::none ? 1 : 0;
      check(here.committed || here.pending != Pending::none, "a row is there for somebody");
      check(
          here.ghost == 0 || (here.committed && here.pending == Pending::none && here.locks == decltype(here.locks){}),
          "nobody holds a row that is no more");
      const auto place = said.find(name);
      const int differences = place == said.end() ? 0 : place->second.ghosts;
      of_name.ghosts = here.ghost > 0 ? here.ghost : differences;
      if (of_name == OfName{}) found.erase(name);
    }
  }
  return found;
}

void check_locks(const Server& server) {
  std::map<LockTag, QueuedLock> said;
  for (std::size_t i = 0; i < server.sessions(); ++i) {
    const auto& session = server.session(i);
    std::set<std::pair<LockTag, TableLock>> once;
    for (const auto& held : session.locks) once.insert({held.tag, held.mode});
    for (const auto& [tag, mode] : once) ++said[tag].granted[static_cast<std::size_t>(mode)];
    if (!session.wait || session.wait->kind != Wait::Kind::lock) continue;
    auto& queue = said[session.wait->tag].queue;
    if (queue.size() <= session.wait->position) queue.resize(session.wait->position + 1, TableLock::none);
    check(queue[session.wait->position] == TableLock::none, "no two stand at one place of a queue");
    queue[session.wait->position] = session.wait->mode;
  }
  const auto& locks = server.database().locks;
  check(locks.size() == said.size(), "a lock is there while somebody holds or wants it");
  std::size_t number = 0;
  for (const auto& [tag, lock] : said) {
    check(locks[number].tag == tag, "locks are in order");
    check(locks[number].granted == lock.granted, "a lock is granted as often as sessions hold it");
    check(locks[number].queue == lock.queue, "a queue is made of those who wait");
    ++number;
  }
}

void check_graph(const Server& server) {
  const auto& graph = server.serialization();
  const auto& members = graph.transactions;
  const auto has = [](const std::vector<Serialization::Member>& list, Serialization::Member member) {
    return std::count(list.begin(), list.end(), member) == 1;
  };
  for (Serialization::Member i = 0; i < members.size(); ++i) {
    const auto& member = members[i];
    for (const auto other : member.out) check(has(members[other].in, i), "an edge out of one goes into the other");
    for (const auto other : member.in) check(has(members[other].out, i), "an edge into one goes out of the other");
    check(member.committed == (member.actor == Serialization::nobody), "who has committed is nobody's");
    if (member.committed || !member.serializable) continue;
    const auto& session = server.session(member.actor);
    check(session.snapshot.has_value() && session.level == Isolation::serializable, "a member has a snapshot");
    std::vector<RowName> written;
    for (const auto& held : session.held) {
      if (held.wrote) written.push_back(held.row);
    }
    check(member.writes == written, "what a member has written is what its session holds as written");
  }
  for (const auto& lock : graph.locks) {
    check(!lock.holders.empty(), "a predicate lock has holders");
    for (const auto holder : lock.holders) {
      check(holder < members.size() && has(lock.holders, holder), "each holder of a predicate lock is there, once");
    }
    if (lock.kind == Serialization::Lock::Kind::row) {
      check(lock.what.row < server.database().tables[lock.what.table].rows.size(), "a row that is locked is there");
    }
  }
}

void check_savepoints(const Session& session) {
  for (const auto& savepoint : session.savepoints) {
    check(std::is_sorted(savepoint.changes.begin(), savepoint.changes.end()), "a savepoint's changes are in order");
    for (const auto& before : savepoint.changes) {
      check(std::any_of(session.held.begin(), session.held.end(),
                        [&](const Held& held) { return held.row == before.row && held.strength >= before.strength; }),
            "what was done since a savepoint is held");
    }
  }
}

}  // namespace

void check_beliefs(const Server& server) {
  const auto said = as_sessions_say(server);
  check(said == as_database_says(server.database(), said), "rows are held, written and kept as the sessions say");
  std::uint32_t snapshots = 0;
  for (std::size_t i = 0; i < server.sessions(); ++i) {
    const auto& session = server.session(i);
    snapshots += session.snapshot ? 1 : 0;
    check_savepoints(session);
    check(!session.snapshot || session.wait || session.keeps_one_snapshot(),
          "at READ COMMITTED only a statement that waits keeps a snapshot");
    if (session.phase != Session::Phase::idle || session.wait) continue;
    check(session.held.empty() && session.savepoints.empty() && !session.snapshot && !session.progress,
          "nothing is left of a transaction that is over");
  }
  check(server.database().snapshots == snapshots, "snapshots are counted");
  check_locks(server);
  check_graph(server);
}

}  // namespace gapless::store::relational
