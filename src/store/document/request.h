// What a session asks of a document database: one method of the mongo shell, one action of DynamoDB's API, or one
// statement of PartiQL, with all values filled in.
#pragma once

#include <string>
#include <vector>

#include "store/document/value.h"

namespace gapless::store::document {

// A method that is called on what the one before returned: .sort({at: 1}), .limit(1).
struct Chained {
  std::string method;
  std::vector<Value> arguments;
  bool operator==(const Chained&) const = default;
};

struct Request {
  // MongoDB: db.COLLECTION.METHOD(ARGUMENTS).CHAINED…: "updateOne", "find", "aggregate", …
  // DynamoDB: the action's name ("UpdateItem") with one argument, an object; plain values in it, never {"N": "5"}:
  // the scenario has taken the type descriptors away. "PartiQL": `text` is the statement, its ? are the arguments.
  // Both: "commitTransaction", "abortTransaction" (MongoDB only).
  std::string method;
  std::string collection;  // of MongoDB
  std::vector<Value> arguments;
  std::vector<Chained> chained;
  std::string text;  // of PartiQL
  bool operator==(const Request&) const = default;
};

// db.coupons.updateOne({code: "SAVE50"}, {$inc: {used: 1}})
std::string to_string(const Request& request);

void add_to(Digest& digest, const Request& request);

}  // namespace gapless::store::document
