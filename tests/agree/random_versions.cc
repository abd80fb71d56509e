// Optimistic requests: each looks at a version, and writes only where it is still that. What explore/outdated.h
// concludes holds only while versions grow, so that in every other scenario somebody makes one smaller, or seems to.
#include <cstdint>
#include <string>
#include <vector>

#include "draw.h"
#include "random_scenario.h"

namespace gapless::agree {
namespace {

enum class Breaker : std::uint8_t {
  none,
  insert,    // a row with a small version
  upsert,    // the same, of a row that may be there
  remove,    // which breaks nothing, unless somebody puts the row back
  reset,     // to a number
  decrease,  // by a number, or by what is not known
  restore,   // to what was seen
  with,      // in WITH
  cascade,   // in another table, whose key it is
  missing,   // a version may be NULL
  last = missing
};

std::string line(const std::string& statement, int indentation) {
  return std::string(static_cast<std::size_t>(indentation), ' ') + statement + "\n";
}

class Scenario {
 public:
  std::string write() {
    if (chance(60)) breaker_ = static_cast<Breaker>(number(1, static_cast<int>(Breaker::last)));
    rows_ = chance(35) ? 2 : 1;
    first_version_ = pick({"0", "0", "0", "1", "5"});
    has_log_ = chance(40);
    has_other_ = breaker_ != Breaker::cascade && chance(12);
    has_sections_ = chance(18);
    std::string out = "scenario random \"made up\"\n\n" + databases();
    if (chance(12))
      out += "isolation " + pick({"\"repeatable read\"", "\"repeatable read\"", "\"serializable\""}) + "\n";
    if (chance(4)) out += "faults crash <= 1\n";
    out += "\n" + requests();
    return out + invariants(out.find("effect failed") != std::string::npos);
  }

 private:
  std::string databases() {
    const bool is_cascade = breaker_ == Breaker::cascade;
    const bool is_missing = breaker_ == Breaker::missing;
    const std::string type = is_cascade || is_missing ? "int" : pick({"int", "int", "bigint", "serial"});
    std::string out = "database d postgres {\n";
    if (is_cascade) {
      out += "  CREATE TABLE p (v int PRIMARY KEY);\n  INSERT INTO p SELECT generate_series(0, 12);\n";
    }
    out += "  CREATE TABLE t (id int PRIMARY KEY, balance int NOT NULL, version " + type +
           (is_missing || type == "serial" ? "" : " NOT NULL") +
           (is_cascade ? " REFERENCES p (v) ON UPDATE CASCADE" : "") +
           (rows_ == 1 && first_version_ == "0" && chance(15) ? ", CHECK (version < 3)" : "") +
           ");\n  INSERT INTO t VALUES (1, 10, " + (is_missing && chance(30) ? "NULL" : first_version_) + ")" +
           (rows_ == 2 ? ", (2, 10, " + (is_missing ? "NULL" : pick({"0", "1", "9", "9", "9"})) + ")" : "") + ";\n";
    out += "  CREATE TABLE log (n int" + std::string(chance(20) ? " UNIQUE" : "") + ");\n}\n";
    if (has_other_) {
      out +=
          "database e postgres {\n  CREATE TABLE t (id int PRIMARY KEY, balance int NOT NULL, version int NOT NULL);\n"
          "  INSERT INTO t VALUES (1, 10, 0);\n  CREATE TABLE log (n int);\n}\n";
    }
    return out;
  }

  std::string requests() {
    struct Cast {
      const char* run;
      int kinds;
      int tries;  // of all statements that there may be, there are few where there are many actors
    };
    static const std::vector<Cast> casts = {{"first(1) * 2", 1, 3},
                                            {"first(1) * 3", 1, 2},
                                            {"first(1) * 4", 1, 2},
                                            {"first(1), first(2)", 1, 3},
                                            {"first(1) * 2, second(1)", 2, 1},
                                            {"first(1) * 2, second(1)", 2, 1},
                                            {"first(1) * 2, first(2)", 1, 2},
                                            {"first(1) * 2, second(1)", 2, 2},
                                            {"first(1) * 3, second(1)", 2, 2},
                                            {"first(1) * 2, second(1) * 2", 2, 1},
                                            {"first(1) * 2, second(1), third(1)", 3, 1},
                                            {"first(1), second(2), third(1)", 3, 2},
                                            {"session (first(1), first(1)), second(1)", 2, 1}};
    const auto& cast = casts[static_cast<std::size_t>(number(0, static_cast<int>(casts.size()) - 1))];
    tries_ = cast.tries;
    std::string out = request("first", optimistic());
    if (cast.kinds == 2) out += request("second", chance(80) ? disturbing() : optimistic());
    if (cast.kinds == 3) out += request("second", chance(50) ? disturbing() : optimistic());
    if (cast.kinds == 3) out += request("third", chance(50) ? disturbing() : optimistic());
    return out + "run " + cast.run + "\n\n";
  }

