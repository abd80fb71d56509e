// PartiQL: developer guide, ql-reference.select.html, .insert.html, .update.html, .delete.html, and
// ql-reference.multiplestatements.transactions.html.
#include <doctest/doctest.h>

#include "dynamo_world.h"

using namespace gapless::store::document;
using namespace gapless::store::document::dynamo;

namespace {

World with_orders() {
  World world;
  for (const char* order :
       {"{'who': 'u', 'seq': 1, 'amount': 10, 'status': 'paid'}", "{'who': 'u', 'seq': 2, 'amount': 20}",
        "{'who': 'v', 'seq': 1, 'amount': 30, 'status': 'paid'}"}) {
    CHECK(world.say(std::string("PartiQL INSERT INTO \"orders\" VALUE ") + order) == "1");
  }
  world.say(
      R"(PutItem {TableName: "coupons", Item: {code: "A", used: 1, limits: {top: 5}, tags: <<"x", "y">>, ids: [1, 2]}})");
  return world;
}

const std::string failed = "conditional_check_failed: The conditional request failed";

}  // namespace

TEST_CASE("SELECT: by the whole key, by the partition, over the table, over an index") {
  World world = with_orders();
  CHECK(world.say("PartiQL SELECT amount FROM orders WHERE who = ? AND seq = ? | \"u\", 2") == "(20)");
  CHECK(world.step(1, "PartiQL SELECT amount FROM orders WHERE who = 'u' AND seq = 2") == "(20)");  // one step
  CHECK(world.say("PartiQL SELECT amount FROM orders WHERE who = 'u' AND seq = 2 AND amount > 20") == "none");
  CHECK(world.say("PartiQL SELECT amount FROM orders WHERE who = 'u'") == "(10), (20)");
  CHECK(world.say("PartiQL SELECT amount FROM orders WHERE who = 'u' AND seq > 1") == "(20)");
  CHECK(world.say("PartiQL SELECT seq, amount FROM orders WHERE who = 'u' ORDER BY seq DESC") == "(2, 20), (1, 10)");
  CHECK(world.say("PartiQL SELECT amount FROM orders WHERE amount >= 20") == "(20), (30)");
  CHECK(world.say("PartiQL SELECT amount FROM orders WHERE status IS MISSING") == "(20)");
  CHECK(world.say("PartiQL SELECT amount FROM orders WHERE status IS NOT MISSING AND NOT amount = 10") == "(30)");
  CHECK(world.say("PartiQL SELECT amount FROM orders WHERE amount IN [10, 30] AND begins_with(status, 'pa')") ==
        "(10), (30)");
  CHECK(world.say("PartiQL SELECT amount FROM orders WHERE amount BETWEEN 15 AND 25 OR who != 'u'") == "(20), (30)");
  CHECK(world.say("PartiQL SELECT * FROM \"orders\".\"by_status\" WHERE status = 'paid'") ==
        "(u, 1, 10, paid), (v, 1, 30, paid)");
  CHECK(world.say("PartiQL SELECT limits.top FROM coupons WHERE code = 'A'") == "(5)");
  CHECK(world.columns("PartiQL SELECT limits FROM coupons") == "limits_top numeric");
  CHECK(world.columns("PartiQL SELECT * FROM orders WHERE who = ? | ?") ==
        "who text, seq numeric, amount numeric, status text");
}

TEST_CASE("INSERT: an item that is there is no success") {
  World world = with_orders();
  CHECK(world.say("PartiQL INSERT INTO orders VALUE {'who': ?, 'seq': ?} | \"u\", 1") ==
        "duplicate_item: Duplicate primary key exists in table");
  CHECK(world.say("PartiQL INSERT INTO coupons value {'code': 'B', 'tags': <<'b', 'a'>>, 'ids': [1, {'n': -2.5}], "
                  "'on': TRUE, 'off': NULL}") == "1");
  CHECK(
      world.items("coupons").ends_with(R"({code: "B", ids: [1, {n: -2.5}], off: null, on: true, tags: <<"a", "b">>})"));
}

