// What Redis 7 does with a command: rules of shared/semantics.md section 3, pure functions of values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/keyvalue/database.h"
#include "store/operation.h"

namespace gapless::store::keyvalue {

// The command's words: SET, lock:SAVE50, t1, NX, EX, 10. The name in any case.
using Command = std::vector<std::string>;

struct Applied {
  Database database;
  Session session;
  Event event;  // for the other sessions
  Observation observation;
};

// One command, or what stands between MULTI and EXEC (`transaction`: then the session's watches decide, and are
// cleared). Never waits. DISCARD stands for MULTI … DISCARD: nothing ran, and the watches are gone.
//
// Observation: tag "REDIS". nil: no row, count 0. Otherwise columns {"value"}: an integer reply is one row of bigint, a
// status or bulk string one row of text, an array a row an element (nil: NULL); HGETALL and the like (pairs) have the
// columns {"field", "value"}. EXEC is an array; where its replies are arrays themselves, they are shown as text. count
// is the number of rows. Where Redis promises no order (HGETALL, HKEYS, HVALS, SMEMBERS) ours is that of fields and
// members; where it chooses at random (SPOP) the first in that order is taken. An error reply is a failed observation:
// conditions redis_error ("ERR …"), redis_wrongtype, redis_execabort; an error of one command inside a transaction is
// that row's text and undoes nothing.
Applied apply(const Database& database, const Session& session, const std::vector<Command>& commands, bool transaction);

// The key's time is over: it is gone, and whoever watches it is told. REQUIRES: it is expirable().
struct Expired {
  Database database;
  Event event;
};
Expired expire(const Database& database, const std::string& key);

// What a command did with words or values that hold names (sql/name.h): NameUsed where that was more than to store
// them, to hand them on and to compare them for equality with their like.
void check_names(const Database& before, const std::vector<Command>& commands, const Observation& observation);

// Why these words can be no command, whatever the values are ("unknown command `STE`; did you mean `SET`?", "wrong
// number of arguments for GET: it takes a key", "BLPOP waits: …"); empty if they can. Words that are only known at run
// time (parameters) are given as nullopt. For the scenario's compiler, so that mistakes are found before anything runs.
std::string mistake(const std::vector<std::optional<std::string>>& words);

// The same of what stands between MULTI and EXEC, where WATCH is refused.
std::string mistake_in_transaction(const std::vector<std::optional<std::string>>& words);

// What controls (dropping a guard) and reports need to know of a command.
bool only_reads(const Command& command);

}  // namespace gapless::store::keyvalue
