// Requests that crash, are sent again and received twice, calls that may have come out otherwise, keys that expire.
#include <string>
#include <vector>

#include "draw.h"
#include "random_scenario.h"

namespace gapless::agree {
namespace {

class Scenario {
 public:
  std::string write() {
    std::string out =
        "scenario random \"made up\"\n\n"
        "database d postgres {\n"
        "  CREATE TABLE t (id int PRIMARY KEY, v int NOT NULL, until timestamp);\n"
        "  INSERT INTO t VALUES (1, 2, NULL);\n"
        "  CREATE TABLE u (k text PRIMARY KEY, w int);\n"
        "}\n"
        "database cache redis { SET stock 1; }\n"
        "lock desk\n";
    if (chance(20)) out += "clock '12:00', '12:10'\n";
    out += "faults " + faults() + "\n\n";
    out += request("first", number(1, 3)) + request("hook", number(1, 2));
    return out + run() + invariants();
  }

 private:
  static std::string faults() {
    static const std::vector<std::string> some = {"crash <= 1", "retry <= 1", "duplicate <= 1",
                                                  "crash <= 1, retry <= 1", "none"};
    return pick(some);
  }

  static std::string run() {
    static const std::vector<std::string> some = {
        "run first(1) * 2\n",      "run first(1), deliver hook(1) until 200\n",  "run first(1), job hook(1)\n",
        "run first(1), hook(2)\n", "run session (first(1), hook(2)), hook(1)\n", "run deliver hook(1) until 200 * 2\n"};
    return pick(some);
  }

  std::string request(const std::string& name, int statements) {
    holds_ = false;
    sends_ = name == "hook";  // a message that sends messages may go on for ever
    locals_ = 0;
    std::string body;
    for (int i = 0; i < statements; ++i) body += "    " + statement() + "\n";
    if (holds_) body += "    release desk(a);\n";
    if (chance(25)) body = "    transaction {\n" + body + "    }\n";
    if (chance(20)) body = "    section inside {\n" + body + "    }\n";
    return "request " + name + "(a) {\n" + body + "    respond 200;\n}\n\n";
  }

  std::string local() { return "x" + std::to_string(++locals_); }

  std::string statement() {
    switch (number(0, 15)) {
      case 0:
        return "UPDATE t SET v = v - 1 WHERE id = 1 AND v > 0;";
      case 1: {
        const auto x = local();
        return "let " + x + " = SELECT v FROM t WHERE id = 1; UPDATE t SET v = :" + x + ".v - 1 WHERE id = 1;";
      }
      case 2:
        return "INSERT INTO u VALUES ('k' || :a, 1) ON CONFLICT DO NOTHING;";
      case 3: {
        const auto x = local();
        return "let " + x + " = cache> SET lock t{a} NX EX 10; if not " + x + ".found { respond 409; }";
      }
      case 4:
        return "cache> DEL lock;";
      case 5: {
        const auto x = local();
        return "let " + x + " = cache> DECR stock; if " + x + ".value < 0 { respond 410; }";
      }
      case 6:
        return "cache> SET seen:{a} 1 EX 60;";
      case 7: {
        const auto x = local();
        return "cache> WATCH stock; let " + x + " = cache> GET stock; cache> MULTI; cache> DECR stock; cache> EXEC;";
      }
      case 8: {
        const auto x = local();
        return "let " + x + " = call pay(a) may ok, lost_done; if " + x + ".outcome = 'unknown' { effect unsure(a); }";
      }
      case 9:
        return "call pay(a) key (a) may ok, declined;";
      case 10:
        return "call pay(a) may pending;";
      case 11:
        if (holds_) return "UPDATE t SET v = v + 1 WHERE id = 1;";
        holds_ = true;
        return "acquire desk(a);";
      case 12:
        return "UPDATE t SET until = now() WHERE id = 1;";
      case 13:
        return sends_ ? "cache> INCR hits;" : "send hook(9);";
      case 14:
        return "effect done(a);";
      default:
        return "UPDATE t SET v = v - 1;";
    }
  }

  static std::string invariants() {
    static const std::vector<std::string> at_end = {
        "SELECT min(v) >= 0 FROM t",
        "SELECT count(*) <= 1 FROM u",
        "SELECT count(*) <= 1 FROM responses WHERE status = 200",
        "SELECT NOT EXISTS (SELECT 1 FROM responses WHERE status = 'crashed')",
        "SELECT (SELECT value FROM cache WHERE key = 'stock')::int >= 0",
        "SELECT count(*) = 0 FROM cache WHERE key = 'lock'",
        "SELECT true"};
    static const std::vector<std::string> throughout = {"SELECT min(v) >= 0 FROM t",
                                                        "SELECT count(*) <= 1 FROM sections",
                                                        "SELECT (SELECT count(*) FROM cache WHERE key = 'lock') <= 1",
                                                        "SELECT count(*) < 2 FROM responses WHERE status = 409"};
    std::string out;
    if (chance(60)) out += "always \"all the time\" { " + pick(throughout) + " }\n";
    return out + "finally \"in the end\" { " + pick(at_end) + " }\n";
  }

  bool holds_ = false;
  bool sends_ = false;
  int locals_ = 0;
};

}  // namespace

std::string random_scenario_with_faults() { return Scenario().write(); }

}  // namespace gapless::agree