TEST_CASE("UPDATE: of an item that is there and fulfils the condition; what it returns") {
  World world = with_orders();
  CHECK(world.say("PartiQL UPDATE coupons SET used = used + 1 WHERE code = 'A'") == "1");
  CHECK(world.say(
            "PartiQL UPDATE coupons SET used = used - ? WHERE code = ? AND used >= 2 RETURNING ALL NEW * | 1, \"A\"") ==
        "(A, 1, 5, <<\"x\", \"y\">>)");
  CHECK(world.say("PartiQL UPDATE coupons SET used = 9 WHERE code = 'A' AND used >= 2") == failed);
  CHECK(world.say("PartiQL UPDATE coupons SET used = 9 WHERE code = 'Z'") == failed);
  CHECK(world.say("PartiQL UPDATE coupons SET used = 3 SET limits.top = 6 REMOVE tags WHERE code = 'A' RETURNING "
                  "MODIFIED OLD *") == "(1, 5, <<\"x\", \"y\">>)");
  CHECK(world.items("coupons") == R"({code: "A", ids: [1, 2], limits: {top: 6}, used: 3})");
  CHECK(world.say("PartiQL UPDATE coupons SET used = if_not_exists(used, 0) + 1, ids = list_append(ids, [3]) WHERE "
                  "code = 'A' RETURNING MODIFIED NEW *") == "(4)");
  CHECK(world.items("coupons") == R"({code: "A", ids: [1, 2, 3], limits: {top: 6}, used: 4})");
  CHECK(world.say("PartiQL UPDATE coupons SET fresh = fresh - 1 WHERE code = 'A'") ==
        "validation_error: The provided expression refers to an attribute that does not exist in the item");
}

TEST_CASE("UPDATE: sets") {
  World world = with_orders();
  CHECK(
      world.say("PartiQL UPDATE coupons SET tags = set_add(tags, <<'z'>>) WHERE code = 'A' RETURNING MODIFIED NEW *") ==
      "(<<\"x\", \"y\", \"z\">>)");
  CHECK(world.say("PartiQL UPDATE coupons SET tags = set_delete(tags, <<'x', 'q'>>) WHERE code = 'A' RETURNING "
                  "MODIFIED NEW *") == "(<<\"y\", \"z\">>)");
}

TEST_CASE("DELETE: nothing to delete is a success, a false condition is not") {
  World world = with_orders();
  CHECK(world.say("PartiQL DELETE FROM coupons WHERE code = 'Z'") == "0");
  CHECK(world.say("PartiQL DELETE FROM coupons WHERE code = 'Z' AND used = 1") == "0");
  CHECK(world.say("PartiQL DELETE FROM coupons WHERE code = 'A' AND used = 2") == failed);
  CHECK(world.say("PartiQL DELETE FROM coupons WHERE code = 'A' AND used = 1 RETURNING ALL OLD *") ==
        "(A, 1, 5, <<\"x\", \"y\">>)");
  CHECK(world.say("PartiQL DELETE FROM coupons WHERE code = 'A' RETURNING ALL OLD *") == "none");
  CHECK(world.say("PartiQL DELETE FROM orders WHERE who = 'u' AND seq = 1") == "1");
  CHECK(world.items("coupons").empty());
}

