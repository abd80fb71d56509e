// Requests that wait for each other in more than one place. A database sees only its own waits, so that a cycle over
// two of them, or over a database and an application lock, is broken by nobody: what is left is whoever still goes on.
#include <string>
#include <vector>

#include "draw.h"
#include "random_scenario.h"

namespace gapless::agree {
namespace {

constexpr int databases = 2;
const char* database_name(int database) { return database == 0 ? "left" : "right"; }
const char* table_name(int database) { return database == 0 ? "a" : "b"; }

class Scenario {
 public:
  std::string write() {
    moves_rows_ = chance(15);
    has_advisory_locks_ = chance(20);
    has_time_outs_ = chance(12);
    has_sections_ = chance(20);
    looks_at_log_ = chance(30);
    for (auto& row : contended_) row = number(1, 2);
    std::string out = "scenario random \"made up\"\n\n";
    for (int database = 0; database < databases; ++database) {
      const std::string table = table_name(database);
      out += std::string("database ") + database_name(database) + " postgres {\n  CREATE TABLE " + table +
             " (id int PRIMARY KEY, n int NOT NULL" + (chance(20) ? ", CHECK (n < 3)" : "") + ");\n  INSERT INTO " +
             table + " VALUES (1, 0), (2, 0);\n  CREATE TABLE log_" + table + " (n int" +
             (chance(20) ? " UNIQUE" : "") + ");\n}\n";
    }
    out += "database cache redis { SET free 1; }\nlock gate\n";
    if (chance(12))
      out += "isolation " + pick({"\"repeatable read\"", "\"repeatable read\"", "\"serializable\""}) + "\n";
    if (chance(8)) out += "faults crash <= 1\n";
    return out + "\n" + requests() + invariants();
  }

 private:
  // Who they are, and how many of each: at most four, and the more there are, the less each of them does.
  std::string requests() {
    if (moves_rows_ && chance(60)) return renewal();
    struct Cast {
      const char* run;
      int kinds;
      int statements;
    };
    static const std::vector<Cast> casts = {{"first(1), second(2)", 2, 4},
                                            {"first(1), second(2), third(3)", 3, 3},
                                            {"first(1), second(2), third(3)", 3, 3},
                                            {"first(1), second(2), third(3)", 3, 3},
                                            {"first(1) * 3", 1, 3},
                                            {"first(1), second(2) * 2", 2, 3},
                                            {"first(1), second(2), third(3) * 2", 3, 2},
                                            {"first(1) * 2, second(2) * 2", 2, 2},
                                            {"first(1), second(2), first(3)", 2, 3},
                                            {"session (first(1), third(1)), second(2)", 3, 2}};
    const auto& cast = casts[static_cast<std::size_t>(number(0, static_cast<int>(casts.size()) - 1))];
    // Mostly the first two take the two databases in opposite orders; others come behind, perhaps only when told.
    const bool crosses = chance(65);
    const bool tells = crosses && cast.kinds > 2 && chance(50);
    const int from = number(0, 1);
    std::string out = crosses ? crossing("first", from, cast.statements, tells) : request("first", cast.statements);
    if (cast.kinds > 1) {
      out += crosses ? crossing("second", 1 - from, cast.statements, false) : request("second", cast.statements);
    }
    if (tells) {
      out += behind("third", from);
    } else if (cast.kinds > 2) {
      out += request("third", chance(60) ? 1 : cast.statements);
    }
    return out + "run " + cast.run + "\n\n";
  }

  // One puts another row in a row's place while others wait for the old one.
  std::string renewal() {
    begin();
    const std::string id = text(contended_[0]);
    const std::string moved =
        pick({"DELETE FROM a WHERE id = " + id + ";", "UPDATE a SET id = 4 WHERE id = " + id + ";",
              "INSERT INTO a VALUES (" + id + ", 0) ON CONFLICT (id) DO UPDATE SET id = 5;"});
    const std::string back = statement_on(0, "INSERT INTO a VALUES (" + id + ", 0);", 4);
    return written("first", block(0, statement_on(0, moved, 4) + back, 4)) +
           written("second", maybe_item(2) + statement_on(0, on_contended(0), 2)) + "run first(1), second(2)" +
           pick({"", "", ", second(3)"}) + "\n\n";
  }

