#include "model/builder.h"

#include <algorithm>
#include <memory>

#include "actor/statements.h"
#include "actor/tracking.h"
#include "base/digest.h"
#include "store/prepare.h"

namespace gapless::model {
namespace {

actor::Program program_of(const Builder::HandlerOfSeveral& handler,
                          std::vector<std::shared_ptr<actor::Statements>> statements, store::Isolation level,
                          store::relational::Tracking tracking) {
  return [handler, statements = std::move(statements), level, tracking](actor::Context& context) {
    std::vector<actor::Session> sessions;
    for (std::size_t database = 0; database < statements.size(); ++database) {
      sessions.emplace_back(context, database, statements[database], level, tracking);
    }
    const actor::Response response = handler(sessions);
    for (auto& session : sessions) session.finish();
    return response;
  };
}

}  // namespace

Builder::Builder(std::string file, std::string scenario, std::string title) {
  model_.source = make_source(file, "");
  model_.file = std::move(file);
  model_.scenario = std::move(scenario);
  model_.title = std::move(title);
}

Builder& Builder::variant(std::string name, std::string title, std::string story) {
  model_.variant = std::move(name);
  model_.variant_title = std::move(title);
  model_.story = std::move(story);
  return *this;
}

Builder& Builder::isolation(store::Isolation level) {
  model_.isolation = level;
  return *this;
}

Builder& Builder::uses(store::relational::Tracking tracking) {
  model_.tracking = tracking;
  return *this;
}

Builder& Builder::expect(Expected expected) {
  model_.expected = expected;
  return *this;
}

Builder& Builder::database(std::string name, std::string sql) {
  databases_.emplace_back(std::move(name), std::move(sql));
  return *this;
}

Builder& Builder::ledger(std::string name, std::vector<std::string> columns) {
  model_.ledgers.push_back({std::move(name), std::move(columns)});
  return *this;
}

Builder& Builder::request(std::string name, std::string arguments, Handler handler, std::size_t actors) {
  return request_of_several(
      std::move(name), std::move(arguments),
      [handler = std::move(handler)](std::span<actor::Session> sessions) { return handler(sessions.front()); }, actors);
}

Builder& Builder::request_of_several(std::string name, std::string arguments, HandlerOfSeveral handler,
                                     std::size_t actors) {
  requests_.push_back({std::move(name), std::move(arguments), std::move(handler), actors});
  return *this;
}

Builder& Builder::always(std::string title, std::string sql) {
  invariants_.push_back({PropertyKind::always, std::move(title), std::move(sql)});
  return *this;
}

Builder& Builder::finally(std::string title, std::string sql) {
  invariants_.push_back({PropertyKind::finally, std::move(title), std::move(sql)});
  return *this;
}

Model Builder::build() const {
  Model model = model_;
  Digest digest;
  digest.add(model.scenario).add(model.variant);
  // Added only where it is another one: what was recorded before there were levels stays fresh.
  if (model.isolation != store::Isolation::read_committed) digest.add(store::to_string(model.isolation));
  model.tracking = actor::both(model.tracking, actor::tracking_of(model.isolation));
  std::vector<std::shared_ptr<actor::Statements>> statements;
  for (const auto& [name, sql] : databases_) {
    auto schema = store::prepare_schema(sql, name, model.file);
    statements.push_back(std::make_shared<actor::Statements>(schema.catalog, model.file));
    model.databases.push_back({name, std::move(schema.catalog), std::move(schema.statements), sql});
    digest.add(name).add(sql);
  }
  model.view = view_catalog(model.databases, model.keyvalues, model.documents, model.ledgers, model.has_history);
  for (const auto& request : requests_) {
    model.roles.push_back(
        {request.name, request.arguments, program_of(request.handler, statements, model.isolation, model.tracking)});
    model.actors.insert(model.actors.end(), request.actors, model.roles.size() - 1);
    digest.add(request.name).add(request.arguments).add(request.actors);
  }
  for (const auto& invariant : invariants_) {
    auto query = store::prepare(invariant.sql, model.view, model.file);
    const bool is_boolean = std::holds_alternative<sql::Select>(query->body) && query->types.size() == 1 &&
                            (query->types[0] == sql::Type::boolean || query->types[0] == sql::Type::unknown);
    if (!is_boolean) {
      throw ModelError(*query->source, query->at,
                       "the invariant \"" + invariant.title + "\" must be a SELECT of one boolean column");
    }
    model.properties.push_back({invariant.kind, invariant.title, std::move(query)});
    digest.add(invariant.title).add(invariant.sql);
  }
  model.digest = digest.value();
  return model;
}

}  // namespace gapless::model
