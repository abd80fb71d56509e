// Guards on what only becomes less, or only more: `left_over >= :amount`, `used < 3`. Once they have failed they fail
// for ever (explore/outdated.h), but where somebody puts something back, or it is rolled back.
#include <string>
#include <vector>

#include "draw.h"
#include "random_scenario.h"

namespace gapless::agree {
namespace {

class Scenario {
 public:
  std::string write() {
    rows_ = chance(25) ? 2 : 1;
    breaks_ = chance(45);
    std::string out = "scenario random \"made up\"\n\ndatabase d postgres {\n";
    out += "  CREATE TABLE t (id int PRIMARY KEY, left_over " + pick({"int", "int", "bigint"}) + " NOT NULL, used int" +
           pick({"", " NOT NULL"}) + ");\n  INSERT INTO t VALUES (1, " + text(number(1, 4)) + ", 0)" +
           (rows_ == 2 ? ", (2, " + text(number(1, 4)) + ", " + text(number(0, 2)) + ")" : "") + ";\n";
    out += "  CREATE TABLE log (n int);\n}\n";
    if (chance(15)) out += "isolation \"repeatable read\"\n";
    out += "\n" + request("take") + (chance(60) ? request("other") : "");
    const bool has_other = out.find("request other") != std::string::npos;
    out += "run " + pick({"take(1) * 3", "take(1) * 2, take(2)", "take(2), take(1), take(3)", "take(1), take(2)",
                          "take(2) * 3", has_other ? "take(1) * 2, other(2)" : "take(3) * 2",
                          has_other ? "take(2), take(1), other(1)" : "take(1) * 4",
                          chance(30) ? "take(0), take(1) * 2" : "take(1) * 2",
                          chance(30) ? "take(-1), take(2)" : "take(2) * 2"});
    if (has_other && out.find("other(", out.find("\nrun ")) == std::string::npos)
      out += ", other(" + text(number(1, 2)) + ")";
    return out + "\n\n" + invariants();
  }

 private:
  std::string request(const std::string& name) {
    std::string body = chance(40) ? look() : "";
    if (breaks_ && chance(50)) body += breaker();
    std::string guarded = guard();
    const bool is_closed = chance(30);
    if (chance(30)) guarded += breaks_ && chance(40) ? breaker() : "  INSERT INTO log VALUES (1);\n";
    if (is_closed) guarded = "  transaction {\n" + guarded + (chance(25) ? "  rollback;\n" : "") + "  }\n";
    if (chance(15)) guarded = "  section inside {\n" + guarded + "  }\n";
    const bool changes = chance(15);
    if (changes) guarded += "  set amount = amount - " + text(number(2, 3)) + ";\n";
    if (changes || chance(25)) guarded += guard();
    return "request " + name + "(amount) {\n" + body + guarded + (chance(60) ? "  effect sold(amount);\n" : "") +
           "  respond " + pick({"200", "202"}) + ";\n}\n\n";
  }

  std::string look() {
    const std::string seen = "s" + text(++variables_);
    return "  let " + seen + " = SELECT left_over, used FROM t WHERE id = 1;\n" +
           pick({"", "  if " + seen + ".left_over < amount { respond 400; }\n",
                 "  if " + seen + ".used > 2 { respond 401; }\n"});
  }

  std::string guard() {
    const std::string done = "d" + text(++variables_);
    const std::string less = "left_over = left_over - :amount";
    const std::string more = "used = used + " + pick({"1", ":amount"});
    const std::string row = pick({"id = 1 AND ", "id = 1 AND ", "id = " + text(rows_) + " AND ", ""});
    const std::string condition = pick({"left_over >= :amount", "left_over >= :amount", ":amount <= left_over",
                                        "left_over > 0", "left_over > 1", "used < 2", "used <= 1", "2 > used",
                                        "used = 0", "left_over - :amount >= 0", "left_over >= :amount AND used < 2"});
    const std::string set =
        pick({less, less, more, less + ", " + more, "left_over = left_over - 1", "used = 1 + used"});
    return "  let " + done + " = UPDATE t SET " + set + " WHERE " + row + condition + ";\n" +
           pick({"", "  if " + done + ".count = 0 { respond 409; }\n", "  if " + done + ".count = 0 { respond 409; }\n",
                 "  if " + done + ".count = 0 { INSERT INTO log VALUES (2); respond 410; }\n"});
  }

  std::string breaker() {
    return "  " +
           pick({"UPDATE t SET left_over = left_over + 1 WHERE id = 1;", "UPDATE t SET left_over = 3;",
                 "UPDATE t SET used = 0 WHERE id = 1;",
                 "UPDATE t SET left_over = left_over - :amount, used = used - 1;", "UPDATE t SET used = used + -1;",
                 "INSERT INTO t VALUES (3, 3, 0);", "DELETE FROM t WHERE id = 1;",
                 "INSERT INTO t VALUES (1, 3, 0) ON CONFLICT (id) DO UPDATE SET left_over = t.left_over + 1;",
                 "WITH w AS (UPDATE t SET left_over = 4 RETURNING id) SELECT id FROM w;"}) +
           "\n";
  }

  std::string invariants() const {
    const std::string few = text(number(0, 3));
    const std::vector<std::string> at_end = {
        "SELECT count(*) <> " + few + " FROM log",
        "SELECT count(*) <> " + few + " FROM responses WHERE status = 409",
        "SELECT count(*) <> " + few + " FROM responses WHERE status = 200",
        "SELECT coalesce(min(left_over), 0) <> " + few + " FROM t",
        "SELECT coalesce(max(used), 0) <> " + few + " FROM t",
        "SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status = 'unique_violation')"};
    std::string out;
    if (chance(35)) {
      out += "always \"all the time\" { " +
             pick({"SELECT coalesce(min(left_over), 0) >= 0 FROM t", "SELECT count(*) <= " + few + " FROM sections",
                   "SELECT count(*) < 2 FROM responses WHERE status = 409", "SELECT count(*) <> 2 FROM log"}) +
             " }\n";
    }
    return out + "finally \"in the end\" { " + pick(at_end) + " }\n";
  }

  int rows_ = 1;
  bool breaks_ = false;
  int variables_ = 0;
};

}  // namespace

std::string random_scenario_of_guards() { return Scenario().write(); }

}  // namespace gapless::agree