  std::string request(const std::string& name, int statements) {
    begin();
    left_ = statements;
    std::string body = chance(30) ? await() : "";
    while (left_ > 0) body += item(4);
    return written(name, body);
  }

  // A row of one, then a row of the other one, each until both are there; perhaps more rows on the way.
  std::string crossing(const std::string& name, int from, int most, bool tells) {
    begin();
    left_ = number(0, most - 2);
    open_[from] = true;
    std::string body =
        chance(20) ? statement_on(from, "SELECT sum(n) AS s FROM " + std::string(table_name(from)) + ";", 4) : "";
    body += statement_on(from, on_contended(from), 4) + maybe_item(4);
    if (tells) body += statement_on(1 - from, told(1 - from), 4);
    const bool stays = chance(60);  // the other one's row is kept, too
    open_[1 - from] = stays;
    std::string inner = maybe_item(6) + statement_on(1 - from, on_contended(1 - from), 6) + maybe_item(6);
    if (stays && chance(50)) inner = statement_on(1 - from, locking(1 - from), 6) + inner;
    body += stays ? block(1 - from, inner, 6) : inner;
    open_[1 - from] = false;
    body = block(from, body + maybe_item(4), 4);
    open_[from] = false;
    return written(name, (chance(20) ? await() : "") + body);
  }

  // Begins when `first` has told that it holds its row.
  std::string behind(const std::string& name, int from) {
    begin();
    left_ = number(0, 1);
    has_awaited_ = true;
    const std::string body = line("await " + std::string(database_name(1 - from)) + "> SELECT count(*) > 0 FROM " +
                                      table_name(1 - from) + " WHERE id = 3;",
                                  2);
    return written(name, body + statement_on(from, on_contended(from), 2) + maybe_item(2));
  }

  // A row that is committed at once, and to which nobody else must come first.
  static std::string told(int database) {
    return "INSERT INTO " + std::string(table_name(database)) + " VALUES (3, 1) ON CONFLICT DO NOTHING;";
  }

  void begin() {
    open_[0] = open_[1] = holds_gate_ = false;
    locals_ = 0;
    has_awaited_ = false;
  }

  std::string written(const std::string& name, std::string body) {
    if (chance(30)) body = after_look(body);
    if (chance(6)) body = "  retry up to 1 on deadlock_detected {\n" + body + "  }\n";
    if (chance(25)) {
      body = "  try {\n" + body + "  } catch " + pick({"deadlock_detected", "lock_not_available", "any"}) + " {\n    " +
             pick({"effect failed(1);", "respond 409;"}) + "\n  }\n";
    }
    if (has_sections_ && chance(50)) body = "  section inside {\n" + body + "  }\n";
    return "request " + name + "(me_) {\n" + body + "  " + pick({"respond 200;", "respond 200;", "effect done(me_);"}) +
           "\n}\n\n";
  }

  // What it does depends on what it saw first.
  static std::string after_look(const std::string& body) {
    const int database = number(0, databases - 1);
    const std::string look = "SELECT n FROM " + std::string(table_name(database)) + " WHERE id = " + text(number(1, 2));
    return "  let seen = " + std::string(database_name(database)) + "> " + look +
           ";\n  if seen.n = " + text(number(0, 1)) + " {\n" + body + "  }\n";
  }

  static std::string line(const std::string& statement, int indentation) {
    return std::string(static_cast<std::size_t>(indentation), ' ') + statement + "\n";
  }

  static std::string block(int database, const std::string& body, int indentation) {
    const std::string level = chance(6) ? " at \"repeatable read\"" : "";
    return line(std::string(database_name(database)) + "> transaction" + level + " {", indentation - 2) + body +
           line("}", indentation - 2);
  }

  static std::string statement_on(int database, const std::string& statement, int indentation) {
    return line(std::string(database_name(database)) + "> " + statement, indentation);
  }

