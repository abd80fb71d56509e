// Requests that keep the number of their own row, claim things for themselves (`me`), or lock with their name. What
// explore/naming.h takes for equal must be equal, and what does more with a name than to store and compare it must be
// noticed: every tenth statement or so does.
#include <string>
#include <vector>

#include "draw.h"
#include "random_scenario.h"

namespace gapless::agree {
namespace {

class Scenario {
 public:
  std::string write() {
    has_redis_ = chance(30);
    has_me_ = chance(65);
    has_foreign_key_ = chance(30);
    misuses_ = chance(30);
    const int kinds = chance(25) ? 2 : 1;
    std::string requests = request("buy");
    if (kinds == 2) requests += request("sell");
    std::string out = "scenario random \"made up\"\n\n" + databases();
    if (chance(15)) out += "isolation \"repeatable read\"\n";
    if (chance(5)) out += "faults crash <= 1\n";
    if (sends_) requests = hook() + requests;
    const int first = kinds == 2 ? 2 : number(2, length_ > 3 || sends_ ? 3 : 4);
    out += "\n" + requests + "run buy() * " + text(first) + (kinds == 2 ? ", sell() * " + text(number(1, 2)) : "") +
           "\n\n";
    return out + invariants();
  }

 private:
  std::string databases() const {
    std::string out = "database d postgres {\n";
    out += "  CREATE TABLE orders (id " + pick({"serial", "serial", "bigserial"}) +
           " PRIMARY KEY, status text NOT NULL, owner int);\n";
    out += "  CREATE TABLE items (order_id " + pick({"int", "bigint"}) +
           std::string(has_foreign_key_ ? " REFERENCES orders (id)" : "") + ", n int" +
           (chance(20) ? ", UNIQUE (order_id)" : "") + ");\n";
    out += "  CREATE TABLE coupons (code text PRIMARY KEY, used_by int, note text, left_over int NOT NULL);\n";
    out += "  INSERT INTO coupons VALUES ('A', NULL, NULL, 2);\n";
    if (chance(30)) out += "  INSERT INTO orders (status, owner) VALUES ('old', 0);\n";
    return out + "}\n" + (has_redis_ ? "database r redis { }\n" : "");
  }

  std::string request(const std::string& name) {
    has_order_ = false;
    std::string body;
    const int steps = number(2, 4);
    length_ = std::max(length_, steps);
    const bool is_closed = chance(30);
    for (int i = 0; i < steps; ++i) body += with_own_variable(statement(i == 0));
    if (is_closed) body = "  d> transaction {\n" + body + "  }\n";
    if (!has_redis_ && is_closed) body.erase(2, 3);
    return "request " + name + "() {\n  let id = 0;\n  let done = 0;\n" + body +
           (chance(50) ? "  effect paid(" + own() + " AS who);\n" : "") + "  respond " + pick({"200", "201"}) +
           ";\n}\n\n";
  }

  static std::string hook() {
    return "request hook(number) {\n  " +
           pick({"UPDATE orders SET status = 'told' WHERE id = :number;", "DELETE FROM orders WHERE id = :number;",
                 "UPDATE coupons SET left_over = left_over - 1 WHERE used_by = :number;"}) +
           "\n  respond 200;\n}\n\n";
  }

  // What the request knows itself by.
  std::string own() const { return has_order_ && (!has_me_ || chance(50)) ? "id" : has_me_ ? "me" : "7"; }

  std::string statement(bool is_first) {
    if ((is_first && chance(60)) || (!has_order_ && chance(25))) return insert();
    if (has_redis_ && chance(40)) return redis();
    if (misuses_ && chance(35)) return misuse();
    std::vector<std::string> all = {
        "let c = SELECT used_by, left_over FROM coupons WHERE code = 'A';\n  if c.left_over < 1 { respond 410; }",
        "let c = SELECT used_by FROM coupons WHERE code = 'A'" + pick({"", " FOR UPDATE"}) +
            ";\n  if c.used_by IS NOT NULL { respond 409; }",
        "UPDATE coupons SET left_over = left_over - 1 WHERE code = 'A' AND left_over > 0;",
        "let n = SELECT count(*) AS n FROM orders WHERE status = 'paid';\n  if n.n > 1 { respond 429; }"};
    const std::string mine = own();
    if (mine != "7") {
      all.push_back("let u = UPDATE coupons SET used_by = :" + mine +
                    " WHERE code = 'A' AND used_by IS NULL;\n  if u.count = 0 { respond 409; }");
      all.push_back("UPDATE coupons SET used_by = :" + mine + " WHERE code = 'A';");
      all.push_back("UPDATE coupons SET used_by = NULL WHERE used_by = :" + mine + ";");
      all.push_back("UPDATE coupons SET note = 'of ' || :" + mine + "::text WHERE code = 'A';");
      all.push_back("let w = SELECT used_by FROM coupons WHERE code = 'A';\n  if w.used_by = " + mine +
                    " { respond 202; }");
      all.push_back("let w = SELECT note FROM coupons WHERE note = 'of ' || :" + mine +
                    "::text;\n  if w.found { respond 203; }");
    }
    if (has_order_) {
      for (int i = 0; i < 2; ++i) {
        all.push_back("UPDATE orders SET status = 'paid' WHERE id = :id" + pick({"", " AND status = 'new'"}) + ";");
        all.push_back("INSERT INTO items VALUES (:id, 1);");
        all.push_back("let s = SELECT status FROM orders WHERE id = :id" + pick({"", " FOR UPDATE"}) + ";");
        all.push_back("SELECT o.status FROM orders o JOIN items i ON i.order_id = o.id WHERE o.id = :id;");
        all.push_back("effect sold(id AS number);");
      }
      all.push_back("DELETE FROM orders WHERE id = :id;");
      all.push_back("INSERT INTO coupons VALUES ('B', :id, NULL, 0) ON CONFLICT (code) DO UPDATE SET used_by = :id;");
      if (!sends_ && chance(30)) {
        sends_ = true;
        return "  send hook(id);\n";
      }
    }
    return "  " + pick(all) + "\n";
  }

