// The operations of an execution stand there as SQL with literal values already. What goes beyond that: the tables as
// their author wrote them, a ROLLBACK where a failed request ends, and the choice of a deadlock's victim, which
// isolationtester makes by deadlock_timeout.
#include "spec/export.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "model/words.h"
#include "spec/program.h"
#include "spec/tester.h"
#include "spec/words.h"
#include "sql/scan.h"

namespace gapless::spec {
namespace {

[[noreturn]] void refuse(const model::Model& model, std::string message) {
  throw ModelError(Diagnostic{model.file, 0, 0, std::move(message), ""});
}

const model::Database& only_database(const model::Model& model) {
  // What is not PostgreSQL's, or is the world's to decide, no tool of PostgreSQL's can play.
  if (!model.keyvalues.empty()) refuse(model, "a schedule on Redis cannot be exported for PostgreSQL's tools");
  if (!model.documents.empty())
    refuse(model, "a schedule on a document database cannot be exported for PostgreSQL's tools");
  if (model.clock.size() > 1) refuse(model, "a schedule in which the clock advances cannot be exported");
  for (const auto& database : model.databases) {
    using Kind = model::Database::Kind;
    if (database.kind == Kind::memory) refuse(model, "a schedule with memory of a process cannot be exported");
    if (database.kind == Kind::replica) refuse(model, "a schedule with a read replica cannot be exported");
    if (database.kind == Kind::locks) refuse(model, "a schedule with application locks cannot be exported");
  }
  if (model.databases.size() != 1) {
    refuse(model, fmt::format("the model has {} databases; only one of a single database can be exported",
                              model.databases.size()));
  }
  return model.databases.front();
}

// One statement a line, without comments.
std::vector<std::string> setup_of(const model::Database& database) {
  const auto source = make_source("<database>", database.text);
  std::vector<std::string> statements;
  for (std::size_t at = 0; at < database.text.size();) {
    const auto end = std::min<std::size_t>(sql::find_end(source, static_cast<Offset>(at), ";"), database.text.size());
    auto statement = sql::fold_space(std::string_view(database.text).substr(at, end - at));
    if (!statement.empty()) statements.push_back(std::move(statement) + ";");
    at = end + 1;
  }
  return statements;
}

std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

// A comment goes to the end of its line.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return text;
}

// What happens elsewhere than on the server.
bool is_call(const model::Step& step) {
  return step.operation.starts_with("call ") || step.operation.starts_with("send ") ||
         step.operation.starts_with("await ");
}

bool is_operation(const model::Step& step) { return step.kind == model::Step::Kind::operation; }

// A session of theirs is neither cut off nor begun again.
void refuse_faults(const model::Model& model, const model::Execution& execution) {
  const auto fault = std::ranges::find_if_not(execution.steps, is_operation);
  if (fault == execution.steps.end()) return;
  const auto whose = fault->actor == 0 ? "" : fmt::format("actor {} ", fault->actor);
  refuse(model, fmt::format("step {} is no statement ({}{}); such a schedule cannot be exported",
                            fault - execution.steps.begin() + 1, whose, model::words(*fault)));
}

// The statements of a step, as their first words in upper case tell them.
std::vector<std::string> commands_of(const std::string& operation) {
  std::vector<std::string> commands;
  bool begins = true;
  for (const auto& word : words_of(operation)) {
    if (begins) commands.push_back(word.text);
    begins = word.is(";");
  }
  return commands;
}

// Whether each actor is in a transaction block, step by step.
class Blocks {
 public:
  explicit Blocks(std::size_t actors) : open_(actors + 1) {}

  void note(const model::Step& step) {
    if (is_call(step)) return;
    const auto commands = commands_of(step.operation);
    const auto has = [&](std::string_view name) { return std::ranges::find(commands, name) != commands.end(); };
    if (has("begin") || has("start")) open_[step.actor] = true;
    const bool to_savepoint = has("rollback") && ends_at_savepoint(step.operation);
    if (has("commit") || has("end") || has("abort") || (has("rollback") && !to_savepoint)) open_[step.actor] = false;
  }
  bool open(std::size_t actor) const { return open_[actor]; }

