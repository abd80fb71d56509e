#include "explore/surroundings.h"

namespace gapless::explore {

void add_to(Digest& digest, const Surroundings& surroundings) {
  const auto& left = surroundings.left;
  digest.add(std::uint64_t{surroundings.instant});
  digest.add(std::uint64_t{left.crash}).add(std::uint64_t{left.retry}).add(std::uint64_t{left.duplicate});
  digest.add(surroundings.unsettled.size());
  for (const auto& pending : surroundings.unsettled) {
    digest.add(pending.call);
    sql::add_to(digest, pending.arguments);
    sql::add_to(digest, pending.key);
  }
  digest.add(surroundings.known_keys.size());
  for (const auto& remembered : surroundings.known_keys) {
    digest.add(remembered.call).add(remembered.outcome).add(std::uint64_t{remembered.forgets});
    sql::add_to(digest, remembered.key);
    sql::add_to(digest, remembered.arguments);
  }
  digest.add(surroundings.answered.size());
  for (const auto& answered : surroundings.answered) {
    digest.add(answered.actor).add(answered.request).add(answered.status);
  }
  for (const auto& backlog : surroundings.backlogs) {
    digest.add(backlog.size());
    for (const auto& tables : backlog) {
      for (const auto& rows : tables) {
        digest.add(rows.size());
        for (const auto& row : rows) sql::add_to(digest, row);
      }
    }
  }
}

}  // namespace gapless::explore
