// A transaction holds the documents that it has written, and the entries of unique indexes that it has added or taken
// away; both stand in the shared state without saying whose they are. First writer wins, and nobody is asked to wait
// but those who write outside a transaction.
#include "store/document/mongo/work.h"

#include <algorithm>

namespace gapless::store::document::mongo {
namespace {

std::set<Entry> entries_of(const Catalog& catalog, std::size_t collection, const Object* document) {
  return document == nullptr ? std::set<Entry>() : unique_entries(catalog, collection, *document);
}

std::set<Entry> without(const std::set<Entry>& entries, const std::set<Entry>& others) {
  std::set<Entry> rest;
  std::ranges::set_difference(entries, others, std::inserter(rest, rest.end()));
  return rest;
}

std::string hexadecimal(std::uint64_t number, std::size_t digits) {
  std::string text;
  for (std::size_t digit = digits; digit-- > 0;) text += "0123456789abcdef"[(number >> (4 * digit)) & 15U];
  return text;
}

[[noreturn]] void fail_by_conflict() {
  throw Failure("write_conflict",
                "WriteConflict error: this operation conflicted with another operation. Please retry your operation or "
                "multi-document transaction.");
}

}  // namespace

bool Work::write(const Address& address, std::optional<Object> document) {
  const Object* before = look_up(database_, session_, address);
  const bool same = before == nullptr ? !document : document && Value(*before) == Value(*document);
  if (same) return false;
  const auto old_entries = entries_of(catalog_, address.first, before);
  const auto new_entries = entries_of(catalog_, address.first, document ? &*document : nullptr);
  const auto gained = without(new_entries, old_entries);
  auto touched = without(old_entries, new_entries);
  touched.insert(gained.begin(), gained.end());
  if (in_transaction()) {
    write_in_transaction(address, std::move(document), gained, touched);
    return true;
  }
  const bool waits = is_held_by_other(address) ||
                     std::ranges::any_of(touched, [&](const Entry& entry) { return is_claimed_by_other(entry); });
  if (waits) throw Waits();
  refuse_duplicates(address, gained);
  document::commit(catalog_, database_, event_, address, std::move(document));
  return true;
}

void Work::write_in_transaction(const Address& address, std::optional<Object> document, const std::set<Entry>& gained,
                                const std::set<Entry>& touched) {
  const bool conflict = is_held_by_other(address) || session_.before.contains(address) ||
                        std::ranges::any_of(touched, [&](const Entry& entry) { return is_claimed_by_other(entry); }) ||
                        std::ranges::any_of(touched, [&](const Entry& entry) { return changed_since_snapshot(entry); });
  if (conflict) fail_by_conflict();
  refuse_duplicates(address, gained);
  session_.writes.insert_or_assign(address, std::move(document));
  database_.held.insert(address);
  session_.claims.insert(touched.begin(), touched.end());
  database_.claimed.insert(touched.begin(), touched.end());
}

Value Work::insert(std::size_t collection, Object document) {
  if (find(document, "_id") == nullptr) {
    document.insert(document.begin(), {"_id", fresh_id(collection, document)});
  } else {
    const Value id = *find(document, "_id");
    if (get<Array>(id) != nullptr) fail("The '_id' value cannot be of type array");
    document::erase(document, "_id");
    document.insert(document.begin(), {"_id", id});
  }
  const Value id = document.front().value;
  const Address address{collection, id};
  if (look_up(database_, session_, address) != nullptr) {
    const bool gone_since =
        in_transaction() && session_.before.contains(address) && !database_.collections.at(collection).contains(id);
    if (gone_since) fail_by_conflict();
    if (!in_transaction() && database_.held.contains(address)) throw Waits();  // it may be deleted
    fail_by_duplicate_id(catalog_, address);
  }
  write(address, std::move(document));
  return id;
}

bool Work::is_held_by_other(const Address& address) const {
  return database_.held.contains(address) && !session_.writes.contains(address);
}

bool Work::is_claimed_by_other(const Entry& entry) const {
  return database_.claimed.contains(entry) && !session_.claims.contains(entry);
}

// Somebody has added the entry to its index, or taken it away, and has committed since the snapshot. (Both: cannot be
// told any more, and is no conflict here.)
bool Work::changed_since_snapshot(const Entry& entry) const {
  return std::ranges::any_of(session_.before, [&](const auto& change) {
    const auto& [address, before] = change;
    if (address.first != entry.collection) return false;
    const auto& documents = database_.collections.at(address.first);
    const auto found = documents.find(address.second);
    const auto then = entries_of(catalog_, address.first, before ? &*before : nullptr);
    const auto now = entries_of(catalog_, address.first, found == documents.end() ? nullptr : &found->second);
    return then.contains(entry) != now.contains(entry);
  });
}

void Work::refuse_duplicates(const Address& address, const std::set<Entry>& gained) const {
  if (gained.empty()) return;
  for (const auto& [key, other] : documents(address.first)) {
    if (key == address.second) continue;
    const auto taken = unique_entries(catalog_, address.first, other);
    const auto duplicate = std::ranges::find_if(gained, [&](const Entry& entry) { return taken.contains(entry); });
    if (duplicate != gained.end()) fail_by_duplicate(catalog_, *duplicate);
  }
}

// What a driver would draw at random is made of the content here, with the smallest number that is free among equal
// documents: so the order in which different documents have been inserted cannot be told by their ids. A number that
// a transaction holds is not free, nor one that was in use at the snapshot.
Value Work::fresh_id(std::size_t collection, const Object& content) const {
  Digest digest;
  add_to(digest, Value(content));
  for (std::uint32_t ordinal = 0;; ++ordinal) {
    const Value id = hexadecimal(digest.value(), 16) + hexadecimal(ordinal, 8);
    const Address address{collection, id};
    const bool in_use = database_.held.contains(address) || session_.before.contains(address) ||
                        database_.collections.at(collection).contains(id);
    if (!in_use) return id;
  }
}

void Work::begin() {
  abandon(Session::Phase::open);
  session_.has_snapshot = true;
}

void Work::commit() {
  const auto writes = session_.writes;
  abandon(Session::Phase::idle);
  for (const auto& [address, document] : writes) {
    const bool never_was = !document && !database_.collections.at(address.first).contains(address.second);
    if (!never_was) document::commit(catalog_, database_, event_, address, document);
  }
}

void Work::abandon(Session::Phase phase) {
  for (const auto& [address, document] : session_.writes) database_.held.erase(address);
  for (const auto& entry : session_.claims) database_.claimed.erase(entry);
  session_ = {};
  session_.phase = phase;
}

Applied Work::done(std::optional<Observation> observation) && {
  return {std::move(database_), std::move(session_), std::move(event_), std::move(observation)};
}

}  // namespace gapless::store::document::mongo