 private:
  static bool ends_at_savepoint(const std::string& operation) {
    const auto words = words_of(operation);
    return std::ranges::any_of(words, [](const Word& word) { return word.is("to"); });
  }

  std::vector<bool> open_;
};

// One thing that somebody sends, in order.
struct Sent {
  std::size_t actor = 0;
  std::string name;
  std::string sql;
  std::string remark;
  std::optional<std::size_t> step;  // in the execution; none for what only export adds
};

bool rolls_back_next(const model::Execution& execution, std::size_t after) {
  for (std::size_t i = after + 1; i < execution.steps.size(); ++i) {
    const auto& step = execution.steps[i];
    if (step.actor != execution.steps[after].actor) continue;
    const auto commands = commands_of(step.operation);
    return !commands.empty() && (commands.front() == "rollback" || commands.front() == "abort");
  }
  return false;
}

std::string remark_of(const model::Step& step) {
  std::string text = joined(step.effects, ", ");
  if (!step.response.empty()) text += (text.empty() ? "" : "; ") + ("responds " + step.response);
  return one_line(std::move(text));
}

// Where the default is another one, BEGIN alone would not mean READ COMMITTED any more.
std::string with_level(const model::Model& model, const std::string& operation) {
  constexpr std::string_view bare = "BEGIN; ";
  if (model.isolation == store::Isolation::read_committed || !operation.starts_with(bare)) return operation;
  return "BEGIN ISOLATION LEVEL READ COMMITTED; " + operation.substr(bare.size());
}

std::vector<Sent> sent_by(const model::Model& model, const model::Execution& execution) {
  std::vector<Sent> all;
  std::vector<std::size_t> counts(execution.actors.size() + 1);
  Blocks blocks(execution.actors.size());
  for (std::size_t i = 0; i < execution.steps.size(); ++i) {
    const auto& step = execution.steps[i];
    if (!step.resumes && !is_call(step)) {
      const auto name = fmt::format("a{}_{}", step.actor, ++counts[step.actor]);
      all.push_back({step.actor, name, with_level(model, step.operation) + ";", remark_of(step), i});
    }
    blocks.note(step);
    if (step.failed && blocks.open(step.actor) && !rolls_back_next(execution, i)) {
      all.push_back({step.actor, fmt::format("a{}_{}", step.actor, ++counts[step.actor]), "ROLLBACK;",
                     "the request ends with the error", std::nullopt});
      model::Step rollback;
      rollback.actor = step.actor;
      rollback.operation = "ROLLBACK";
      blocks.note(rollback);
    }
  }
  return all;
}

// -------------------------------------------------------------------------------------------- isolationtester

std::set<std::size_t> victims(const model::Execution& execution) {
  std::set<std::size_t> actors;
  for (const auto& step : execution.steps) {
    if (step.failed && step.observation.starts_with("deadlock_detected")) actors.insert(step.actor);
  }
  return actors;
}

std::string session_setup(const model::Model& model, const std::set<std::size_t>& deadlock_victims, std::size_t actor) {
  std::string text;
  if (model.isolation != store::Isolation::read_committed) {
    text += fmt::format(" SET default_transaction_isolation = '{}';", store::to_string(model.isolation));
  }
  if (!deadlock_victims.empty()) {
    text += fmt::format(" SET deadlock_timeout = '{}';", deadlock_victims.contains(actor) ? "100ms" : "10s");
  }
  return text.empty() ? "" : "setup {" + text + " }\n";
}

// Every row, in an order that does not depend on the server.
std::string look_at(const sql::Table& table) {
  std::vector<std::string> numbers;
  for (std::size_t i = 1; i <= table.columns.size(); ++i) numbers.push_back(std::to_string(i));
  return fmt::format("SELECT * FROM {} ORDER BY {};", quoted(table.name), joined(numbers, ", "));
}

std::string preamble(const model::Model& model, const model::Execution& execution, std::string_view mark) {
  std::string text =
      fmt::format("{} {}, {}: {} at {}.\n", mark, model.scenario, model.variant,
                  execution.actors.size() == 1 ? "1 request" : fmt::format("{} requests", execution.actors.size()),
                  store::to_string(model.isolation));
  if (!execution.violated.empty()) {
    text += fmt::format("{} What breaks: {}\n", mark, one_line(execution.violated));
    for (const auto& [expression, value] : execution.values) {
      text += fmt::format("{}   {} is {}\n", mark, one_line(expression), one_line(value));
    }
  }
  return text;
}

void refuse_brace(const model::Model& model, const std::string& sql) {
  if (sql.find('}') != std::string::npos) {
    refuse(model, "a test for isolationtester cannot hold SQL with a closing brace: " + sql);
  }
}

}  // namespace

