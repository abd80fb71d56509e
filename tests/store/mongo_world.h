// A MongoDB to talk to in tests: requests as the shell has them, answers as short texts.
//
//   world.say("db.coupons.insertOne({_id: 1, code: \"A\"})")        "insertedId=1"
//   world.say("db.coupons.find({code: \"A\"}, {_id: 0, code: 1})")  "code=A"
//
// The columns that columns_of() promises are compared with those that come, each time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/document/rules.h"

namespace gapless::store::document::mongo {

// {a: 1, "b.c": [true, null], at: @60, u: ?}: @60 is the 60th second of 2000, ? is Unknown.
Value value_of(std::string_view text);
// db.coupons.find({}).sort({at: 1}); commitTransaction
Request request_of(std::string_view text);
// "n=1"; rows are put apart by "; "; "none" for no rows; "duplicate_key: E11000 …".
std::string to_string(const Observation& observation);

struct World {
  Catalog catalog;
  Database database;
  std::map<int, Session> sessions;
  std::int64_t second = 0;  // of the clock
  std::optional<Observation> last;

  World();

  // Columns as "used:n status:t limits.max:n tags:l": numeric, text, timestamp (d), boolean (b), an array (text and
  // length).
  void collection(const std::string& name, std::string_view columns);
  void index(std::string_view create_index);

  // One step; "…" where the request has more, "waits" where it cannot go on now.
  std::string step(int session, std::string_view request, bool begins = false);
  std::string step(int session, const Request& request, bool begins);
  // All of its steps at once.
  std::string say(std::string_view request, int session = 0);
  std::string begin(int session, std::string_view request) { return step(session, request, true); }

  std::string documents(std::string_view collection) const;
  std::string mistake(std::string_view request, bool in_transaction = false) const;
  std::string columns(std::string_view request) const;
};

}  // namespace gapless::store::document::mongo
