// An expression's type is what the binder says where each local is a value of its own type.
#include "scenario/local_types.h"

#include <algorithm>
#include <utility>

#include "scenario/guards.h"
#include "scenario/name.h"
#include "scenario/redis.h"
#include "scenario/run.h"
#include "sql/bind.h"
#include "sql/parse.h"

namespace gapless::scenario {
namespace {

namespace document = store::document;

sql::Type joined(sql::Type a, sql::Type b) {
  if (a == b || b == sql::Type::unknown) return a;
  if (a == sql::Type::unknown) return b;
  const auto is_number = [](sql::Type type) {
    return type == sql::Type::integer || type == sql::Type::bigint || type == sql::Type::numeric;
  };
  return is_number(a) && is_number(b) ? sql::Type::numeric : sql::Type::text;
}

// CAST (NULL AS type): the binder looks at the type only.
sql::Expression of_type(sql::Type type, Offset at) {
  sql::Expression nothing;
  nothing.at = at;
  sql::Expression cast;
  cast.kind = sql::Expression::Kind::cast;
  cast.type = type;
  cast.at = at;
  cast.arguments.push_back(std::move(nothing));
  return cast;
}

}  // namespace

LocalTypes::LocalTypes(const File& file, const Source& source, const World& world, Visit visit)
    : file_(file), source_(source), world_(world), visit_(std::move(visit)) {
  for (const auto& request : file.requests) arguments_.emplace_back(request.parameters.size(), sql::Type::unknown);
  learn_arguments();
}

void LocalTypes::learn_arguments() {
  if (file_.runs.size() != 1) return;
  try {
    for (const auto& play : plays_of(file_, source_, !world_.clock.empty())) {
      for (const auto& sent : play.requests) {
        for (std::size_t i = 0; i < sent.arguments.size(); ++i) {
          auto& type = arguments_[sent.request][i];
          type = joined(type, sql::type_of(sent.arguments[i]));
        }
      }
    }
  } catch (const ModelError&) {  // is said where the line is read
  }
}

void LocalTypes::run() {
  for (std::size_t number = 0; number < file_.requests.size(); ++number) {
    const auto& request = file_.requests[number];
    Names names;
    for (std::size_t i = 0; i < request.parameters.size(); ++i) {
      names[request.parameters[i].text] = {arguments_[number][i], {}};
    }
    for (const char* own : {"me", "process", "attempt"}) names[own] = {sql::Type::integer, {}};
    for (const auto& variant : request.variants) block(variant.block, names);
  }
}

void LocalTypes::block(const Block& block, Names names) {
  for (const auto& each : block.statements) statement(each, names);
}

void LocalTypes::statement(const Statement& statement, Names& names) {
  if (const auto* assign = std::get_if<Assign>(&statement.body)) {
    auto known = value(assign->value, names);
    auto& local = names[assign->name.text];
    if (!assign->declares) known.type = joined(local.type, known.type);
    local = std::move(known);
  } else if (const auto* request = std::get_if<DocumentText>(&statement.body)) {
    of_request(*request, names);
  } else if (const auto* send = std::get_if<Send>(&statement.body)) {
    for (std::size_t number = 0; number < file_.requests.size(); ++number) {
      auto& types = arguments_[number];
      if (file_.requests[number].name.text != send->request.text || types.size() != send->arguments.size()) continue;
      for (std::size_t i = 0; i < types.size(); ++i) types[i] = joined(types[i], type_of(send->arguments[i], names));
    }
  }
  Names inner = names;
  if (const auto* loop = std::get_if<For>(&statement.body)) {
    const auto* range = std::get_if<sql::Range>(&loop->rows);
    if (range == nullptr) {
      inner[loop->name.text] = value(loop->rows, names);
    } else {
      const std::string path = source_->text.substr(range->begin, range->end - range->begin);
      const auto result = names.find(path.substr(0, path.find('.')));
      inner[loop->name.text] = result == names.end() ? Known() : result->second;
    }
  }
  const auto outer = within_;
  const auto* transaction = std::get_if<InTransaction>(&statement.body);
  if (transaction != nullptr && transaction->database) within_ = transaction->database;
  const bool lets_out = transaction != nullptr || std::holds_alternative<Hold>(statement.body) ||
                        std::holds_alternative<InSection>(statement.body);
  for (const auto* each : blocks_of(statement)) {
    if (lets_out) {
      for (const auto& inside : each->statements) this->statement(inside, names);
    } else {
      block(*each, inner);
    }
  }
  within_ = outer;
}

LocalTypes::Known LocalTypes::value(const ValueText& value, const Names& names) {
  if (const auto* range = std::get_if<sql::Range>(&value)) {
    return {type_of(*range, names), {}};
  }
  if (const auto* text = std::get_if<SqlText>(&value)) return of_sql(*text);
  if (const auto* request = std::get_if<DocumentText>(&value)) return of_request(*request, names);
  if (const auto* command = std::get_if<CommandText>(&value)) {
    return {sql::Type::unknown, {{"value", replies_number(*command) ? sql::Type::bigint : sql::Type::text}}};
  }
  if (std::holds_alternative<CallText>(value)) return {sql::Type::unknown, {{"outcome", sql::Type::text}}};
  return {sql::Type::unknown, {{"acquired", sql::Type::boolean}}};
}

LocalTypes::Known LocalTypes::of_sql(const SqlText& text) const {
  Known known;
  for (const auto& database : world_.databases) {
    const bool meant = text.database ? database.name == text.database->text : !database.catalog.tables.empty();
    if (!meant) continue;
    try {
      auto statement = sql::parse_statement(source_, text.range);
      sql::bind(statement, database.catalog);
      for (std::size_t i = 0; i < statement.columns.size(); ++i) {
        known.fields.emplace(to_lower(statement.columns[i]), statement.types[i]);
      }
      break;
    } catch (const ModelError&) {  // is said where the statement is compiled
    }
  }
  return known;
}

LocalTypes::Known LocalTypes::of_request(const DocumentText& text, const Names& names) {
  Known known;
  for (const auto& [name, type] :
       visit_(text, within_, [&](const Literal& literal) { return sample(literal, names); })) {
    known.fields.emplace(to_lower(name), type);
  }
  return known;
}

sql::Type LocalTypes::type_of(sql::Range range, const Names& names) const {
  const auto known = [&](const std::string& parameter) {
    const auto point = parameter.find('.');
    const auto local = names.find(parameter.substr(0, point));
    if (local == names.end()) return sql::Type::unknown;
    if (point == std::string::npos) return local->second.type;
    std::string field = to_lower(parameter.substr(point + 1));
    std::ranges::replace(field, '.', '_');
    const auto found = local->second.fields.find(field);
    if (found != local->second.fields.end()) return found->second;
    return field == "count" ? sql::Type::bigint : field == "found" ? sql::Type::boolean : sql::Type::unknown;
  };
  const std::function<void(sql::Expression&)> substitute = [&](sql::Expression& expression) {
    if (expression.kind == sql::Expression::Kind::parameter) {
      const sql::Type type = known(expression.name);
      if (type != sql::Type::unknown && type != sql::Type::status) expression = of_type(type, expression.at);
      return;
    }
    for (auto& argument : expression.arguments) substitute(argument);
  };
  try {
    const auto is_local = [&](std::string_view name) {
      return names.contains(std::string(name.substr(0, name.find('.'))));
    };
    auto statement = sql::parse_expression(source_, range, is_local);
    auto& expression = std::get<sql::Select>(statement.body).targets.front().expression;
    const bool is_text =
        expression.kind == sql::Expression::Kind::literal && std::holds_alternative<std::string>(expression.value);
    substitute(expression);
    sql::bind(statement, {});
    const auto& bound = std::get<sql::Select>(statement.body).targets.front().expression;
    return is_text ? sql::Type::text : bound.type;
  } catch (const ModelError&) {  // is said where the expression is compiled
    return sql::Type::unknown;
  }
}

// A value of the expression's type.
document::Value LocalTypes::sample(const Literal& literal, const Names& names) const {
  if (std::holds_alternative<Literal::Now>(literal.held)) return sql::Timestamp{};
  if (literal.is_number) return 0;
  switch (type_of(std::get<sql::Range>(literal.held), names)) {
    case sql::Type::unknown:
      return document::Unknown{};
    case sql::Type::boolean:
      return true;
    case sql::Type::integer:
    case sql::Type::bigint:
    case sql::Type::numeric:
      return 0;
    case sql::Type::timestamp:
    case sql::Type::date:
      return sql::Timestamp{};
    case sql::Type::text:
    case sql::Type::status:
    case sql::Type::interval:
      break;
  }
  return "text";
}

}  // namespace gapless::scenario
