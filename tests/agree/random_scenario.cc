#include "random_scenario.h"

#include <vector>

#include "draw.h"

namespace gapless::agree {
namespace {

class Scenario {
 public:
  std::string write() {
    std::string out = "scenario random \"made up\"\n\n" + database() + "\n";
    const int actors = number(2, 3);
    const int most_statements = actors == 2 ? 4 : 3;
    const bool two_requests = chance(30);
    out += request("first", most_statements);
    if (two_requests) out += request("second", most_statements);
    out += two_requests ? "run first(5) * 1, second(" + text(number(4, 8)) + ") * " + text(actors - 1) + "\n\n"
                        : "run first(5) * " + text(actors) + "\n\n";
    return out + invariants();
  }

 private:
  std::string database() {
    std::string t = "CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL, k int";
    if (chance(30)) t += " UNIQUE";
    if (chance(25)) t += ", CHECK (v >= 0)";
    t += ");\n  INSERT INTO t VALUES (1, 10, 1)";
    if (chance(80)) t += ", (2, 12, 2)";
    t += ";\n";
    static const std::vector<std::string> keys = {"n int, w int", "n int PRIMARY KEY, w int",
                                                  "n int, w int, UNIQUE (n, w)", "n int, w int, s serial",
                                                  "n int UNIQUE, w int DEFAULT 4"};
    std::string u = "CREATE TABLE u (" + pick(keys) + ");\n";
    if (chance(25)) u += "  CREATE UNIQUE INDEX few ON u (w) WHERE n = 1;\n";
    if (chance(50)) u += "  INSERT INTO u (n, w) VALUES (1, 3);\n";
    return "database d postgres {\n  " + t + "  " + u + "}\n";
  }

  std::string request(const std::string& name, int most_statements) {
    has_x_ = false;
    std::string body;
    const int statements = number(2, most_statements);
    const int style = number(0, 5);  // 0, 1: autocommit; 2, 3, 4: transaction { }; 5: BEGIN and COMMIT
    const bool in_transaction = style >= 2;
    for (int i = 0; i < statements; ++i) body += "    " + statement(in_transaction) + "\n";
    if (style >= 2 && style <= 4) {
      body = "    transaction {\n" + body + (chance(10) ? "    rollback;\n" : "") + "    }\n";
    }
    if (style == 5) body = "    BEGIN;\n" + body + (chance(80) ? "    COMMIT;\n" : "    ROLLBACK;\n");
    if (chance(25)) {
      static const std::vector<std::string> conditions = {"unique_violation", "deadlock_detected", "check_violation",
                                                          "any"};
      body = "    try {\n" + body + "    } catch " + pick(conditions) + " {\n      effect seen(1);\n    }\n";
    }
    return "request " + name + "(a) {\n  variant only expect violated {\n" + body +
           "    effect done(a);\n    respond 200;\n  }\n}\n\n";
  }

  std::string statement(bool in_transaction) {
    const std::string id = text(number(1, 2));
    switch (number(0, 21)) {
      case 0:
      case 1:
        return read("SELECT v FROM t WHERE id = " + id);
      case 2:
      case 3:
        return read("SELECT v FROM t WHERE id = " + id + " FOR UPDATE");
      case 4:
        return read("SELECT coalesce(sum(v), 0) AS v FROM t");
      case 5:
        return "SELECT id FROM t ORDER BY v DESC LIMIT 1 FOR UPDATE;";
      case 6:
        return "UPDATE t SET v = v - :a WHERE id = " + id + " AND v >= :a;";
      case 7:
        return "UPDATE t SET v = v - 7 WHERE v >= " + text(number(7, 12)) + ";";
      case 8:
        return "UPDATE t SET v = v + 1;";
      case 9:
        return "UPDATE t SET v = v - :a WHERE id = " + id + " AND (SELECT sum(v) FROM t) >= 15;";
      case 10:
        return "UPDATE t SET v = (SELECT max(o.v) - 1 FROM t o WHERE o.id <> t.id OR o.id = 1) WHERE id = " + id + ";";
      case 11:
        return "UPDATE t SET v = v - 1 WHERE EXISTS (SELECT 1 FROM u WHERE u.n = t.id);";
      case 12:
        return "UPDATE t SET v = v - w FROM u WHERE u.n = t.id;";
      case 13:
        return "INSERT INTO u (n, w) VALUES (" + text(number(1, 2)) + ", " + text(number(3, 4)) + ");";
      case 14:
        return "INSERT INTO u (n, w) SELECT id, v FROM t WHERE v > 9;";
      case 15:
        return "INSERT INTO u (n, w) SELECT 2, 1 WHERE (SELECT count(*) FROM u) < 2;";
      case 16:
        return "INSERT INTO t VALUES (3, 5, " + text(number(2, 3)) + ");";
      case 17:
        return "DELETE FROM u WHERE n = 1;";
      case 18:
        return "DELETE FROM t WHERE id = " + id + " AND v < 11;";
      case 19:
        return "UPDATE t SET k = " + text(number(1, 3)) + " WHERE id = " + id + ";";
      case 20:
        if (has_x_) return "UPDATE t SET v = :x.v - :a WHERE id = " + id + ";";
        return "UPDATE u SET w = w + 1 WHERE n = 1;";
      default:
        if (!has_x_) return "SELECT v FROM t WHERE v > 9 FOR UPDATE;";
        return "if x.v < 9 { " + std::string(in_transaction && chance(50) ? "ROLLBACK; " : "") + "respond 400; }";
    }
  }

  std::string read(const std::string& query) {
    const std::string keyword = has_x_ ? "set" : "let";
    has_x_ = true;
    return keyword + " x = " + query + ";";
  }

  std::string invariants() {
    static const std::vector<std::string> at_end = {
        "SELECT coalesce(sum(v), 0) >= 12 FROM t",
        "SELECT count(*) <= 1 FROM u",
        "SELECT count(*) <= 1 FROM responses WHERE status = 200",
        "SELECT (SELECT count(*) FROM done) <= 1 OR (SELECT coalesce(min(v), 9) > 3 FROM t)",
        "SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status = 'deadlock_detected')",
        "SELECT true"};
    static const std::vector<std::string> throughout = {
        "SELECT coalesce(min(v), 0) >= 0 FROM t", "SELECT coalesce(max(w), 0) < 6 FROM u",
        "SELECT (SELECT count(*) FROM done) < 2 OR (SELECT count(*) FROM t) = 2"};
    std::string out;
    if (chance(60)) out += "always \"all the time\" { " + pick(throughout) + " }\n";
    return out + "finally \"in the end\" { " + pick(at_end) + " }\n";
  }

  bool has_x_ = false;
};

}  // namespace

std::string random_scenario() { return Scenario().write(); }

}  // namespace gapless::agree
