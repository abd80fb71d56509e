// What a database looks like from outside: as rows, as a digest, and to a session that watches.
#include "store/keyvalue/database.h"

#include <algorithm>
#include <bit>

#include "store/keyvalue/numbers.h"

namespace gapless::store::keyvalue {
namespace {

using Line = std::pair<sql::Value, Bytes>;  // field and value

std::vector<Line> lines(const Bytes& value) { return {{sql::Null{}, value}}; }

std::vector<Line> lines(const Hash& hash) {
  std::vector<Line> all;
  for (const auto& [field, value] : hash) all.emplace_back(field, value);
  return all;
}

std::vector<Line> lines(const List& list) {
  std::vector<Line> all;
  for (const Bytes& value : list) all.emplace_back(std::to_string(all.size()), value);
  return all;
}

std::vector<Line> lines(const Set& set) {
  std::vector<Line> all;
  for (const std::string& member : set) all.emplace_back(member, member);
  return all;
}

std::vector<Line> lines(const SortedSet& set) {
  std::vector<Line> all;
  for (const auto& [member, score] : set) all.emplace_back(member, print_score(score));
  return all;
}

void add(Digest& digest, const Bytes& value) { digest.add(value); }

void add(Digest& digest, const Hash& hash) {
  digest.add(hash.size());
  for (const auto& [field, value] : hash) digest.add(field).add(value);
}

void add(Digest& digest, const List& list) {
  digest.add(list.size());
  for (const Bytes& value : list) digest.add(value);
}

void add(Digest& digest, const Set& set) {
  digest.add(set.size());
  for (const std::string& member : set) digest.add(member);
}

void add(Digest& digest, const SortedSet& set) {
  digest.add(set.size());
  for (const auto& [member, score] : set) digest.add(member).add(std::bit_cast<std::uint64_t>(score));
}

}  // namespace

Session map(const Session& session, const Event& event) {
  bool told = std::any_of(session.watched.begin(), session.watched.end(),
                          [&](const std::string& key) { return event.touched.contains(key); });
  return told ? Session{{}, true} : session;
}

std::vector<sql::Tuple> rows(const Database& database) {
  std::vector<sql::Tuple> all;
  for (const auto& [key, entry] : database.entries) {
    sql::Value ttl = sql::Null{};
    if (entry.ttl_ms) ttl = *entry.ttl_ms / 1000 + (*entry.ttl_ms % 1000 > 0 ? 1 : 0);
    for (const auto& [field, value] : std::visit([](const auto& held) { return lines(held); }, entry.value))
      all.push_back({key, field, value, ttl});
  }
  return all;
}

std::vector<std::string> expirable(const Database& database) {
  std::vector<std::string> keys;
  for (const auto& [key, entry] : database.entries)
    if (entry.ttl_ms) keys.push_back(key);
  return keys;
}

void add_to(Digest& digest, const Database& database) {
  digest.add(database.entries.size());
  for (const auto& [key, entry] : database.entries) {
    digest.add(key).add(entry.value.index());
    std::visit([&](const auto& value) { add(digest, value); }, entry.value);
    digest.add(entry.ttl_ms.has_value() ? 1U : 0U).add(static_cast<std::uint64_t>(entry.ttl_ms.value_or(0)));
  }
}

void add_to(Digest& digest, const Session& session) {
  digest.add(session.watched.size());
  for (const std::string& key : session.watched) digest.add(key);
  digest.add(session.touched ? 1U : 0U);
}

void add_to(Digest& digest, const Event& event) {
  digest.add(event.touched.size());
  for (const std::string& key : event.touched) digest.add(key);
}

}  // namespace gapless::store::keyvalue
