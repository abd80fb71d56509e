#include "store/relational/locks.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace gapless::store::relational {

bool conflict(LockStrength a, LockStrength b) {
  if (a == LockStrength::none || b == LockStrength::none) return false;
  if (a > b) std::swap(a, b);
  switch (a) {
    case LockStrength::key_share:
      return b == LockStrength::update;
    case LockStrength::share:
      return b >= LockStrength::no_key_update;
    default:
      return true;
  }
}

bool conflict(TableLock a, TableLock b) {
  // By mode, a bit for each mode that it conflicts with: the table of the manual, row by row.
  static constexpr std::array<unsigned, 9> conflicts = {
      0,
      1U << 8U,                                                                               // ACCESS SHARE
      1U << 7U | 1U << 8U,                                                                    // ROW SHARE
      1U << 5U | 1U << 6U | 1U << 7U | 1U << 8U,                                              // ROW EXCLUSIVE
      1U << 4U | 1U << 5U | 1U << 6U | 1U << 7U | 1U << 8U,                                   // SHARE UPDATE EXCLUSIVE
      1U << 3U | 1U << 4U | 1U << 6U | 1U << 7U | 1U << 8U,                                   // SHARE
      1U << 3U | 1U << 4U | 1U << 5U | 1U << 6U | 1U << 7U | 1U << 8U,                        // SHARE ROW EXCLUSIVE
      1U << 2U | 1U << 3U | 1U << 4U | 1U << 5U | 1U << 6U | 1U << 7U | 1U << 8U,             // EXCLUSIVE
      1U << 1U | 1U << 2U | 1U << 3U | 1U << 4U | 1U << 5U | 1U << 6U | 1U << 7U | 1U << 8U,  // ACCESS EXCLUSIVE
  };
  return (conflicts[static_cast<std::size_t>(a)] >> static_cast<unsigned>(b) & 1U) != 0;
}

bool excluded(const Row& row, LockStrength wanted, LockStrength own) {
  for (std::size_t i = 0; i < row.locks.size(); ++i) {
    const auto held = static_cast<LockStrength>(i + 1);
    const unsigned others = row.locks[i] - (held == own ? 1U : 0U);
    if (others > 0 && conflict(wanted, held)) return true;
  }
  return false;
}

namespace {

std::vector<QueuedLock>::iterator place_of(Database& database, const LockTag& tag) {
  return std::lower_bound(database.locks.begin(), database.locks.end(), tag,
                          [](const QueuedLock& lock, const LockTag& wanted) { return lock.tag < wanted; });
}

QueuedLock& lock_at(Database& database, const LockTag& tag) {
  const auto place = place_of(database, tag);
  if (place != database.locks.end() && place->tag == tag) return *place;
  return *database.locks.insert(place, QueuedLock{tag, {}, {}});
}

const QueuedLock& existing_lock(const Database& database, const LockTag& tag) {
  const auto place = place_of(const_cast<Database&>(database), tag);
  check(place != database.locks.end() && place->tag == tag, "a lock that somebody waits for is there");
  return *place;
}

void drop_if_unused(Database& database, const LockTag& tag) {
  const auto place = place_of(database, tag);
  const bool used = !place->queue.empty() ||
                    std::any_of(place->granted.begin(), place->granted.end(), [](auto count) { return count > 0; });
  if (!used) database.locks.erase(place);
}

// The session holds this mode already, for the transaction or for itself: it counts once.
bool counts(const Session& session, const LockTag& tag, TableLock mode) {
  return std::any_of(session.locks.begin(), session.locks.end(),
                     [&](const HeldLock& held) { return held.tag == tag && held.mode == mode; });
}

bool conflicts_with_granted(const QueuedLock& lock, const Session& session, TableLock mode) {
  for (std::size_t i = 1; i < lock.granted.size(); ++i) {
    const auto held = static_cast<TableLock>(i);
    const unsigned others = lock.granted[i] - (counts(session, lock.tag, held) ? 1U : 0U);
    if (others > 0 && conflict(mode, held)) return true;
  }
  return false;
}

bool conflicts_with_queue(const QueuedLock& lock, std::size_t length, TableLock mode) {
  return std::any_of(lock.queue.begin(), lock.queue.begin() + static_cast<std::ptrdiff_t>(length),
                     [&](TableLock asked) { return conflict(mode, asked); });
}

void grant(Database& database, Session& session, const LockRequest& wanted) {
  auto& lock = lock_at(database, wanted.tag);
  if (!counts(session, wanted.tag, wanted.mode)) ++lock.granted[static_cast<std::size_t>(wanted.mode)];
  const auto found = std::find_if(session.locks.begin(), session.locks.end(), [&](const HeldLock& held) {
    return held.tag == wanted.tag && held.mode == wanted.mode && held.of_session == wanted.of_session;
  });
  if (found == session.locks.end()) {
    session.locks.push_back({wanted.tag, wanted.mode, wanted.of_session, 1});
    std::sort(session.locks.begin(), session.locks.end());
  } else if (wanted.of_session) {
    ++found->count;
  }
}

// REQUIRES: `held` has just been erased from the session's list.
void ungrant(Database& database, const Session& session, const HeldLock& held) {
  if (counts(session, held.tag, held.mode)) return;
  --lock_at(database, held.tag).granted[static_cast<std::size_t>(held.mode)];
  drop_if_unused(database, held.tag);
}

// Where a request has to stand: at the end, or before the first waiter whom the session itself holds up (ProcSleep).
std::size_t position_in_queue(const QueuedLock& lock, const Session& session) {
  for (std::size_t i = 0; i < lock.queue.size(); ++i) {
    const bool holds_it_up = std::any_of(session.locks.begin(), session.locks.end(), [&](const HeldLock& held) {
      return held.tag == lock.tag && conflict(held.mode, lock.queue[i]);
    });
    if (holds_it_up) return i;
  }
  return lock.queue.size();
}

}  // namespace

