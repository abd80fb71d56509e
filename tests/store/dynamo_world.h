// A DynamoDB to talk to in tests: requests as one writes them, answers as short texts.
//
//   world.say("PutItem {TableName: \"coupons\", Item: {code: \"A\", used: 0}}")     "1"
//   world.say("GetItem {TableName: \"coupons\", Key: {code: \"A\"}}")              "(A, 0)"
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "store/document/dynamo/rules.h"
#include "store/document/rules.h"

namespace gapless::store::document::dynamo {

// {a: 1, "b c": [true, null], s: <<"x", "y">>, u: ?}: ? is Unknown.
Value value_of(std::string_view text);
// "GetItem {…}"; "PartiQL SELECT … | 1, \"a\"": parameters behind the bar.
Request request_of(std::string_view text);

// "(A, 0), (B, NULL)"; the count where there are no columns; "none" for no rows; "conditional_check_failed: The …".
std::string to_string(const Observation& observation);

struct World {
  Catalog catalog;
  Database database;
  std::map<int, Session> sessions;  // by the number that a test gives them

  // Tables coupons (code; used, limits.top, tags) and orders (who, seq; amount, status; index by_status).
  World();

  // One step of a session's request; empty where it has more.
  std::string step(int session, std::string_view request);
  // All its steps at once.
  std::string say(std::string_view request, int session = 0);
  // All of a table, in the order of keys.
  std::string items(std::string_view table) const;
  std::string mistake(std::string_view request) const;
  std::string columns(std::string_view request) const;
};

}  // namespace gapless::store::document::dynamo
