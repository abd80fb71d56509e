// What is shared beside the stores: the clock, what may still go wrong, what providers remember, and what replicas have
// yet to hear of. All of it is ordered, so that equal surroundings are equal values.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/digest.h"
#include "model/model.h"

namespace gapless::explore {

// A call that a provider has promised to settle.
struct UnsettledCall {
  std::string call;
  std::vector<sql::Value> arguments;
  sql::Value key;
  auto operator<=>(const UnsettledCall&) const = default;
};

// A provider's memory of an idempotency key. Its scope is the call's name.
struct KnownKey {
  std::string call;
  sql::Value key;
  std::vector<sql::Value> arguments;
  std::string outcome;   // what whoever sends the key again is told: "ok", "declined"; "unknown" while it is pending
  bool forgets = false;  // the provider prunes it some day
  auto operator<=>(const KnownKey&) const = default;
};

// A request of a session that is over, though its actor is not.
struct Answered {
  std::size_t actor = 0;  // where invariants tell actors apart
  std::string request;
  std::string status;
  auto operator<=>(const Answered&) const = default;
};

// The committed rows of a database's tables.
using Tables = std::vector<std::vector<sql::Tuple>>;

struct Surroundings {
  std::uint32_t instant = 0;  // which of the model's clock
  model::Faults left;         // what may still happen
  std::vector<UnsettledCall> unsettled;
  std::vector<KnownKey> known_keys;
  std::vector<Answered> answered;
  // By database: of a replica, what its primary has committed that it has not replayed, the oldest first.
  std::vector<std::vector<Tables>> backlogs;

  bool operator==(const Surroundings&) const = default;
};

void add_to(Digest& digest, const Surroundings& surroundings);

// Something that happens to the world, and is nobody's step. Each is an obligation: it will have happened at the end.
struct Happening {
  enum class Kind : std::uint8_t { expire, advance, settle, forget, replicate, expire_document, catch_up };
  Kind kind = Kind::expire;
  std::size_t database = 0;               // keyvalue, replica or document database
  std::string key;                        // that expires
  std::size_t number = 0;                 // of what is unsettled or known
  bool done = false;                      // of what is settled
  std::string what;                       // as a schedule has it
  store::document::Address address = {};  // of the document that expires or catches up
};

}  // namespace gapless::explore
