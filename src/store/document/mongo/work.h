// One step of a request under way: the shared state and the session that it changes. Here is what a write means to
// other transactions; what is written is the business of the methods (write.h).
#pragma once

#include <cstddef>
#include <optional>
#include <set>

#include "store/document/mongo/failure.h"
#include "store/document/mongo/keys.h"
#include "store/document/rules.h"

namespace gapless::store::document::mongo {

class Work {
 public:
  Work(const Catalog& catalog, const Database& database, const Session& session, sql::Timestamp now)
      : catalog_(catalog), database_(database), session_(session), now_(now) {}

  const Catalog& catalog() const { return catalog_; }
  sql::Timestamp now() const { return now_; }
  bool in_transaction() const { return session_.phase == Session::Phase::open; }
  bool is_aborted() const { return session_.phase == Session::Phase::aborted; }

  // As the request sees them: its transaction's snapshot and own writes, or what is committed now.
  Documents documents(std::size_t collection) const { return visible(database_, session_, collection); }
  const Object* document(const Address& address) const { return look_up(database_, session_, address); }

  // Writes the document (nullopt: deletes it). A write that changes nothing is none (M-6). Throws Failure: a write
  // conflict (M-4), a duplicate key; or Waits (M-5).
  // Returns whether anything was changed.
  bool write(const Address& address, std::optional<Object> document);
  // A new document, which gets an _id where it has none. Returns its _id.
  Value insert(std::size_t collection, Object document);

  void begin();
  void commit();
  void abandon(Session::Phase phase);  // what the transaction has written and holds is gone

  std::optional<Value>& progress() { return session_.progress; }
  Applied done(std::optional<Observation> observation) &&;

 private:
  bool is_held_by_other(const Address& address) const;
  bool is_claimed_by_other(const Entry& entry) const;
  bool changed_since_snapshot(const Entry& entry) const;
  void refuse_duplicates(const Address& address, const std::set<Entry>& gained) const;
  void write_in_transaction(const Address& address, std::optional<Object> document, const std::set<Entry>& gained,
                            const std::set<Entry>& touched);
  Value fresh_id(std::size_t collection, const Object& content) const;

  const Catalog& catalog_;
  Database database_;
  Session session_;
  Event event_;
  sql::Timestamp now_;
};

}  // namespace gapless::store::document::mongo
