// Names, statements and expressions.
#include "scenario/compile.h"

#include <algorithm>
#include <utility>

#include "actor/tracking.h"
#include "base/check.h"
#include "scenario/claims.h"
#include "scenario/compiler.h"
#include "scenario/flow.h"
#include "scenario/hints.h"
#include "scenario/liveness.h"
#include "scenario/redis.h"
#include "sql/bind.h"
#include "store/relational/walk.h"

namespace gapless::scenario {
namespace {

// The first name that is no local, if there is one.
const sql::Expression* first_column(const sql::Expression& expression) {
  if (expression.kind == sql::Expression::Kind::column) return &expression;
  for (const auto& argument : expression.arguments) {
    if (const auto* found = first_column(argument)) return found;
  }
  return nullptr;
}

// Evaluation is recursive and happens on the small stack of an actor's fiber.
constexpr std::size_t deepest_expression = 100;

std::size_t depth_of(const sql::Expression& expression) {
  std::size_t deepest = 0;
  for (const auto& argument : expression.arguments) deepest = std::max(deepest, depth_of(argument));
  return deepest + 1;
}

// Which transactions that meant would depend on what ran before.
[[noreturn]] void refuse_session_level(const SourceText& source, Offset at) {
  throw ModelError(source, at,
                   "the level of a whole session is not set by a statement here: write `at \"serializable\"` at the "
                   "request, the variant or the `transaction`");
}

std::vector<Keep>& keeps_of(Instruction& instruction) {
  if (auto* perform = std::get_if<Perform>(&instruction.body)) return perform->keeps;
  if (auto* command = std::get_if<RedisCommand>(&instruction.body)) return command->keeps;
  if (auto* request = std::get_if<DocumentRequest>(&instruction.body)) return request->keeps;
  return std::get<Exec>(instruction.body).keeps;
}

const sql::Expression& expression_of(const sql::Statement& statement) {
  return std::get<sql::Select>(statement.body).targets.front().expression;
}

}  // namespace

Compiled compile(const Source& source, const World& world, const File& file, const Request& request,
                 const VariantText& variant, store::Isolation level, Ledgers& ledgers) {
  return Compiler(source, world, file, level, ledgers).run(request, variant);
}

Compiler::Compiler(const Source& source, const World& world, const File& file, store::Isolation level, Ledgers& ledgers)
    : source_(source),
      world_(world),
      file_(file),
      databases_(world.databases),
      level_(level),
      ledgers_(ledgers),
      scope_(*source, result_.warnings),
      emit_(*source) {}

Compiled Compiler::run(const Request& request, const VariantText& variant) {
  declare_parameters(request);
  status_ = scope_.fresh(".status");
  top_ = {emit_.label(), scope_.fresh(".uncaught")};
  emit_.set_handler(top_);

  const Offset at = variant.name.at;
  block(variant.block);
  emit_.emit(at, Constant{std::string("200"), status_});
  go_out(Way::respond, 0, at);
  emit_.place(top_.target);
  emit_.emit(at, Fail{top_.error});

  keep_fields();
  result_.code.source = source_;
  result_.code.databases = databases_.size();
  result_.code.keyvalues = world_.keyvalues.size();
  result_.code.documents = world_.documents.size();
  for (const auto& database : databases_) result_.code.per_process.push_back(database.process != 0);
  result_.code.variables = scope_.variables();
  result_.code.instructions = emit_.finish();
  find_live_variables(result_.code);
  forget_unread();
  const auto warnings = check_redis(result_.code);
  result_.warnings.insert(result_.warnings.end(), warnings.begin(), warnings.end());
  return std::move(result_);
}

// `me` costs symmetry, so only a request that reads it has it; likewise the others.
void Compiler::forget_unread() {
  std::vector<bool> read(result_.code.variables.size());
  for (const auto& instruction : result_.code.instructions) {
    for (const Variable variable : flow_of(instruction, 0).reads) read[variable] = true;
  }
  for (auto* each : {&result_.code.me, &result_.code.process, &result_.code.attempt}) {
    if (!read[**each]) each->reset();
  }
}

void Compiler::declare_parameters(const Request& request) {
  for (const Name& parameter : request.parameters) {
    scope_.declare_scalar(parameter);
    result_.code.parameters.push_back(parameter.text);
  }
  const auto declare = [&](const char* name) {
    return scope_.local(scope_.declare_scalar({name, request.name.at}, true)).variable;
  };
  result_.code.me = declare("me");
  result_.code.process = declare("process");
  result_.code.attempt = declare("attempt");
}

// -------------------------------------------------------------------------------------------------- statements

void Compiler::statement(const Statement& statement) {
  const Offset at = statement.at;
  struct {
    Compiler& self;
    Offset at;
    void operator()(const SqlText& text) const { self.perform(text, at); }
    void operator()(const CallText& text) const { self.emit_call(text, at); }
    void operator()(const Assign& assign) const { self.assign(assign); }
    void operator()(const If& each) const { self.if_(each); }
    void operator()(const For& each) const { self.for_(each, at); }
    void operator()(const Respond& each) const { self.respond(each, at); }
    void operator()(const InTransaction& each) const { self.transaction(each, at); }
    void operator()(const EffectText& text) const { self.effect(text, at); }
    void operator()(const Retry& each) const { self.retry(each, at); }
    void operator()(const Again& /*unused*/) const { self.again(at); }
    void operator()(const Try& each) const { self.try_(each, at); }
    void operator()(const CommandText& text) const { self.emit_command(text); }
    void operator()(const AcquireText& text) const { self.acquire(text, at); }
    void operator()(const ReleaseText& text) const { self.release(text, at); }
    void operator()(const Hold& each) const { self.hold(each, at); }
    void operator()(const InSection& each) const { self.section(each, at); }
    void operator()(const Send& each) const { self.send(each, at); }
    void operator()(const Await& each) const { self.await(each, at); }
    void operator()(const Sleep& each) const { self.sleep(each, at); }
    void operator()(const DocumentText& text) const { self.emit_request(text); }
  } const compile_it{*this, at};
  std::visit(compile_it, statement.body);
}

void Compiler::perform(const SqlText& text, Offset at) {
  if (leave_transaction_of_documents(text)) return;
  const std::size_t database = database_of(text.database, at, "UPDATE …");
  auto statement = parse(text, database);
  if (const auto* command = std::get_if<sql::Transaction>(&statement->body)) {
    transaction_command(database, *command, statement);
  } else if (const auto* variable = std::get_if<sql::SetVariable>(&statement->body)) {
    set_variable(database, *variable, statement);
  } else {
    emit_perform(database, std::move(statement));
  }
}

void Compiler::transaction_command(std::size_t database, const sql::Transaction& command,
                                   std::shared_ptr<const sql::Statement> statement) {
  const Offset at = statement->at;
  using Command = sql::TransactionCommand;
  switch (command.command) {
    case Command::begin:
      begin(database, command, at);
      return;
    case Command::set_transaction:
      if (command.session) refuse_session_level(*source_, at);
      [[fallthrough]];
    case Command::savepoint:
    case Command::release:
      emit_.emit(at, Defer{database, std::move(statement)});
      return;
    case Command::commit:
    case Command::rollback:
    case Command::rollback_to:
      break;
  }
  emit_perform(database, std::move(statement));
}

void Compiler::begin(std::size_t database, const sql::Transaction& command, Offset at) {
  if (in_transaction(database)) {
    throw ModelError(*source_, at, "BEGIN inside `transaction { }`: it is open already");
  }
  Begin begin{database, false, level_, command.read_only.value_or(false), command.deferrable.value_or(false)};
  if (!command.isolation.empty()) begin.level = actor::level_named(command.isolation);
  emit_.emit(at, begin);
  begun_ = true;
}

void Compiler::set_variable(std::size_t database, const sql::SetVariable& command,
                            std::shared_ptr<const sql::Statement> statement) {
  const Offset at = statement->at;
  if (command.name == "default_transaction_isolation") refuse_session_level(*source_, at);
  emit_.emit(at, Defer{database, std::move(statement)});
}

void Compiler::assign(const Assign& assign) {
  if (const auto* text = std::get_if<SqlText>(&assign.value)) {
    assign_statement(assign, *text);
  } else if (const auto* call = std::get_if<CallText>(&assign.value)) {
    assign_call(assign, *call);
  } else if (const auto* command = std::get_if<CommandText>(&assign.value)) {
    assign_command(assign, *command);
  } else if (const auto* acquired = std::get_if<AcquireText>(&assign.value)) {
    assign_acquire(assign, *acquired);
  } else if (const auto* request = std::get_if<DocumentText>(&assign.value)) {
    assign_request(assign, *request);
  } else {
    assign_formula(assign, std::get<sql::Range>(assign.value));
  }
}

void Compiler::assign_statement(const Assign& assign, const SqlText& text) {
  const std::size_t database = database_of(text.database, text.range.begin, "SELECT …");
  auto statement = parse(text, database);
  const auto columns = statement->columns;
  define(assign, emit_perform(database, std::move(statement)), columns);
}

void Compiler::define(const Assign& assign, std::size_t instruction, const std::vector<std::string>& columns) {
  if (assign.declares) {
    definitions_.push_back({instruction, scope_.declare_result(assign.name, Local::Kind::result, columns)});
    return;
  }
  const std::size_t number = scope_.number_of(assign.name);
  const Local& local = scope_.local(number);
  if (local.kind != Local::Kind::result || local.columns != columns) {
    throw ModelError(*source_, assign.name.at,
                     "`" + assign.name.text +
                         "` was no result of a statement with the same columns before; use `let` "
                         "and another name");
  }
  definitions_.push_back({instruction, number});
}

void Compiler::assign_formula(const Assign& assign, sql::Range range) {
  Formula value = formula(range);
  if (assign.declares) {
    const std::size_t number = scope_.declare_scalar(assign.name);
    emit_.emit(assign.name.at, Compute{std::move(value), scope_.local(number).variable});
    return;
  }
  const Local& local = scope_.local(scope_.number_of(assign.name));
  if (local.read_only) throw ModelError(*source_, assign.name.at, "`" + assign.name.text + "` cannot be set");
  if (local.kind != Local::Kind::scalar) {
    throw ModelError(*source_, assign.name.at,
                     "`" + assign.name.text +
                         "` is the result of a statement; it can be set "
                         "to another statement's, not to a value");
  }
  emit_.emit(assign.name.at, Compute{std::move(value), local.variable});
}

void Compiler::effect(const EffectText& text, Offset at) {
  const bool inside =
      std::ranges::any_of(regions_, [](const Region& region) { return region.kind == Region::Kind::transaction; });
  if (inside) result_.effects_in_transaction.push_back(at);
  emit_.emit(at, Emit{to_lower(text.name.text), ledger_row(text.name, text.arguments)});
}

std::vector<Formula> Compiler::ledger_row(const Name& name, const std::vector<sql::Range>& arguments) {
  std::vector<Formula> values;
  for (const auto& argument : ledgers_.add(name, arguments)) values.push_back(formula(argument.expression));
  return values;
}

// -------------------------------------------------------------------------------------------------------- SQL

std::size_t Compiler::database_of(const std::optional<Name>& prefix, Offset at, std::string_view example) const {
  const auto is_locks = [](const model::Database& each) { return each.kind == model::Database::Kind::locks; };
  if (prefix) {
    std::vector<std::string> names;
    for (std::size_t number = 0; number < databases_.size(); ++number) {
      if (is_locks(databases_[number])) continue;
      names.push_back(databases_[number].name);
      if (names.back() == prefix->text) return number;
    }
    for (const auto& keyvalue : world_.keyvalues) {
      names.push_back(keyvalue.name);
      if (keyvalue.name != prefix->text) continue;
      throw ModelError(*source_, prefix->at,
                       "`" + prefix->text + "` is a Redis database: it takes commands, and none can stand here");
    }
    for (const auto& documents : world_.documents) {
      names.push_back(documents.name);
      if (documents.name == prefix->text) refuse_sql(documents, prefix->at);
    }
    const std::string near = sql::did_you_mean(prefix->text, names);
    throw ModelError(
        *source_, prefix->at,
        "there is no database `" + prefix->text + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
  }
  for (std::size_t i = regions_.size(); i-- > 0;) {
    const bool of_sql = regions_[i].kind == Region::Kind::transaction && regions_[i].database < databases_.size();
    if (of_sql) return regions_[i].database;
  }
  if (world_.only_database) return *world_.only_database;
  if (databases_.empty() || is_locks(databases_.front())) {
    if (world_.keyvalues.empty() && !world_.documents.empty()) refuse_sql(world_.documents.front(), at);
    throw ModelError(*source_, at,
                     world_.keyvalues.empty() ? "this scenario has no database"
                                              : "this scenario has no database for SQL; a Redis command begins with `" +
                                                    world_.keyvalues.front().name + ">`");
  }
  throw ModelError(*source_, at,
                   "there are several databases: say which one is meant, as in `" + databases_.front().name + "> " +
                       std::string(example) + "`");
}

std::shared_ptr<const sql::Statement> Compiler::parse(const SqlText& text, std::size_t database) {
  auto statement = sql::parse_statement(source_, text.range);
  for (const auto& parameter : statement.parameters) scope_.variable_of({parameter, place_of(parameter, text.range)});
  if (const auto* command = std::get_if<sql::Transaction>(&statement.body)) refuse_lock_name(*command);
  check_target(statement, database);
  const auto is_local = [&](std::string_view name) { return scope_.is_local(name); };
  warn_compared_with_itself(statement, is_local, *source_, result_.warnings);
  try {
    sql::bind(statement, databases_[database].catalog);
  } catch (const ModelError& error) {
    throw with_local(error, is_local);
  }
  const bool transactional = databases_[database].kind == model::Database::Kind::postgres;
  if (transactional && !begun_ && !in_transaction(database)) {
    warn_lock_is_gone(statement, *source_, result_.warnings);
    result_.overlaps.push_back({statement.at, database, tables_beside(statement)});
  }
  store::relational::for_each_expression(
      statement, [&](const sql::Expression& expression) { warn_equals_null(expression, *source_, result_.warnings); });
  if (statement.limit_without_order) {
    result_.warnings.push_back(
        diagnostic_at(*source_, statement.at,
                      "LIMIT without ORDER BY: which rows come is the server's choice; here they come by "
                      "primary key"));
  }
  return std::make_shared<const sql::Statement>(std::move(statement));
}

std::size_t Compiler::emit_perform(std::size_t database, std::shared_ptr<const sql::Statement> statement) {
  const auto& target = databases_[database];
  const bool has_levels = target.kind == model::Database::Kind::postgres;
  if (target.process != 0 && world_.processes > 1) result_.code.touches_process = true;
  Perform perform{database, std::move(statement), {}, has_levels ? level_ : store::Isolation::read_committed, {}};
  for (const auto& parameter : perform.statement->parameters) {
    perform.parameters.push_back(scope_.variable_of({parameter, perform.statement->at}));
  }
  const Offset at = perform.statement->at;
  return emit_.emit(at, std::move(perform));
}

Formula Compiler::formula(sql::Range range) {
  const auto is_local = [&](std::string_view name) { return scope_.is_local(name.substr(0, name.find('.'))); };
  auto statement = sql::parse_expression(source_, range, is_local);
  if (const auto* column = first_column(expression_of(statement))) {
    const std::string& name = column->qualifier.empty() ? column->name : column->qualifier;
    if (source_->text[column->at] == '"') {
      throw ModelError(*source_, column->at, "a text is in single quotes: '" + name + "'");
    }
    scope_.number_of({name, column->at});
    throw ModelError(*source_, column->at, "`" + name + "` cannot stand here");
  }
  if (depth_of(expression_of(statement)) > deepest_expression) {
    throw ModelError(*source_, range.begin,
                     "this expression nests deeper than " + std::to_string(deepest_expression) + " levels");
  }
  if (!world_.clock.empty()) refuse_now(expression_of(statement));
  warn_impossible_outcomes(expression_of(statement), range);
  store::relational::for_each_expression(
      statement, [&](const sql::Expression& expression) { warn_equals_null(expression, *source_, result_.warnings); });
  Formula result{{}, {}, range.begin};
  for (const auto& parameter : statement.parameters) {
    result.variables.push_back(scope_.variable_of({parameter, place_of(parameter, range)}));
  }
  sql::bind(statement, {});
  result.statement = std::make_shared<const sql::Statement>(std::move(statement));
  return result;
}

Formula Compiler::condition(sql::Range range) {
  Formula result = formula(range);
  const auto& expression = expression_of(*result.statement);
  if (expression.type != sql::Type::unknown && expression.type != sql::Type::boolean) {
    throw ModelError(*source_, range.begin,
                     "a condition is true or false, and this is of type " + sql::to_string(expression.type));
  }
  return result;
}

// Where a parameter stands in its text, as :name or bare.
Offset Compiler::place_of(std::string_view parameter, sql::Range range) const {
  const std::string text = to_lower(std::string_view(source_->text).substr(range.begin, range.end - range.begin));
  const std::string name = to_lower(parameter);
  const auto in_name = [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto find = [&](const std::string& wanted) {
    for (std::size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
      const bool begins = at == 0 || !in_name(text[at - 1]) || !in_name(wanted.front());
      const std::size_t end = at + wanted.size();
      if (begins && (end == text.size() || !in_name(text[end]))) return at;
    }
    return std::string::npos;
  };
  std::size_t at = find(":" + name);
  if (at == std::string::npos) at = find(name);
  return range.begin + static_cast<Offset>(at == std::string::npos ? 0 : at);
}

// `release cart;` is PostgreSQL's RELEASE SAVEPOINT.
void Compiler::refuse_lock_name(const sql::Transaction& command) const {
  const auto is_it = [&](const Lock& lock) { return to_lower(lock.name) == command.savepoint; };
  if (command.command != sql::TransactionCommand::release || std::ranges::none_of(world_.locks, is_it)) return;
  throw ModelError(*source_, command.at,
                   "this releases a savepoint; the lock is released by `release " + command.savepoint + "()`");
}

void Compiler::keep_fields() {
  for (const auto& [instruction, number] : definitions_) {
    auto& keeps = keeps_of(emit_.instruction(instruction));
    for (const auto& [name, keep] : scope_.local(number).fields) keeps.push_back(keep);
  }
  for (const auto& [rows, next, number] : loops_) {
    std::vector<std::size_t> columns;
    auto& taken = std::get<NextRow>(emit_.instruction(next).body).columns;
    for (const auto& [name, keep] : scope_.local(number).fields) {
      columns.push_back(keep.column);
      taken.push_back(keep.variable);
    }
    auto& body = emit_.instruction(rows).body;
    if (auto* copy = std::get_if<CopyRows>(&body)) {
      copy->columns = std::move(columns);
    } else {
      keeps_of(emit_.instruction(rows)).front().columns = std::move(columns);
    }
  }
}

}  // namespace gapless::scenario