  std::string request(const std::string& name, std::string body) {
    if (has_sections_ && chance(30)) body = "  section inside {\n" + body + "  }\n";
    if (chance(6)) body = "  try {\n" + body + "  } catch any {\n    respond 500;\n  }\n";
    return "request " + name + "(amount) {\n  let hit = 0;\n" + body + "  effect paid(amount);\n" +
           pick({"  respond 200;\n", "  respond 200;\n", "  respond 202;\n", ""}) + "}\n\n";
  }

  // Who makes a version greater without a look, or breaks the premise.
  std::string disturbing() {
    if (breaker_ != Breaker::none && chance(90)) return maybe_looked_at(broken());
    const std::string grows = on("UPDATE t SET version = version + " + text(number(1, 2)) + row() + ";");
    std::string body = chance(30) ? log() + grows : grows;
    if (chance(40)) body = block(body + (chance(40) ? log() : "") + (chance(30) ? line("rollback;", 4) : ""));
    return body;
  }

  std::string maybe_looked_at(const std::string& statements) const {
    const std::string look = on("let was = SELECT balance, version FROM t WHERE id = 1;");
    return breaker_ == Breaker::restore || chance(25) ? look + statements : statements;
  }

  std::string broken() {
    const std::string small = pick({"0", "0", "1", first_version_});
    switch (breaker_) {
      case Breaker::insert:
        return on(pick({"INSERT INTO t VALUES (3, 10, " + small + ");",
                        "INSERT INTO t SELECT 3, 10, " + small + " WHERE (SELECT max(version) FROM t) > 0;"}));
      case Breaker::upsert:
        return on("INSERT INTO t VALUES (" + pick({"1", "3"}) + ", 10, 0) ON CONFLICT (id) DO UPDATE SET version = " +
                  pick({small, "t.version - 1", "t.version + 1", "excluded.version"}) + ";");
      case Breaker::remove:
        return on("DELETE FROM t WHERE id = 1;") +
               (chance(60) ? on("INSERT INTO t VALUES (1, 10, " + small + ");") : "");
      case Breaker::reset:
        return on("UPDATE t SET version = " + pick({small, small, "balance", "(SELECT min(version) FROM t) - 1"}) +
                  row() + ";");
      case Breaker::decrease:
        return on("UPDATE t SET version = version " + pick({"- 1", "- 1", "+ -1", "+ (-1)", "- :amount", "+ 0"}) +
                  row() + ";");
      case Breaker::restore:
        return log() + on("UPDATE t SET version = " +
                          pick({":was.version", ":was.version", ":was.version + 1", ":was.balance - 10"}) + row() +
                          pick({"", "", " AND version >= :was.version", " AND balance = :was.version"}) + ";");
      case Breaker::with:
        return on(
            pick({"WITH w AS (UPDATE t SET version = 0 WHERE id = 1 RETURNING id) INSERT INTO log SELECT id FROM w;",
                  "WITH w AS (UPDATE t SET version = 0 RETURNING id) SELECT id FROM w;",
                  "WITH w AS (SELECT 0 AS n) UPDATE t SET version = w.n FROM w;"}));
      case Breaker::cascade:
        return on("DELETE FROM p WHERE v = " + first_version_ + ";") +
               on("UPDATE p SET v = " + first_version_ + " WHERE v = " + first_version_ + " + " + text(number(1, 2)) +
                  ";");
      case Breaker::missing:
        return on("UPDATE t SET version = " + pick({"NULL", "coalesce(version, 0)", "coalesce(version, -1) + 1"}) +
                  row() + ";");
      default:
        return log();
    }
  }