std::string to_isolationtester(const model::Model& model, const model::Execution& execution) {
  const auto& database = only_database(model);
  refuse_faults(model, execution);
  const auto sent = sent_by(model, execution);
  const auto deadlock_victims = victims(execution);
  auto text = preamble(model, execution, "#") +
              "# Run it with: isolationtester \"dbname=scratch\" < THIS-FILE   (or: gapless spec THIS-FILE)\n";
  if (!deadlock_victims.empty()) {
    text += "# deadlock_timeout says who is the victim; only a superuser may set it.\n";
  }
  text += "\nsetup\n{\n";
  for (const auto& statement : setup_of(database)) {
    refuse_brace(model, statement);
    text += "  " + statement + "\n";
  }
  std::vector<std::string> tables;
  for (const auto& table : database.catalog.tables) tables.push_back(quoted(table.name));
  text +=
      "}\n\nteardown\n{\n  " + (tables.empty() ? "" : fmt::format("DROP TABLE {};", joined(tables, ", "))) + "\n}\n";

  for (std::size_t actor = 1; actor <= execution.actors.size(); ++actor) {
    if (std::ranges::find(sent, actor, &Sent::actor) == sent.end()) continue;  // a session has a step at least
    text += fmt::format("\nsession a{}   # {}\n", actor, one_line(execution.actors[actor - 1])) +
            session_setup(model, deadlock_victims, actor);
    for (const auto& each : sent) {
      if (each.actor != actor) continue;
      refuse_brace(model, each.sql);
      text +=
          fmt::format("step {} {{ {} }}{}\n", each.name, each.sql, each.remark.empty() ? "" : "   # " + each.remark);
    }
  }
  text += "\nsession after\n";
  std::string looks;
  for (std::size_t i = 0; i < database.catalog.tables.size(); ++i) {
    if (database.catalog.tables[i].columns.empty()) continue;
    text += fmt::format("step after_{} {{ {} }}\n", i + 1, look_at(database.catalog.tables[i]));
    looks += fmt::format(" after_{}", i + 1);
  }
  if (looks.empty()) {
    text += "step after_0 { SELECT 1; }\n";
    looks = " after_0";
  }
  text += "\npermutation";
  for (const auto& each : sent) text += " " + each.name;
  return text + looks + "\n";
}

