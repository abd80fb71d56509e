// Requests to MongoDB and DynamoDB: transactions that conflict, writes that wait, requests of several steps, reads that
// lag, documents that expire.
#include <string>
#include <vector>

#include "draw.h"
#include "random_scenario.h"

namespace gapless::agree {
namespace {

class Scenario {
 public:
  std::string write() {
    std::string out = "scenario random \"made up\"\n\ndatabase shop mongodb {\n";
    if (chance(50)) out += "  db.codes.createIndex({code: 1}, {unique: true});\n";
    if (chance(20)) out += "  db.codes.createIndex({until: 1}, {expireAfterSeconds: 0});\n";
    out +=
        "  db.stock.insertMany([{_id: 1, n: 2}, {_id: 2, n: 1}]);\n"
        "  db.codes.insertOne({_id: 0, code: 'z', uses: 1, until: ISODate(\"2024-01-01T13:00:00Z\")});\n"
        "}\n"
        "database bank dynamodb {\n"
        "  CreateTable {TableName: \"accounts\", KeySchema: [{AttributeName: \"id\", KeyType: \"HASH\"}]};\n"
        "  PutItem {TableName: \"accounts\", Item: {id: \"a\", b: 2, v: 1}};\n"
        "  PutItem {TableName: \"accounts\", Item: {id: \"b\", b: 1, v: 1}};\n"
        "}\n";
    out += "faults " + pick({"none", "none", "crash <= 1", "retry <= 1", "duplicate <= 1"}) + "\n\n";
    out += request("first", number(1, 3)) + request("second", number(1, 2));
    out += pick({"run first(1) * 2\n", "run first(1), second(2)\n", "run first(1), second(1), second(2)\n",
                 "run first(1), job second(1)\n"});
    return out + invariants();
  }

 private:
  std::string request(const std::string& name, int statements) {
    locals_ = 0;
    std::string body;
    if (chance(45)) {
      for (int i = 0; i < statements; ++i) body += "      " + mongo() + "\n";
      body = "    shop> transaction {\n" + body + "    }\n";
      if (chance(40)) body = "    retry up to 2 on write_conflict {\n" + body + "    }\n";
    } else {
      for (int i = 0; i < statements; ++i) body += "    " + (chance(50) ? mongo() : dynamo()) + "\n";
    }
    return "request " + name + "(a) {\n" + body + "    respond 200;\n}\n\n";
  }

  std::string local() { return "x" + std::to_string(++locals_); }

  std::string mongo() {
    const std::string x = local();
    switch (number(0, 11)) {
      case 0:
        return "let " + x + " = shop> db.stock.findOne({_id: 1}); shop> db.stock.updateOne({_id: 1}, {$set: {n: " + x +
               ".n - 1}});";
      case 1:
        return "shop> db.stock.updateOne({_id: 1, n: {$gt: 0}}, {$inc: {n: -1}});";
      case 2:
        return "shop> db.stock.updateOne({_id: 2}, {$inc: {n: -1}});";
      case 3:
        return "shop> db.stock.updateMany({n: {$gt: 0}}, {$inc: {n: -1}});";
      case 4:
        return "shop> db.codes.updateOne({code: 'k'}, {$inc: {uses: 1}}, {upsert: true});";
      case 5:
        return "try { shop> db.codes.insertOne({code: 'k', uses: a}); } catch duplicate_key { respond 409; }";
      case 6:
        return "let " + x +
               " = shop> db.stock.findOneAndUpdate({n: {$gt: 0}}, {$inc: {n: -1}}, {sort: {n: 1}}); if not " + x +
               ".found { respond 410; }";
      case 7:
        return "let " + x + " = shop> db.codes.countDocuments({code: 'k'}); if " + x + ".n > 0 { respond 409; }";
      case 8:
        return "shop> db.codes.deleteMany({uses: {$gte: 1}});";
      case 9:
        return "shop> db.stock.updateOne({_id: 2}, {$set: {n: 1}});";
      case 10:
        return "shop> db.codes.insertMany([{code: 'k', uses: 1}, {code: 'm', uses: a}]);";
      default:
        return "let " + x + " = shop> db.stock.aggregate([{$group: {_id: null, all: {$sum: \"$n\"}}}]); if " + x +
               ".all < 2 { respond 410; }";
    }
  }

  std::string dynamo() {
    const std::string x = local();
    const std::string table = "{TableName: \"accounts\", ";
    const std::string consistent = chance(50) ? ", ConsistentRead: true" : "";
    switch (number(0, 9)) {
      case 0:
      case 1:
        return "let " + x + " = bank> GetItem " + table + "Key: {id: \"a\"}" + consistent + "}; bank> PutItem " +
               table + "Item: {id: \"a\", b: " + x + ".b - 1, v: 1}};";
      case 2:
        return "bank> UpdateItem " + table +
               "Key: {id: \"a\"}, UpdateExpression: \"SET b = b - :x\", ConditionExpression: \"b >= :x\", "
               "ExpressionAttributeValues: {\":x\": 1}};";
      case 3:
        return "bank> UpdateItem " + table +
               "Key: {id: 'a'}, UpdateExpression: \"ADD b :x\", ExpressionAttributeValues: {\":x\": -1}};";
      case 4:
      case 5:
        return "bank> TransactWriteItems {TransactItems: [{Update: " + table +
               "Key: {id: \"a\"}, UpdateExpression: \"SET b = b - :x\", ConditionExpression: \"b >= :x\", "
               "ExpressionAttributeValues: {\":x\": 1}}}, {Update: " +
               table +
               "Key: {id: \"b\"}, UpdateExpression: \"SET b = b + :x\", ExpressionAttributeValues: {\":x\": 1}}}]" +
               (chance(30) ? ", ClientRequestToken: 't' || a" : "") + "};";
      case 6:
        return "let " + x + " = bank> Scan {TableName: \"accounts\"" + consistent + "}; if " + x +
               ".count < 2 { respond 410; }";
      case 7:
        return "try { bank> PutItem " + table +
               "Item: {id: \"c\", b: a}, ConditionExpression: \"attribute_not_exists(id)\"}; } catch "
               "conditional_check_failed { respond 409; }";
      case 8:
        return "bank> UPDATE \"accounts\" SET b = b - 1 WHERE id = 'b' AND b >= 1;";
      default:
        return "bank> DeleteItem " + table + "Key: {id: \"c\"}};";
    }
  }

  static std::string invariants() {
    static const std::vector<std::string> some = {"SELECT min(n) >= 0 FROM stock",
                                                  "SELECT count(*) <= 1 FROM codes WHERE code = 'k'",
                                                  "SELECT coalesce(sum(uses), 0) <= 2 FROM codes",
                                                  "SELECT coalesce(min(b), 0) >= 0 FROM accounts",
                                                  "SELECT sum(b) = 3 FROM accounts WHERE id IN ('a', 'b')",
                                                  "SELECT count(*) <= 1 FROM responses WHERE status = 200",
                                                  "SELECT count(*) = 0 FROM responses WHERE status = 500",
                                                  "SELECT true"};
    std::string out;
    if (chance(60)) out += "always \"all the time\" { " + pick(some) + " }\n";
    return out + "finally \"in the end\" { " + pick(some) + " }\n";
  }

  int locals_ = 0;
};

}  // namespace

std::string random_scenario_of_documents() { return Scenario().write(); }

}  // namespace gapless::agree
