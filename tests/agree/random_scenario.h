// Random small scenarios as text, by RapidCheck: what users may write and nobody has thought of.
#pragma once

#include <string>

namespace gapless::agree {

// 2 or 3 actors, up to 4 statements each, on one or two tables: reads, guarded and blind updates, inserts with unique
// keys, deletes, transactions, row locks, sub-selects (correlated ones, too), error handlers, effects, one or two
// invariants. To be called inside a RapidCheck property.
std::string random_scenario();

// 2 actors (and messages), up to 3 statements each on PostgreSQL and Redis; crash, retry, duplicate, redelivery, jobs,
// calls with several outcomes, expiry, application locks, sections, the clock.
std::string random_scenario_with_faults();

// The same over MongoDB and DynamoDB.
std::string random_scenario_of_documents();

// 2 to 4 actors, up to 4 statements each, on two PostgreSQL databases, Redis and an application lock: row locks taken
// in opposite orders with others behind, await, advisory locks, time-outs, NOWAIT, SKIP LOCKED, tables, sections,
// levels.
std::string random_scenario_of_waits();

// 2 to 4 actors that look at a version and write where it is still that, with retries and without; versions that only
// grow, or somebody makes one smaller: in the same statement, by another row, in WITH, by a key of another table.
std::string random_scenario_of_versions();

// 2 to 4 actors that take from what only becomes less, or add to what only becomes more, as long as enough is left; or
// somebody puts something back.
std::string random_scenario_of_guards();

// 2 to 4 actors that keep the number of their own row, claim things for themselves, lock with their name (in Redis,
// too) or send a message about their row; some do more with a name than to compare it.
std::string random_scenario_of_names();

}  // namespace gapless::agree