  std::string maybe_item(int indentation) { return left_ > 0 && chance(70) ? item(indentation) : ""; }

  // A statement, or a block of some.
  std::string item(int indentation) {
    const int database = number(0, databases - 1);
    if (!open_[database] && left_ > 1 && chance(60)) {
      open_[database] = true;
      std::string body;
      const int count = number(2, left_);
      for (int i = 0; i < count && left_ > 0; ++i) body += item(indentation + 2);
      if (chance(8)) body += line("rollback;", indentation + 2);
      open_[database] = false;
      return block(database, body, indentation + 2);
    }
    if (!holds_gate_ && chance(10)) {
      holds_gate_ = true;
      --left_;
      const std::string body = item(indentation + 2);
      holds_gate_ = false;
      return line("hold gate(" + text(number(1, 2)) + ") {", indentation) + body + line("}", indentation);
    }
    --left_;
    return statement(database, indentation);
  }

  // On one row, and it waits for it.
  static std::string locking(int database) {
    const std::string table = table_name(database);
    const std::string row = " WHERE id = " + text(number(1, 2));
    if (chance(70)) return "UPDATE " + table + " SET n = n + 1" + row + ";";
    return "SELECT n FROM " + table + row + " FOR " + pick({"UPDATE", "SHARE", "NO KEY UPDATE", "KEY SHARE"}) + ";";
  }

  // The row of this database that most want.
  std::string on_contended(int database) const {
    if (chance(15)) return locking(database);
    return "UPDATE " + std::string(table_name(database)) + " SET n = n + 1 WHERE id = " + text(contended_[database]) +
           ";";
  }

  std::string statement(int database, int indentation) {
    const auto on = [&](const std::string& what) { return statement_on(database, what, indentation); };
    const std::string table = table_name(database);
    const std::string row = " WHERE id = " + text(number(1, 2));
    switch (number(0, 23)) {
      case 0:
        return on("UPDATE " + table + " SET n = n + 1;");
      case 1:
        return on("UPDATE " + table + " SET n = n + 1" + row + " AND n < " + text(number(1, 2)) + ";");
      case 2:
        return on("SELECT n FROM " + table + row + " FOR UPDATE " + pick({"NOWAIT", "SKIP LOCKED"}) + ";");
      case 3:
        return on("SELECT n FROM " + table + " ORDER BY n, id LIMIT 1 FOR UPDATE SKIP LOCKED;");
      case 4: {
        const std::string x = "x" + text(++locals_);
        return line("let " + x + " = " + database_name(database) + "> SELECT n FROM " + table + row +
                        pick({"", "", " FOR UPDATE", " FOR SHARE"}) + ";",
                    indentation) +
               on("UPDATE " + table + " SET n = :" + x + ".n + 1" + row + ";");
      }
      case 5:
        return on("INSERT INTO " + table + " VALUES (" + text(number(2, 3)) + ", 1) ON CONFLICT (id) DO " +
                  pick({"NOTHING", "UPDATE SET n = " + table + ".n + 1"}) + ";");
      case 6:
        return on("INSERT INTO " + table + " VALUES (3, 1);");
      case 7:
      case 8: {
        const std::string adds = "INSERT INTO log_" + table + " VALUES (" + text(number(1, 2)) + ");";
        if (!open_[database] || !chance(20)) return on(adds);
        return on("SAVEPOINT s;") + on(adds) + on("ROLLBACK TO s;");
      }
      case 9: {
        if (!moves_rows_) return on(locking(database));
        const std::string id = text(number(1, 2));
        const std::string came = "INSERT INTO " + table + " VALUES (" + id;
        return on(pick({"DELETE FROM " + table + " WHERE id = " + id + ";",
                        "UPDATE " + table + " SET id = 4 WHERE id = " + id + ";",
                        came + ", 0) ON CONFLICT (id) DO UPDATE SET id = 5;"})) +
               (chance(60) ? on(came + ", 0) ON CONFLICT DO NOTHING;") : "");
      }
      case 10: {
        if (!has_advisory_locks_) return on(locking(database));
        return on("SELECT pg_advisory_xact_lock(" + text(number(1, 2)) + ");");
      }
      case 11: {
        if (!has_advisory_locks_) return on(locking(database));
        const std::string key = text(number(1, 2));
        return on("SELECT " +
                  pick({"pg_advisory_lock", "pg_advisory_unlock", "pg_try_advisory_lock", "pg_advisory_lock_shared"}) +
                  "(" + key + ");");
      }
      case 12:
        if (!has_time_outs_) return on(locking(database));
        return on("SET lock_timeout = '1s';") + on(locking(database));
      case 13:
        if (!open_[database] || !chance(30)) return on(locking(database));
        return on("LOCK TABLE " + pick({table, table, "log_" + table}) +
                  pick({" IN SHARE MODE", "", " IN ROW EXCLUSIVE MODE NOWAIT"}) + ";");
      case 14: {
        const std::string x = "x" + text(++locals_);
        return line("let " + x + " = cache> " + pick({"SET token 1 NX", "DECR free", "GET free"}) + ";", indentation);
      }
      case 15:
        return line("cache> " + pick({"DEL token", "INCR free"}) + ";", indentation);
      case 16:
        return await();
      case 17:
        if (looks_at_log_) return on("SELECT count(*) AS c FROM log_" + table + ";");
        return on("SELECT n FROM " + table + row + ";");
      case 18:
        if (!open_[database]) return on(locking(database));
        return on("SAVEPOINT s;") + on(locking(database)) + on("ROLLBACK TO s;");
      default:
        return on(locking(database));
    }
  }