std::optional<Wait> request(Database& database, Session& session, const LockRequest& wanted,
                            std::vector<Event::Move>& moves) {
  auto& lock = lock_at(database, wanted.tag);
  const auto position = position_in_queue(lock, session);
  const bool is_own = counts(session, wanted.tag, wanted.mode);
  if (is_own ||
      (!conflicts_with_granted(lock, session, wanted.mode) && !conflicts_with_queue(lock, position, wanted.mode))) {
    grant(database, session, wanted);
    return std::nullopt;
  }
  lock.queue.insert(lock.queue.begin() + static_cast<std::ptrdiff_t>(position), wanted.mode);
  moves.push_back({wanted.tag, position, true});
  Wait wait;
  wait.kind = Wait::Kind::lock;
  wait.tag = wanted.tag;
  wait.mode = wanted.mode;
  wait.of_session = wanted.of_session;
  wait.position = position;
  return wait;
}

bool try_request(Database& database, Session& session, const LockRequest& wanted) {
  const auto& lock = lock_at(database, wanted.tag);
  const bool free = counts(session, wanted.tag, wanted.mode) ||
                    (!conflicts_with_granted(lock, session, wanted.mode) &&
                     !conflicts_with_queue(lock, lock.queue.size(), wanted.mode));  // whoever waits for whom
  if (free) {
    grant(database, session, wanted);
  } else {
    drop_if_unused(database, wanted.tag);
  }
  return free;
}

bool is_free(const Database& database, const Session& waiting) {
  const auto& wait = *waiting.wait;
  return is_free_but_for_queue(database, waiting) &&
         !conflicts_with_queue(existing_lock(database, wait.tag), wait.position, wait.mode);
}

bool is_free_but_for_queue(const Database& database, const Session& waiting) {
  return !conflicts_with_granted(existing_lock(database, waiting.wait->tag), waiting, waiting.wait->mode);
}

void leave_queue(Database& database, const Session& session, std::vector<Event::Move>& moves) {
  const auto& wait = *session.wait;
  auto& lock = lock_at(database, wait.tag);
  check(wait.position < lock.queue.size() && lock.queue[wait.position] == wait.mode, "a waiter knows its place");
  lock.queue.erase(lock.queue.begin() + static_cast<std::ptrdiff_t>(wait.position));
  moves.push_back({wait.tag, wait.position, false});
  drop_if_unused(database, wait.tag);
}

void take_from_queue(Database& database, Session& session, std::vector<Event::Move>& moves) {
  const Wait wait = *session.wait;
  leave_queue(database, session, moves);
  grant(database, session, {wait.tag, wait.mode, wait.of_session});
}

bool holds_up(const Session& waiting, const Session& holder) {
  return std::any_of(holder.locks.begin(), holder.locks.end(), [&](const HeldLock& held) {
    return held.tag == waiting.wait->tag && conflict(held.mode, waiting.wait->mode);
  });
}

bool stands_before(const Session& waiting, const Session& other) {
  return other.wait && other.wait->kind == Wait::Kind::lock && other.wait->tag == waiting.wait->tag &&
         other.wait->position < waiting.wait->position && conflict(other.wait->mode, waiting.wait->mode);
}

bool holds_lock(const Session& session, const LockTag& tag, TableLock mode, bool of_session) {
  return std::any_of(session.locks.begin(), session.locks.end(), [&](const HeldLock& held) {
    return held.tag == tag && held.mode == mode && held.of_session == of_session;
  });
}

bool unlock(Database& database, Session& session, const LockTag& tag, TableLock mode) {
  const auto found = std::find_if(session.locks.begin(), session.locks.end(), [&](const HeldLock& held) {
    return held.tag == tag && held.mode == mode && held.of_session;
  });
  if (found == session.locks.end()) return false;
  if (--found->count > 0) return true;
  const HeldLock held = *found;
  session.locks.erase(found);
  ungrant(database, session, held);
  return true;
}

void unlock_all_of_session(Database& database, Session& session) {
  const auto all = session.locks;
  for (const auto& held : all) {
    if (!held.of_session || held.tag.kind == LockTag::Kind::table) continue;
    session.locks.erase(std::find(session.locks.begin(), session.locks.end(), held));
    ungrant(database, session, held);
  }
}

void release_locks(Database& database, Session& session, const std::vector<HeldLock>& kept) {
  const auto all = session.locks;
  for (const auto& held : all) {
    if (held.of_session || std::find(kept.begin(), kept.end(), held) != kept.end()) continue;
    session.locks.erase(std::find(session.locks.begin(), session.locks.end(), held));
    ungrant(database, session, held);
  }
}

}  // namespace gapless::store::relational