  // `let x = … x.y` with a number behind the x.
  std::string with_own_variable(std::string statement) {
    if (!statement.starts_with("  let ")) return statement;
    const std::string name = statement.substr(6, 1);
    const std::string numbered = name + text(++variables_);
    statement.replace(6, 1, numbered);
    for (std::size_t at = statement.find('\n'); (at = statement.find(name + ".", at)) != std::string::npos;
         at += numbered.size()) {
      const bool is_name = std::string(" :").find(statement[at - 1]) != std::string::npos;
      if (is_name) statement.replace(at, 1, numbered);
    }
    return statement;
  }

  std::string insert() {
    has_order_ = true;
    return "  let o = INSERT INTO orders (status, owner) VALUES ('new', " +
           std::string(has_me_ && chance(60) ? ":me" : "0") + ") RETURNING id;\n  set id = o.id;\n";
  }

  std::string redis() const {
    const std::string name = has_me_ ? "{me}" : has_order_ ? "{id}" : "x";
    return "  " +
           pick({"let l = r> SET lock " + name + " NX;\n  if NOT l.found { respond 423; }",
                 "r> EVAL \"if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else "
                 "return 0 end\" 1 lock " +
                     name + ";",
                 "r> DEL lock;", "r> SET lock " + name + ";", "r> SADD buyers " + name + ";",
                 "r> HSETNX owners A " + name + ";",
                 "let g = r> GET lock;\n  if g.value = " + std::string(has_me_ ? "me::text" : "'x'") +
                     " { respond 424; }",
                 "r> INCR visits;", "let s = r> SISMEMBER buyers " + name + ";"}) +
           "\n";
  }

  std::string misuse() const {
    std::vector<std::string> all = {
        "let m = SELECT max(id) AS m FROM orders;\n  if m.m > 2 { respond 430; }",
        "let f = SELECT id FROM orders ORDER BY id LIMIT 1;\n  UPDATE orders SET status = 'first' WHERE id = :f.id;",
        "let f = SELECT id, status FROM orders;\n  if f.status = 'paid' { respond 431; }",
        "UPDATE orders SET status = 'two' WHERE id = 2;",
        "let m = SELECT id % 2 AS odd FROM orders WHERE id = 1;\n  if m.odd = 1 { respond 432; }",
        "INSERT INTO orders (id, status) VALUES (" + text(number(1, 9)) + ", 'given');",
        "UPDATE orders SET status = 'all';",
        "INSERT INTO items SELECT id, 2 FROM orders WHERE id = 1;"};
    if (has_me_) all.push_back("if me = 1 { respond 433; }");
    if (has_me_) all.push_back("UPDATE coupons SET left_over = left_over - :me WHERE code = 'A';");
    if (has_me_) all.push_back("UPDATE coupons SET note = note || :me WHERE code = 'A';");
    if (has_me_) all.push_back("if me > 1 { respond 434; }");
    if (has_order_) all.push_back("UPDATE orders SET status = 'later' WHERE id > :id;");
    if (has_order_) all.push_back("if id = 1 { respond 435; }");
    return "  " + pick(all) + "\n";
  }

  std::string invariants() const {
    const std::string few = text(number(0, 3));
    std::vector<std::string> all = {
        "SELECT count(*) <> " + few + " FROM orders WHERE status = 'paid'",
        "SELECT count(*) <> " + few + " FROM items",
        "SELECT count(*) <> " + few + " FROM orders",
        "SELECT coalesce(min(left_over), 0) >= " + text(number(0, 1)) + " FROM coupons",
        "SELECT count(*) <> " + few + " FROM responses WHERE status = 409",
        "SELECT count(*) <> " + few + " FROM responses WHERE status <> 200",
        "SELECT NOT EXISTS (SELECT 1 FROM orders WHERE owner > 0 GROUP BY owner HAVING count(*) > 1)",
        "SELECT NOT EXISTS (SELECT 1 FROM items GROUP BY order_id HAVING count(*) > 1)",
        "SELECT NOT EXISTS (SELECT 1 FROM items i WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = i.order_id))",
        "SELECT count(DISTINCT used_by) <> " + few + " FROM coupons",
        "SELECT NOT EXISTS (SELECT 1 FROM coupons c JOIN responses s ON s.actor = c.used_by WHERE s.status <> 200)",
        "SELECT count(*) <> " + few + " FROM coupons c JOIN responses s ON s.actor = c.used_by",
        "SELECT count(*) <> " + few + " FROM orders o JOIN responses s ON s.actor = o.owner WHERE s.status = 200",
        "SELECT coalesce(max(id), 0) <> " + few + " FROM orders"};
    std::string out;
    if (chance(25)) out += "always \"all the time\" { " + pick(all) + " }\n";
    return out + "finally \"in the end\" { " + pick(all) + " }\n";
  }

  bool has_redis_ = false;
  bool has_me_ = false;
  bool has_foreign_key_ = false;
  bool misuses_ = false;
  bool has_order_ = false;
  bool sends_ = false;
  int length_ = 0;
  int variables_ = 0;
};

}  // namespace

std::string random_scenario_of_names() { return Scenario().write(); }

}  // namespace gapless::agree