  std::string optimistic() {
    writes_all_ = chance(8);
    own_row_ = row();
    const bool is_inside = chance(25);  // a transaction
    const int style = tries_ == 1 ? 1 : number(0, 5);
    if (style == 0) {  // by hand
      const std::string first = look("let seen") + compare();
      return first + "  if hit = 0 {\n" + look("set seen") + compare() + "  }\n" + on_failure();
    }
    if (style == 1) {
      std::string body = attempt(is_inside);
      if (is_inside) body = block(body);
      return body + on_failure();
    }
    std::string body = attempt(is_inside);
    if (is_inside) body = block(body);
    if (chance(25)) body += line("if hit = 1 { " + std::string(chance(70) ? paid() : "") + "respond 200; }", 4);
    if (chance(12)) body += line("if hit = 0 { " + failed() + "}", 4);
    return "  retry up to " + text(number(2, tries_)) + " {\n" + body + line("if hit = 0 { again; }", 4) + "  }" +
           pick({" exhausted {\n    respond 409;\n  }", " exhausted {\n    " + failed() + "respond 409;\n  }", ""}) +
           "\n";
  }

  // A look, perhaps something else, the compare.
  std::string attempt(bool is_inside) {
    const bool is_closed = !is_inside && chance(15);  // only the compare is in a transaction, and something behind it
    std::string body = (chance(10) ? log() : "") + look("let seen");
    if (chance(20)) body += line("if seen.balance < amount { respond 400; }", 4);
    if (chance(10)) body += line("if NOT seen.found { respond 404; }", 4);
    if (chance(20)) body += between();
    std::string compared = compare();
    if (has_sections_ && chance(50)) {
      const std::string entered = "    section inside {\n  " + compared + "    }\n";
      if (chance(50)) return body + entered;
      return body + "    if seen.version > 0 {\n    section inside {\n  " + compared + "    }\n    } else {\n  " +
             compared + "    }\n";
    }
    if (is_closed) {
      compared +=
          pick({on("SELECT balance AS b FROM t WHERE id = 1;"), on("let late = SELECT balance FROM t WHERE id = 1;"),
                on("let late = SELECT version AS balance FROM t;"), log(),
                on("UPDATE t SET balance = balance + 1 WHERE id = 1;")});
      compared = block(compared + (chance(20) ? line("rollback;", 4) : ""));
    }
    return body + compared + (chance(6) ? line("effect tried(amount);", 4) : "");
  }

  std::string look(const std::string& into) const {
    return on(into + " = SELECT balance, version FROM t" + own_row_ +
              pick({"", "", "", "", "", "", "", " FOR UPDATE", " FOR SHARE"}) + ";");
  }

  std::string between() {
    switch (number(0, 6)) {
      case 0:
        return look("set seen");
      case 1:
        return on("let other = SELECT max(version) AS version FROM t;") +
               line("if other.version > " + text(number(0, 3)) + " { respond 410; }", 4);
      case 2:
        return on("UPDATE t SET balance = balance + 1" + row() + ";");
      case 3:
        return on("UPDATE t SET version = version + 1" + row() + ";");
      case 4:
        return on("SELECT count(*) AS c FROM log;");
      case 5:
        return line("effect tried(amount);", 4);
      default:
        return log();
    }
  }

  std::string compare() {
    const std::string done = "done" + text(++compares_);
    const std::string balance = pick({"balance = balance + :amount, ", "balance = :seen.balance + :amount, ",
                                      "balance = :seen.balance + :amount, ", ""});
    const std::string grown = pick({"version = version + 1", "version = version + 1", "version = version + 1",
                                    "version = :seen.version + 1", "version = :seen.version + 1",
                                    "version = 1 + version", "version = 1 + :seen.version", "version = version + 2"});
    const std::string exact = "version = :seen.version";
    const std::string all = own_row_ + " AND " + exact;
    const std::string condition =
        writes_all_ ? " WHERE " + exact
                    : pick({all, all, all, all, all, all, " WHERE :seen.version = version AND" + own_row_.substr(6),
                            all + " AND balance = :seen.balance", all + " AND balance >= 1",
                            own_row_ + " AND version >= :seen.version",
                            own_row_ + " AND (version = :seen.version OR balance > 11)",
                            own_row_ + " AND NOT (version <> :seen.version)",
                            own_row_ + " AND version = " + first_version_ + " AND balance = :seen.balance",
                            own_row_ + " AND version = :seen.balance - 10"});
    return on("let " + done + " = UPDATE t SET " + balance + grown + condition +
              (chance(5) ? " RETURNING version;" : ";")) +
           line("set hit = " + done + ".count;", 4);
  }

  std::string on_failure() {
    return pick({"  if hit = 0 { respond 409; }\n", "  if hit = 0 { " + failed() + "}\n",
                 "  if hit = 0 { " + failed() + "respond 409; }\n",
                 "  if hit = 0 {\n" + log() + "    respond 409;\n  }\n", ""});
  }

