// What goes beyond one database: calls, messages, Redis, locks, sections, waiting.
#include <algorithm>
#include <array>
#include <utility>

#include "scenario/compiler.h"
#include "scenario/hints.h"
#include "scenario/name.h"
#include "scenario/redis.h"
#include "sql/bind.h"
#include "store/prepare.h"
#include "store/relational/walk.h"

namespace gapless::scenario {
namespace {

using sql::Expression;

std::string list_of(const std::vector<std::string>& texts) {
  std::string result;
  for (const auto& text : texts) result += (result.empty() ? "'" : ", '") + text + "'";
  return result;
}

std::shared_ptr<const sql::Statement> lock_statement(const char* function) {
  return store::prepare("SELECT " + std::string(function) + "(:key)", {}, "<lock>");
}

bool is_clock(const Expression& expression) {
  if (expression.kind != Expression::Kind::function) return false;
  return expression.function == sql::Function::now || expression.function == sql::Function::clock_timestamp ||
         expression.function == sql::Function::statement_timestamp;
}

bool locks_advisory(const Expression& expression) {
  return expression.kind == Expression::Kind::function && expression.function >= sql::Function::advisory_lock &&
         expression.function <= sql::Function::advisory_unlock_all;
}

bool locks_something(const sql::Statement& statement) {
  bool found = false;
  store::relational::for_each_query(
      statement, [&](const sql::Select& query) { found = found || query.locking.strength != sql::LockStrength::none; });
  store::relational::for_each_expression(
      statement, [&](const Expression& expression) { found = found || locks_advisory(expression); });
  return found || std::holds_alternative<sql::LockTable>(statement.body);
}

bool only_selects(const sql::Statement& statement) {
  return std::holds_alternative<sql::Select>(statement.body) &&
         std::ranges::all_of(statement.with, [](const sql::CommonTable& element) {
           return std::holds_alternative<sql::Select>(element.body);
         });
}

}  // namespace

// ------------------------------------------------------------------------------------------------------- calls

void Compiler::assign_call(const Assign& assign, const CallText& text) {
  if (!assign.declares) throw ModelError(*source_, text.name.at, "the outcome of a call takes a new name: use `let`");
  const std::size_t instruction = emit_call(text, assign.name.at);
  const std::size_t number = scope_.declare_result(assign.name, Local::Kind::call, {"outcome"});
  scope_.local(number).outcomes = seen_outcomes(text);
  const Variable outcome = scope_.variable_of({assign.name.text + ".outcome", assign.name.at});
  std::get<Call>(emit_.instruction(instruction).body).outcome = outcome;
}

std::size_t Compiler::emit_call(const CallText& text, Offset at) {
  check_outcomes(text);
  Call call{to_lower(text.name.text), ledger_row(text.name, text.arguments), {}, {}, text.forgets, {}};
  for (const Name& outcome : text.outcomes) call.outcomes.push_back(outcome.text);
  if (call.outcomes.empty()) call.outcomes.emplace_back("ok");
  if (!text.key.empty()) call.key = formula(text.key.front());
  return emit_.emit(at, std::move(call));
}

void Compiler::check_outcomes(const CallText& text) {
  static const std::vector<std::string> known = {"ok", "declined", "lost_done", "lost_not_done", "pending"};
  for (auto outcome = text.outcomes.begin(); outcome != text.outcomes.end(); ++outcome) {
    const auto& name = outcome->text;
    if (std::find_if(text.outcomes.begin(), outcome, [&](const Name& each) { return each.text == name; }) != outcome) {
      throw ModelError(*source_, outcome->at, "`" + name + "` is named already");
    }
    if (name == "unknown") {
      throw ModelError(*source_, outcome->at,
                       "`unknown` is what the caller sees of lost_done, lost_not_done and pending: say which of them "
                       "may happen");
    }
    if (name == "key_reused") {
      throw ModelError(*source_, outcome->at,
                       "`key_reused` comes by itself where a key is used again with other arguments");
    }
    if (std::ranges::find(known, name) != known.end()) continue;
    if (sounds_unknown(name)) {
      result_.warnings.push_back(
          diagnostic_at(*source_, outcome->at,
                        "`" + name +
                            "` is an outcome of your own, in which nothing happens for certain; where it is "
                            "not known what has happened, write `lost_done, lost_not_done`"));
      continue;
    }
    if (const std::string near = meant(name, known); !near.empty()) {
      result_.warnings.push_back(diagnostic_at(
          *source_, outcome->at, "`" + name + "` is an outcome of your own, in which nothing happens" + near));
    }
  }
}

std::vector<std::string> Compiler::seen_outcomes(const CallText& text) const {
  std::vector<std::string> seen;
  const auto add = [&](const std::string& outcome) {
    if (std::ranges::find(seen, outcome) == seen.end()) seen.push_back(outcome);
  };
  if (text.outcomes.empty()) add("ok");
  for (const Name& outcome : text.outcomes) {
    const bool lost = outcome.text == "lost_done" || outcome.text == "lost_not_done" || outcome.text == "pending";
    add(lost ? "unknown" : outcome.text);
  }
  if (!text.key.empty()) {
    add("unknown");  // while the first is pending
    add("key_reused");
  }
  return seen;
}

// `r.outcome = 'lost_done'` and the like: an `if` that is never entered.
void Compiler::warn_impossible_outcomes(const Expression& expression, sql::Range range) {
  const bool compares =
      expression.kind == Expression::Kind::in_list ||
      (expression.kind == Expression::Kind::operation &&
       (expression.op == sql::Operator::equal || expression.op == sql::Operator::not_equal ||
        expression.op == sql::Operator::is_distinct || expression.op == sql::Operator::is_not_distinct));
  if (compares) {
    for (const auto& side : expression.arguments) {
      if (side.kind != Expression::Kind::parameter) continue;
      for (const auto& other : expression.arguments) warn_impossible_outcome(side.name, other, range);
    }
  }
  for (const auto& argument : expression.arguments) warn_impossible_outcomes(argument, range);
}

void Compiler::warn_impossible_outcome(const std::string& parameter, const Expression& compared, sql::Range range) {
  const auto* text = std::get_if<std::string>(&compared.value);
  const auto point = parameter.find(".outcome");
  if (compared.kind != Expression::Kind::literal || text == nullptr || point == std::string::npos) return;
  const Local* local = scope_.seen(parameter.substr(0, point));
  if (local == nullptr || local->outcomes.empty()) return;
  const auto& seen = local->outcomes;
  if (std::ranges::find(seen, *text) != seen.end()) return;
  const bool lost = *text == "lost_done" || *text == "lost_not_done" || *text == "pending";
  result_.warnings.push_back(
      diagnostic_at(*source_, range.begin,
                    "`" + parameter + "` is never '" + *text + "'" +
                        (lost ? ": of lost_done, lost_not_done and pending the caller sees 'unknown'" : "") +
                        "; it can be " + list_of(seen)));
}

// ---------------------------------------------------------------------------------------------- messages, waiting

void Compiler::send(const Send& text, Offset at) {
  const auto found =
      std::ranges::find_if(file_.requests, [&](const Request& r) { return r.name.text == text.request.text; });
  if (found == file_.requests.end()) {
    std::vector<std::string> names;
    for (const auto& request : file_.requests) names.push_back(request.name.text);
    throw ModelError(*source_, text.request.at,
                     "there is no request `" + text.request.text + "`" + meant(text.request.text, names));
  }
  if (found->parameters.size() != text.arguments.size()) {
    throw ModelError(*source_, text.request.at,
                     "`" + text.request.text + "` takes " + std::to_string(found->parameters.size()) +
                         (found->parameters.size() == 1 ? " argument" : " arguments") + ", not " +
                         std::to_string(text.arguments.size()));
  }
  SendMessage message{text.request.text, {}};
  for (const auto& argument : text.arguments) message.arguments.push_back(formula(argument));
  result_.sent.push_back({static_cast<std::size_t>(found - file_.requests.begin()), text.request.at});
  emit_.emit(at, std::move(message));
}

void Compiler::await(const Await& text, Offset at) {
  const std::size_t database = database_of(text.condition.database, at, "SELECT …");
  const auto statement = parse(text.condition, database);
  const auto refuse = [&](const std::string& found) {
    throw ModelError(*source_, statement->at, "`await` takes a SELECT of one true or false; this is " + found);
  };
  if (!only_selects(*statement)) refuse("no SELECT");
  if (locks_something(*statement)) throw ModelError(*source_, statement->at, "`await` only looks; it locks nothing");
  if (databases_[database].kind == model::Database::Kind::replica) {
    throw ModelError(*source_, statement->at, "`await` looks at what is committed, and a replica lags behind that");
  }
  if (statement->types.size() != 1) refuse("a query of " + std::to_string(statement->types.size()) + " columns");
  const sql::Type type = statement->types.front();
  if (type != sql::Type::boolean && type != sql::Type::unknown) refuse("of type " + sql::to_string(type));
  AwaitTruth await{database, statement, {}};
  for (const auto& parameter : statement->parameters) {
    await.parameters.push_back(scope_.variable_of({parameter, statement->at}));
  }
  if (databases_[database].process != 0 && world_.processes > 1) result_.code.touches_process = true;
  emit_.emit(at, std::move(await));
}

void Compiler::sleep(const Sleep& text, Offset at) {
  formula(text.duration);
  const bool said = std::exchange(slept_, true);
  if (said) return;
  result_.warnings.push_back(diagnostic_at(
      *source_, at, "`sleep` orders nothing: however long it is, everything may happen before, during and after it"));
}

// ------------------------------------------------------------------------------------------------------- Redis

std::size_t Compiler::keyvalue_of(const Name& name) const {
  const auto found = std::ranges::find(world_.keyvalues, name.text, &model::KeyValue::name);
  if (found == world_.keyvalues.end()) throw ModelError(*source_, name.at, "there is no database `" + name.text + "`");
  return static_cast<std::size_t>(found - world_.keyvalues.begin());
}

void Compiler::assign_command(const Assign& assign, const CommandText& text) {
  const std::string name = command_name(text);
  if (name == "MULTI" || name == "DISCARD") {
    throw ModelError(*source_, assign.name.at, name + " has no reply worth keeping: write it without `let`");
  }
  const std::size_t instruction = emit_command(text);
  define(assign, instruction, name == "EXEC" ? std::vector<std::string>{"value"} : reply_columns(text));
  if (assign.declares) scope_.local(scope_.number_of(assign.name)).is_number = replies_number(text);
}

std::size_t Compiler::emit_command(const CommandText& text) {
  const std::size_t keyvalue = keyvalue_of(text.database);
  const std::string name = command_name(text);
  if (name == "MULTI" || name == "EXEC" || name == "DISCARD") {
    if (text.words.size() > 1) throw ModelError(*source_, text.words[1].at, name + " takes no arguments");
    if (name == "MULTI") return emit_.emit(text.at, Multi{keyvalue});
    return emit_.emit(text.at, Exec{keyvalue, name == "DISCARD", {"value"}, {}});
  }
  check_command(text, *source_);
  RedisCommand command{keyvalue, {}, reply_columns(text), {}, name == "WATCH"};
  for (const auto& each : text.words) command.words.push_back(word(each));
  return emit_.emit(text.at, std::move(command));
}

std::vector<WordPiece> Compiler::word(const CommandWord& text) {
  std::vector<WordPiece> pieces;
  for (const auto& piece : text.pieces) {
    if (!piece.expression) {
      const auto is_local = [&](std::string_view name) { return scope_.is_local(name); };
      warn_colon(piece.text, text.at, is_local, *source_, result_.warnings);
      pieces.emplace_back(piece.text);
      continue;
    }
    try {
      pieces.emplace_back(formula(*piece.expression));
    } catch (const ModelError& error) {
      Diagnostic diagnostic = error.diagnostic();
      diagnostic.message += " (in a Redis command `{ }` holds an expression; a brace is written twice: `{{`)";
      throw ModelError(std::move(diagnostic));
    }
  }
  return pieces;
}

// ------------------------------------------------------------------------------------------------------- locks

const Lock& Compiler::lock_of(const Name& name) const {
  const auto found = std::ranges::find(world_.locks, name.text, &Lock::name);
  if (found != world_.locks.end()) return *found;
  std::vector<std::string> names;
  for (const auto& lock : world_.locks) names.push_back(lock.name);
  const std::string near = meant(name.text, names);
  throw ModelError(
      *source_, name.at,
      "there is no lock `" + name.text + "`" + (near.empty() ? ": declare it, `lock " + name.text + "`" : near));
}

Variable Compiler::name_lock(const Name& name, const std::vector<sql::Range>& arguments, Offset at) {
  const Variable variable = scope_.fresh("." + name.text);
  NameLock lock{name.text, {}, variable};
  for (const auto& argument : arguments) lock.arguments.push_back(formula(argument));
  emit_.emit(at, std::move(lock));
  return variable;
}

std::size_t Compiler::emit_acquire(const Lock& lock, Variable variable, bool nowait, Offset at) {
  result_.code.touches_process = result_.code.touches_process || (lock.per_process && world_.processes > 1);
  return emit_.emit(at, Acquire{*world_.locks_database,
                                lock_statement(nowait ? "pg_try_advisory_lock" : "pg_advisory_lock"),
                                variable,
                                lock.per_process,
                                {}});
}

void Compiler::emit_release(const Lock& lock, Variable variable, Offset at) {
  result_.code.touches_process = result_.code.touches_process || (lock.per_process && world_.processes > 1);
  emit_.emit(at, Release{*world_.locks_database, lock_statement("pg_advisory_unlock"), variable, lock.per_process});
}

void Compiler::acquire(const AcquireText& text, Offset at) {
  const Lock& lock = lock_of(text.lock);
  if (text.nowait) {
    throw ModelError(*source_, at,
                     "whether `nowait` got the lock must be kept: `let got = acquire " + text.lock.text +
                         "(…) nowait;`, then `got.acquired`");
  }
  emit_acquire(lock, name_lock(text.lock, text.arguments, at), false, at);
}

void Compiler::assign_acquire(const Assign& assign, const AcquireText& text) {
  const Lock& lock = lock_of(text.lock);
  if (!assign.declares) {
    throw ModelError(*source_, text.lock.at, "what `acquire` came to takes a new name: use `let`");
  }
  if (!text.nowait) {
    throw ModelError(*source_, assign.name.at,
                     "without `nowait` it waits until it has the lock, and there is nothing to keep: write `acquire " +
                         text.lock.text + "(…);`");
  }
  const Variable variable = name_lock(text.lock, text.arguments, assign.name.at);
  const std::size_t instruction = emit_acquire(lock, variable, true, assign.name.at);
  scope_.declare_result(assign.name, Local::Kind::call, {"acquired"});
  const Variable acquired = scope_.variable_of({assign.name.text + ".acquired", assign.name.at});
  std::get<Acquire>(emit_.instruction(instruction).body).acquired = acquired;
}

void Compiler::release(const ReleaseText& text, Offset at) {
  const Lock& lock = lock_of(text.lock);
  emit_release(lock, name_lock(text.lock, text.arguments, at), at);
}

// What is released is what was acquired, whatever the block does to the locals.
void Compiler::hold(const Hold& text, Offset at) {
  const Lock& lock = lock_of(text.lock.lock);
  const Variable variable = name_lock(text.lock.lock, text.lock.arguments, at);
  emit_acquire(lock, variable, false, at);
  with_finally([&] { block(text.block, Names::linger); }, [&] { emit_release(lock, variable, at); }, at);
}

// ---------------------------------------------------------------------------------------------------- sections

//   enter
//   block
//   leave
//   → done
// H: leave
//   throw
// done:
void Compiler::section(const InSection& text, Offset at) {
  const Handler outer = emit_.handler();
  const Handler failed{emit_.label(), scope_.fresh(".error")};
  const auto done = emit_.label();
  emit_.emit(at, EnterSection{text.name.text});
  emit_.set_handler(failed);
  regions_.push_back({Region::Kind::section, outer, 0, 0, 0, {}});
  block(text.block, Names::linger);
  regions_.pop_back();

  emit_.set_handler(outer);
  emit_.emit(at, LeaveSection{});
  emit_.emit(at, Jump{done});
  emit_.place(failed.target);
  emit_.emit(at, LeaveSection{});
  emit_.emit(at, Throw{failed.error});
  emit_.place(done);
}

// ----------------------------------------------------------------------------------------------------- refusals

// What a memory or a replica cannot do.
void Compiler::check_target(const sql::Statement& statement, std::size_t database) const {
  const auto& target = databases_[database];
  const auto refuse = [&](const std::string& why) {
    throw ModelError(*source_, statement.at, "`" + target.name + "` is " + why);
  };
  const bool of_session = std::holds_alternative<sql::Transaction>(statement.body) ||
                          std::holds_alternative<sql::SetVariable>(statement.body);
  if (target.kind == model::Database::Kind::memory) {
    if (of_session) refuse("memory and has no transactions: each statement is atomic by itself");
    if (locks_something(statement)) refuse("memory and has no locks: take a `lock … per process`");
  } else if (target.kind == model::Database::Kind::replica) {
    if (of_session) refuse("a replica: it takes SELECTs outside transactions only");
    if (!only_selects(statement))
      refuse("a replica: it is written to through `" + databases_[target.primary].name + "`");
    if (locks_something(statement)) refuse("a replica: nothing is locked there");
  }
}

void Compiler::refuse_now(const Expression& expression) const {
  if (is_clock(expression)) {
    throw ModelError(
        *source_, expression.at,
        "where there is a `clock`, time is read by a statement: `let t = SELECT now() AS at;`, then `t.at`");
  }
  for (const auto& argument : expression.arguments) refuse_now(argument);
}

}  // namespace gapless::scenario