TEST_CASE("ExecuteTransaction: two steps, all or nothing, EXISTS as a check; reasons") {
  World world = with_orders();
  const std::string buy = R"(ExecuteTransaction {TransactStatements: [
    {Statement: "UPDATE coupons SET used = used + 1 WHERE code = ? AND used < ?", Parameters: ["A", 2]},
    {Statement: "EXISTS(SELECT * FROM orders WHERE who = 'u' AND seq = 1 AND amount = 10) "},
    {Statement: "INSERT INTO orders VALUE {'who': 'w', 'seq': 1}"}], ClientRequestToken: "t"})";
  CHECK(world.step(1, buy).empty());
  CHECK(world.say("PartiQL UPDATE coupons SET used = 0 WHERE code = 'A'") ==
        "transaction_conflict: Transaction is ongoing for the item");
  CHECK(world.say("PartiQL DELETE FROM orders WHERE who = 'u' AND seq = 1") ==
        "transaction_conflict: Transaction is ongoing for the item");
  CHECK(world.step(1, buy) == "1");
  CHECK(world.say("PartiQL SELECT used FROM coupons WHERE code = 'A'") == "(2)");
  CHECK(world.say(buy) == "1");  // the token is known
  const std::string again = buy.substr(0, buy.find(", ClientRequestToken")) + "}";
  CHECK(world.say(again) ==
        "transaction_canceled: Transaction cancelled, please refer cancellation reasons for specific "
        "reasons [ConditionalCheckFailed, None, DuplicateItem]");
  CHECK(
      world
          .say(
              R"(ExecuteTransaction {TransactStatements: [{Statement: "EXISTS(SELECT * FROM orders WHERE who = 'x' AND seq = 1) "}]})")
          .ends_with("[ConditionalCheckFailed]"));
}

TEST_CASE("statements that are none: where, and what to write") {
  World world;
  const auto mistake = [&](const std::string& statement) { return world.mistake("PartiQL " + statement); };
  CHECK(mistake("SELEC * FROM coupons") ==
        "Invalid statement: Syntax error; token: \"SELEC\", near: \"SELEC *\" (character 1): a statement begins with "
        "SELECT, INSERT, "
        "UPDATE, DELETE or EXISTS");
  CHECK(mistake("SELECT * FROM coupon") == "there is no table `coupon`; did you mean `coupons`?");
  CHECK(mistake("SELECT * FROM orders.by_state WHERE status = 'x'") ==
        "The table does not have the specified index: by_state; did you mean `by_status`?");
  CHECK(mistake("UPDATE orders SET amount = 1 WHERE who = 'u'") ==
        "Where clause does not contain a mandatory equality on all key attributes");
  CHECK(mistake("DELETE FROM orders") ==
        "Invalid statement: Syntax error; token: \"<EOF>\", near: \"orders\" (character 19): a WHERE with the whole "
        "key is needed");
  CHECK(mistake("UPDATE coupons SET code = 'B' WHERE code = 'A'") ==
        "One or more parameter values were invalid: Cannot update attribute code. This attribute is part of the key");
  CHECK(mistake("SELECT * FROM coupons WHERE code = ?") == "Invalid statement: there are more ? than parameters: 0");
  CHECK(mistake("SELECT * FROM coupons WHERE code = 'A' | 1") ==
        "Number of parameters in request and statement don't match.: 0 ?, 1 parameters");
  CHECK(mistake("SELECT * FROM coupons WHERE code = 1") ==
        "One or more parameter values were invalid: Type mismatch for key code expected: S actual: N");
  CHECK(mistake("SELECT * FROM coupons WHERE code = 'A") ==
        "Invalid statement: the quote at character 36 is never closed");
  CHECK(mistake("INSERT INTO coupons VALUE {code: 'A'}") ==
        "Invalid statement: Syntax error; token: \"code\", near: \"{code:\" (character 28): the name of an attribute "
        "stands in "
        "single quotes: {'code': ?}");
  CHECK(mistake("INSERT INTO coupons VALUE {'used': 1}") ==
        "One or more parameter values were invalid: Missing the key code in the item");
  CHECK(mistake("EXISTS(SELECT * FROM coupons WHERE code = 'A')") == "EXISTS stands only in ExecuteTransaction");
  CHECK(mistake("SELECT * FROM coupons WHERE code = ? | ?").empty());
  CHECK(world.mistake(R"(ExecuteTransaction {TransactStatements: [{Statement: "SELECT * FROM coupons WHERE code = 'A'"},
    {Statement: "DELETE FROM coupons WHERE code = 'B'"}]})") ==
        "ExecuteTransaction API does not support both read and write operations in the same request");
}
