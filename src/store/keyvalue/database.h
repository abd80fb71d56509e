// A Redis 7 database as a value, and what a connection knows of it.
//
// One command is atomic and never waits, so that all there is beside the keys is WATCH. Time is not kept: a key with a
// time to live may expire at any moment after it was set, which is a step of its own (expire()), and its TTL reads as
// it was set until then.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "sql/value.h"

namespace gapless::store::keyvalue {

using Bytes = std::string;
using Hash = std::map<std::string, Bytes>;
using List = std::vector<Bytes>;  // the head first
using Set = std::set<std::string>;
// ZADD: members with scores; scores are printed as Redis prints them.
using SortedSet = std::map<std::string, double>;

struct Entry {
  std::variant<Bytes, Hash, List, Set, SortedSet> value;
  std::optional<std::int64_t> ttl_ms;  // as it was set; none: the key stays
  bool operator==(const Entry&) const = default;
};

struct Database {
  std::map<std::string, Entry> entries;
  bool operator==(const Database&) const = default;
};

// A connection: the keys it watches, or that one of them was touched since (then which ones no longer matters: EXEC
// comes out nil whatever else happens).
struct Session {
  std::set<std::string> watched;
  bool touched = false;
  bool operator==(const Session&) const = default;
};

// What a command means to other connections: the keys that it touched.
struct Event {
  std::set<std::string> touched;
  bool identity() const { return touched.empty(); }
  bool operator==(const Event&) const = default;
};
Session map(const Session& session, const Event& event);

// What invariants see as a table: key, field, value, ttl; a row for each string, hash field, list element (field: its
// index from 0), member of a set (field and value are the member) or sorted set (value: the score). ttl in whole
// seconds, rounded up; NULL where there is none. In order of key, then of field (lists: of index).
std::vector<sql::Tuple> rows(const Database& database);

// Keys that may expire, in order.
std::vector<std::string> expirable(const Database& database);

void add_to(Digest& digest, const Database& database);
void add_to(Digest& digest, const Session& session);
void add_to(Digest& digest, const Event& event);

}  // namespace gapless::store::keyvalue