  static std::string paid() { return "effect paid(amount); "; }
  static std::string failed() { return "effect failed(1); "; }

  std::string on(const std::string& statement) const {
    if (!has_other_) return line(statement, 4);
    const auto assigned = statement.find(" = ");
    const bool is_kept = statement.starts_with("let ") || statement.starts_with("set ");
    const std::string database = chance(80) ? "d> " : "e> ";
    if (!is_kept) return line(database + statement, 4);
    return line(statement.substr(0, assigned + 3) + database + statement.substr(assigned + 3), 4);
  }

  std::string block(const std::string& body) const {
    const std::string level = pick({"", "", "", "", " at \"repeatable read\"", " at \"repeatable read\""});
    return "    " + std::string(has_other_ ? "d> " : "") + "transaction" + level + " {\n" + body +
           (chance(10) ? line("rollback;", 4) : "") + "    }\n";
  }

  // Mostly the one that the others want, too.
  std::string row() const { return " WHERE id = " + text(chance(75) ? 1 : rows_); }

  // A row that is only added, or one that many want.
  std::string log() const {
    if (has_log_) return on("INSERT INTO log VALUES (" + text(number(1, 2)) + ");");
    return on("UPDATE t SET balance = balance + 1" + row() + ";");
  }

  std::string invariants(bool any_failed) const {
    const std::string t = has_other_ ? "d.t" : "t";
    const std::string log = has_other_ ? "d.log" : "log";
    // Not wrong from the start.
    const std::string later = text(std::stoi(first_version_) + number(1, 4));
    std::vector<std::string> throughout = {
        "SELECT coalesce(max(version), 0) < " + later + " FROM " + t + " WHERE id = 1",
        "SELECT coalesce(max(balance), 0) < " + text(number(11, 14)) + " FROM " + t,
        "SELECT coalesce(min(balance), 0) >= 0 FROM " + t, "SELECT count(*) < " + text(number(1, 4)) + " FROM paid",
        "SELECT count(*) < 2 FROM responses WHERE status = 409"};
    if (has_sections_) {
      const std::string few = text(number(0, 2));
      throughout = {"SELECT count(*) <= " + few + " FROM sections",
                    "SELECT count(*) <> " + few + " OR coalesce((SELECT max(version) FROM " + t +
                        " WHERE id = 1), 0) <> " + later + " FROM sections",
                    "SELECT NOT EXISTS (SELECT 1 FROM sections) OR (SELECT coalesce(max(version), 0) FROM " + t +
                        " WHERE id = 1) < " + later};
    }
    std::string out;
    if (chance(has_sections_ ? 80 : 25)) out += "always \"all the time\" { " + pick(throughout) + " }\n";
    // That a state is never reached says more than that nothing is wrong: it is violated wherever it can be reached.
    const std::string of = text(number(0, 4));
    std::vector<std::string> at_end = {
        "SELECT true",
        "SELECT coalesce(sum(version), 0) <> " + of + " FROM " + t,
        "SELECT coalesce(max(version), 0) <> " + of + " FROM " + t,
        "SELECT coalesce(sum(balance), 0) <> 1" + of + " FROM " + t + " WHERE id = 1",
        "SELECT (SELECT coalesce(sum(amount), 0) FROM paid) >= (SELECT coalesce(sum(balance), 0) - 1" +
            text((rows_ - 1) * 10) + " FROM " + t + ")",
        "SELECT count(*) <> " + of + " FROM paid",
        "SELECT count(*) <> " + of + " FROM " + log,
        "SELECT count(*) <> " + of + " FROM responses WHERE status = 409",
        "SELECT count(*) <> " + of + " FROM responses WHERE status = 200",
        "SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status = 'deadlock_detected')"};
    if (any_failed) at_end.push_back("SELECT count(*) <> " + of + " FROM failed");
    if (chance(4)) at_end = {"SELECT count(*) = 0 FROM responses WHERE status = 409 AND actor = 1"};
    return out + "finally \"in the end\" { " + pick(at_end) + " }\n";
  }

  Breaker breaker_ = Breaker::none;
  int rows_ = 1;
  int tries_ = 1;
  std::string first_version_;
  std::string own_row_;  // a request's condition: the row that it is about
  int compares_ = 0;
  bool writes_all_ = false;
  bool has_log_ = false;
  bool has_other_ = false;
  bool has_sections_ = false;
};

}  // namespace

std::string random_scenario_of_versions() { return Scenario().write(); }

}  // namespace gapless::agree
