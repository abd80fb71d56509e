// What jumps. Each construct's layout of instructions stands above its function; H is where its errors go.
#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include "base/check.h"
#include "scenario/claims.h"
#include "scenario/compiler.h"
#include "sql/bind.h"
#include "store/condition.h"

namespace gapless::scenario {
namespace {

namespace document = store::document;

constexpr std::int32_t most_attempts = 1000;  // a model needs two or three

std::shared_ptr<const sql::Statement> transaction_end(const char* text) {
  return std::make_shared<const sql::Statement>(sql::parse_statement(text));
}

std::int32_t attempts_of(const SourceText& source, const Name& number) {
  std::int32_t result = 0;
  const auto [end, error] = std::from_chars(number.text.data(), number.text.data() + number.text.size(), result);
  if (error != std::errc() || result < 1 || result > most_attempts) {
    throw ModelError(source, number.at, "the number of attempts is between 1 and " + std::to_string(most_attempts));
  }
  return result;
}

}  // namespace

void Compiler::block(const Block& block, Names names) {
  const std::size_t opened = scope_.open();
  for (const auto& each : block.statements) statement(each);
  if (names == Names::linger) {
    scope_.linger(opened);
  } else {
    scope_.close(opened);
  }
}

bool Compiler::in_transaction(std::size_t database) const {
  return std::ranges::any_of(regions_, [&](const Region& region) {
    return region.kind == Region::Kind::transaction && region.database == database;
  });
}

void Compiler::if_(const If& statement) {
  const auto done = emit_.label();
  for (const auto& branch : statement.branches) {
    const auto next = emit_.label();
    emit_.emit(branch.condition.begin, Unless{condition(branch.condition), next});
    block(branch.block);
    emit_.emit(branch.block.at, Jump{done});
    emit_.place(next);
  }
  if (statement.otherwise) block(*statement.otherwise);
  emit_.place(done);
}

//   rows := …
// again: next row, or → done
//   block
//   → again
// done:
void Compiler::for_(const For& statement, Offset at) {
  const Variable rows = scope_.fresh("." + statement.name.text + ".remaining");
  const std::size_t names = scope_.open();
  Loop loop{};
  if (const auto* text = std::get_if<SqlText>(&statement.rows)) {
    const std::size_t database = database_of(text->database, text->range.begin, "SELECT …");
    auto select = parse(*text, database);
    const auto columns = select->columns;
    loop.rows = emit_perform(database, std::move(select));
    std::get<Perform>(emit_.instruction(loop.rows).body).keeps.push_back({Keep::What::rows, 0, {}, rows});
    loop.local = scope_.declare_result(statement.name, Local::Kind::row, columns);
  } else if (const auto* request = std::get_if<DocumentText>(&statement.rows)) {
    loop = for_request(statement, *request, rows);
  } else {
    const auto range = std::get<sql::Range>(statement.rows);
    std::string path = source_->text.substr(range.begin, range.end - range.begin);
    path.erase(std::find_if(path.begin(), path.end(), [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }),
               path.end());
    if (!path.ends_with(".rows")) {
      throw ModelError(*source_, range.begin, "`for` goes over the rows of SELECT … or of a result: x.rows");
    }
    const std::size_t result = scope_.number_of({path.substr(0, path.size() - 5), range.begin});
    if (scope_.local(result).kind != Local::Kind::result) {
      throw ModelError(*source_, range.begin, "`" + path.substr(0, path.size() - 5) + "` is no result of a statement");
    }
    loop.rows = emit_.emit(at, CopyRows{scope_.rows_of(result), {}, rows});
    loop.local = scope_.declare_result(statement.name, Local::Kind::row, scope_.local(result).columns);
    scope_.local(loop.local).is_document = scope_.local(result).is_document;
  }
  const auto again = emit_.label();
  const auto done = emit_.label();
  emit_.place(again);
  loop.next = emit_.emit(at, NextRow{rows, {}, done});
  loops_.push_back(loop);
  block(statement.block);
  emit_.emit(at, Jump{again});
  emit_.place(done);
  scope_.close(names);
}

//   begin
//   block
//   leave: COMMIT, if it is still open; where that fails (40001) nothing is open any more, and the error goes on
//   → done
// H: abandon
//   throw
// done:
void Compiler::transaction(const InTransaction& statement, Offset at) {
  const auto documents = documents_of_transaction(statement, at);
  const std::size_t database =
      documents ? databases_.size() + *documents : database_of(statement.database, at, "transaction { }");
  if (documents) {
    // Nothing to refuse that documents_of_transaction() has not.
  } else if (const auto& target = databases_[database]; target.kind != model::Database::Kind::postgres) {
    const bool memory = target.kind == model::Database::Kind::memory;
    throw ModelError(*source_, at,
                     "`" + target.name + "` is " +
                         (memory ? "memory and has no transactions: each statement is atomic by itself"
                                 : "a replica: it takes SELECTs outside transactions only"));
  }
  if (in_transaction(database))
    throw ModelError(*source_, at, "a transaction inside a transaction of the same database");
  const Handler outer = emit_.handler();
  const Handler failed{emit_.label(), scope_.fresh(".error")};
  const auto done = emit_.label();

  Begin begin{database, true, level_, statement.read_only, statement.deferrable};
  if (statement.level) begin.level = isolation_of(*statement.level, *source_);
  emit_.emit(at, begin);
  emit_.set_handler(failed);
  regions_.push_back({Region::Kind::transaction, outer, database, 0, 0, {}});
  block(statement.block, Names::linger);
  regions_.pop_back();

  emit_.set_handler(outer);
  emit_.emit(at, Leave{database, transaction_end("COMMIT")});
  emit_.emit(at, Jump{done});
  emit_.place(failed.target);
  emit_.emit(at, Abandon{database, {}});
  emit_.emit(at, Throw{failed.error});
  emit_.place(done);
}

//   since := open transactions; attempt := 1
// start:
//   block
//   → done
// H: unless the error has one of the conditions → T
//   abandon
//   next attempt, or → T
//   → start
// T: throw, or → X where there is an `exhausted` block and this was the last attempt
// A: ROLLBACK of what was opened since           (`again;` comes here)
//   next attempt, or → X
//   → start
// X: exhausted block, where there is one
// done:
void Compiler::retry(const Retry& statement, Offset at) {
  check_conditions(statement.conditions);
  const bool bounded = statement.attempts.has_value();
  const std::int32_t limit = bounded ? attempts_of(*source_, *statement.attempts) : 0;
  const Handler outer = emit_.handler();
  const Variable since = scope_.fresh(".open");
  const Variable attempt = scope_.fresh(".attempt");
  const Handler failed{emit_.label(), scope_.fresh(".error")};
  const auto start = emit_.label();
  const auto another = emit_.label();
  const auto lost = emit_.label();
  const auto used_up = emit_.label();
  const auto done = emit_.label();
  const bool inside =
      std::ranges::any_of(regions_, [](const Region& region) { return region.kind == Region::Kind::transaction; });
  if (inside && !statement.conditions.empty()) {
    result_.warnings.push_back(
        diagnostic_at(*source_, at,
                      "`retry on` inside `transaction { }`: the error has ended the transaction, so every further "
                      "attempt fails with in_failed_sql_transaction; put `retry` around the transaction"));
  }

  emit_.emit(at, MarkOpen{since});
  if (bounded) emit_.emit(at, Constant{std::int32_t{1}, attempt});
  emit_.place(start);
  if (!statement.conditions.empty()) emit_.set_handler(failed);
  regions_.push_back({Region::Kind::retry, outer, 0, since, another, {}});
  block(statement.block);
  const bool again_used = !regions_.back().ways.empty();
  regions_.pop_back();
  emit_.set_handler(outer);
  emit_.emit(at, Jump{done});

  emit_.place(failed.target);
  if (!statement.conditions.empty()) {
    UnlessError unless{failed.error, {}, lost};
    for (const Name& name : statement.conditions) {
      if (name.text != "any") unless.conditions.push_back(name.text);
    }
    emit_.emit(at, std::move(unless));
    emit_.emit(at, Abandon{{}, since});
    if (bounded) emit_.emit(at, NextAttempt{attempt, limit, statement.exhausted ? used_up : lost});
    emit_.emit(at, Jump{start});
  }
  emit_.place(lost);
  if (!statement.conditions.empty()) emit_.emit(at, Throw{failed.error});
  emit_.place(another);
  if (again_used) {
    emit_.emit(at, RollBack{transaction_end("ROLLBACK"), since, false});
    if (bounded) emit_.emit(at, NextAttempt{attempt, limit, used_up});
    emit_.emit(at, Jump{start});
  }
  emit_.place(used_up);
  if (statement.exhausted) block(*statement.exhausted);
  emit_.place(done);
}

//   block
//   → done
// H: catch blocks, each → done; no match: throw → E
// done: completion := normal; → F
// E: completion := error
// F: finally block
//   as the completion says: go on, throw, respond, again
void Compiler::try_(const Try& statement, Offset at) {
  const auto body = [&] {
    const auto done = emit_.label();
    catches(statement, done);
    emit_.place(done);
  };
  if (statement.finally) {
    with_finally(
        body, [&] { block(*statement.finally); }, at);
  } else {
    body();
  }
}

void Compiler::with_finally(const std::function<void()>& body, const std::function<void()>& last, Offset at) {
  const Handler outer = emit_.handler();
  const Variable completion = scope_.fresh(".completion");
  const Handler failed{emit_.label(), scope_.fresh(".error")};
  const auto entry = emit_.label();
  regions_.push_back({Region::Kind::finally, outer, 0, completion, entry, {}});
  emit_.set_handler(failed);
  body();
  emit_.set_handler(outer);
  const Region region = std::move(regions_.back());
  regions_.pop_back();

  emit_.emit(at, Constant{static_cast<std::int32_t>(Way::normal), completion});
  emit_.emit(at, Jump{entry});
  emit_.place(failed.target);
  emit_.emit(at, Constant{static_cast<std::int32_t>(Way::error), completion});
  emit_.place(entry);
  last();
  leave_finally(region, failed.error, at);
}

void Compiler::catches(const Try& statement, Emitter::Label done) {
  if (statement.catches.empty()) {
    block(statement.block);
    return;
  }
  const Handler outer = emit_.handler();
  const Handler caught{emit_.label(), scope_.fresh(".error")};
  emit_.set_handler(caught);
  block(statement.block);
  emit_.set_handler(outer);
  emit_.emit(statement.block.at, Jump{done});

  emit_.place(caught.target);
  for (const auto& each : statement.catches) {
    check_conditions(each.conditions);
    const auto next = emit_.label();
    UnlessError unless{caught.error, {}, next};
    const bool any = std::ranges::find(each.conditions, "any", &Name::text) != each.conditions.end();
    for (const Name& name : each.conditions) {
      if (!any) unless.conditions.push_back(name.text);
    }
    emit_.emit(each.block.at, std::move(unless));
    block(each.block);
    emit_.emit(each.block.at, Jump{done});
    emit_.place(next);
  }
  emit_.emit(statement.block.at, Throw{caught.error});
}

void Compiler::leave_finally(const Region& region, Variable error, Offset at) {
  const auto on_way = [&](Way way, auto&& emit_way) {
    const auto next = emit_.label();
    emit_.emit(at, UnlessEqual{region.variable, static_cast<std::int32_t>(way), next});
    emit_way();
    emit_.place(next);
  };
  on_way(Way::error, [&] { emit_.emit(at, Throw{error}); });
  for (const Way way : region.ways) {
    on_way(way, [&] { go_out(way, regions_.size(), at); });
  }
}

void Compiler::respond(const Respond& statement, Offset at) {
  emit_.emit(at, Compute{formula(statement.status), status_});
  go_out(Way::respond, regions_.size(), at);
}

void Compiler::again(Offset at) {
  const bool inside =
      std::ranges::any_of(regions_, [](const Region& region) { return region.kind == Region::Kind::retry; });
  if (!inside) throw ModelError(*source_, at, "`again` stands only inside `retry`");
  go_out(Way::again, regions_.size(), at);
}

// Leaves the innermost `regions` regions one by one; a `finally` on the way takes over.
void Compiler::go_out(Way way, std::size_t regions, Offset at) {
  const Handler before = emit_.handler();
  for (std::size_t i = regions; i-- > 0;) {
    Region& region = regions_[i];
    if (region.kind == Region::Kind::transaction) {
      emit_.set_handler(region.outer);
      emit_.emit(at, Leave{region.database, transaction_end(way == Way::again ? "ROLLBACK" : "COMMIT")});
    } else if (region.kind == Region::Kind::section) {
      emit_.set_handler(region.outer);
      emit_.emit(at, LeaveSection{});
    } else if (region.kind == Region::Kind::finally) {
      region.ways.insert(way);
      emit_.emit(at, Constant{static_cast<std::int32_t>(way), region.variable});
      emit_.emit(at, Jump{region.entry});
      emit_.set_handler(before);
      return;
    } else if (way == Way::again) {
      region.ways.insert(way);
      emit_.emit(at, Jump{region.entry});
      emit_.set_handler(before);
      return;
    }
  }
  check(way == Way::respond, "`again` stands inside a retry");
  emit_.set_handler(top_);
  emit_.emit(at, RollBack{transaction_end("ROLLBACK"), {}, true});
  emit_.emit(at, End{status_});
  emit_.set_handler(before);
}

void Compiler::check_conditions(const std::vector<Name>& names) const {
  static const std::vector<std::string> of_redis = {"redis_error", "redis_execabort", "redis_wrongtype"};
  static const std::vector<std::string> of_mongodb = {"write_conflict", "duplicate_key", "no_such_transaction",
                                                      "mongodb_error"};
  static const std::vector<std::string> of_dynamodb = {
      "conditional_check_failed", "transaction_canceled", "transaction_conflict", "idempotent_parameter_mismatch",
      "transaction_in_progress",  "duplicate_item",       "validation_error"};
  std::vector<std::string> known;
  std::vector<std::string> stores;
  const auto add = [&](const char* store, std::span<const std::string> names_of_it) {
    stores.emplace_back(store);
    known.insert(known.end(), names_of_it.begin(), names_of_it.end());
  };
  const auto has = [&](document::Dialect dialect) {
    return std::ranges::any_of(world_.documents, [&](const auto& each) { return each.catalog.dialect == dialect; });
  };
  if (world_.documents.empty() || !databases_.empty()) add("PostgreSQL", store::condition_names());
  if (!world_.keyvalues.empty()) add("Redis", of_redis);
  if (has(document::Dialect::mongodb)) add("MongoDB", of_mongodb);
  if (has(document::Dialect::dynamodb)) add("DynamoDB", of_dynamodb);
  for (const Name& name : names) {
    if (name.text == "any" || std::ranges::find(known, name.text) != known.end()) continue;
    // What an expression outside SQL can come to is PostgreSQL's.
    if (!store::sqlstate_of(name.text).empty()) continue;
    const std::string near = sql::did_you_mean(name.text, known);
    std::string who;
    for (std::size_t i = 0; i < stores.size(); ++i) {
      who += (i == 0 ? "" : i + 1 == stores.size() ? " and " : ", ") + stores[i];
    }
    throw ModelError(*source_, name.at,
                     who + (stores.size() == 1 ? " has" : " have") + " no error condition `" + name.text + "`" +
                         (near.empty() ? "" : "; did you mean `" + near + "`?"));
  }
}

}  // namespace gapless::scenario