  // Of what somebody else may make true; once a request, since little is left behind the second one.
  std::string await() {
    const int database = number(0, databases - 1);
    if (has_awaited_) return statement_on(database, locking(database), 2);
    has_awaited_ = true;
    return "  await " + std::string(database_name(database)) + "> SELECT count(*) > 0 FROM " + table_name(database) +
           " WHERE id = " + text(number(1, 2)) + " AND n > 0;\n";
  }

  std::string invariants() {
    std::vector<std::string> throughout = {"SELECT coalesce(max(n), 0) < 3 FROM a",
                                           "SELECT coalesce(min(n), 0) >= 0 FROM b", "SELECT count(*) < 2 FROM log_a",
                                           "SELECT (SELECT sum(n) FROM a) <= (SELECT sum(n) FROM b) + 2",
                                           "SELECT count(*) < 2 FROM responses WHERE status = 409"};
    if (has_sections_) {
      throughout = {"SELECT count(*) <= 1 FROM sections", "SELECT count(*) <= 2 FROM sections",
                    "SELECT NOT EXISTS (SELECT 1 FROM sections) OR (SELECT sum(n) FROM a) < 2"};
    }
    std::string out;
    if (has_sections_ || chance(40)) out += "always \"all the time\" { " + pick(throughout) + " }\n";
    // That a state is never reached says more than that nothing is wrong: it is violated wherever it can be reached.
    const std::string number_of = text(number(0, 4));
    return out + "finally \"in the end\" { " +
           pick({"SELECT true", "SELECT true", "SELECT coalesce(sum(n), 0) <> " + number_of + " FROM a",
                 "SELECT coalesce(sum(n), 0) <> " + number_of + " FROM b",
                 "SELECT (SELECT count(*) FROM log_a) + (SELECT count(*) FROM log_b) <> " + number_of,
                 "SELECT count(*) <> " + number_of + " FROM responses WHERE status = 200",
                 "SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status = 'deadlock_detected')"}) +
           " }\n";
  }

  bool moves_rows_ = false;
  bool has_advisory_locks_ = false;
  bool has_time_outs_ = false;
  bool has_sections_ = false;
  bool looks_at_log_ = false;
  bool open_[databases] = {false, false};  // a transaction
  int contended_[databases] = {1, 1};
  bool holds_gate_ = false;
  bool has_awaited_ = false;
  int left_ = 0;  // statements
  int locals_ = 0;
};

}  // namespace

std::string random_scenario_of_waits() { return Scenario().write(); }

}  // namespace gapless::agree