std::string why_not_forced(const std::string& test, const model::Model& model, const model::Execution& execution) {
  const auto program = compile(read_specification(make_source("<exported>", test)));
  const auto transcript = run(program, nullptr);
  check(transcript.runs.size() == 1, "an exported test has one permutation");
  const auto sent = sent_by(model, execution);
  for (const auto& each : sent) {
    if (!each.step) continue;
    const auto& step = execution.steps[*each.step];
    // How it came out, after however many waits.
    bool failed = step.failed;
    bool waits_for_ever = step.starts_waiting;  // then the tester cancels it in the end
    for (auto i = *each.step + 1; i < execution.steps.size(); ++i) {
      if (execution.steps[i].actor != step.actor) continue;
      if (!execution.steps[i].resumes) break;
      failed = execution.steps[i].failed;
      waits_for_ever = execution.steps[i].starts_waiting;
    }
    bool waits = false;
    bool fails = false;
    for (const auto& report : transcript.runs.front().reports) {
      if (report.kind == Report::Kind::outside || report.kind == Report::Kind::notice) continue;
      if (program.specification.steps[report.step].name != each.name) continue;
      waits = waits || report.kind == Report::Kind::waiting;
      fails = fails || std::ranges::any_of(report.results, [](const Result& result) { return !result.error.empty(); });
    }
    if (waits != step.starts_waiting || (fails != failed && !waits_for_ever)) {
      return fmt::format(
          "{} comes out otherwise when the test is run: a server goes on with a waiting statement as soon as it can, "
          "and "
          "in this schedule somebody overtakes it",
          each.name);
    }
  }
  return {};
}

// ------------------------------------------------------------------------------------------------------- script

namespace {

std::string seen(const model::Step& step) {
  std::string text;
  if (step.starts_waiting) {
    text = "waits";
    std::vector<std::string> holders;
    for (const auto actor : step.waits_for) holders.push_back(std::to_string(actor));
    if (!holders.empty()) text += " for terminal " + joined(holders, " and ");
  } else if (step.failed) {
    text = "fails: " + step.observation;
  } else {
    text = "sees: " + step.observation;
  }
  const auto remark = remark_of(step);
  return one_line(text + (remark.empty() ? "" : "; " + remark));
}

}  // namespace

std::string to_script(const model::Model& model, const model::Execution& execution) {
  only_database(model);
  refuse_faults(model, execution);
  auto text =
      preamble(model, execution, "--") +
      fmt::format("-- For {} psql on one scratch database. Type each statement into its terminal, in this order.\n",
                  execution.actors.size());
  text += "\n-- Before: in any terminal.\n";
  for (const auto& statement : setup_of(only_database(model))) text += statement + "\n";
  for (std::size_t actor = 1; actor <= execution.actors.size(); ++actor) {
    text += fmt::format("\n-- Terminal {}: {}", actor, one_line(execution.actors[actor - 1]));
    if (model.isolation != store::Isolation::read_committed) {
      text += fmt::format("\nSET default_transaction_isolation = '{}';", store::to_string(model.isolation));
    }
  }
  text += "\n";
  const auto sent = sent_by(model, execution);
  auto next = sent.begin();
  std::size_t number = 0;
  const auto type = [&](const Sent& each) {
    text += fmt::format("\n-- {}. Terminal {}\n{}\n", ++number, each.actor, each.sql);
  };
  for (std::size_t i = 0; i < execution.steps.size(); ++i) {
    const auto& step = execution.steps[i];
    if (step.resumes) {
      text += fmt::format("\n-- Terminal {} goes on with what it waited in.\n", step.actor);
    } else if (is_call(step)) {
      text += fmt::format("\n-- Request {} calls: {}\n", step.actor, one_line(step.operation));
    } else {
      type(*next++);
    }
    text += fmt::format("--    Terminal {} {}\n", step.actor, seen(step));
    while (next != sent.end() && !next->step) type(*next++);
    if (!execution.violated.empty() && execution.violated_at == i) {
      text += fmt::format("--    Broken: {}\n", one_line(execution.violated));
    }
  }
  text += "\n-- Afterwards: in any terminal.\n";
  for (const auto& table : model.databases.front().catalog.tables) {
    if (!table.columns.empty()) text += look_at(table) + "\n";
  }
  for (const auto& table : model.databases.front().catalog.tables) {
    text += fmt::format("-- DROP TABLE {} CASCADE;\n", quoted(table.name));
  }
  return text;
}

}  // namespace gapless::spec
