#include "explore/properties.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "explore/explain.h"
#include "store/relational/evaluate.h"
#include "store/relational/snapshot.h"
#include "store/relational/walk.h"

namespace gapless::explore {
namespace {

// The tables of Model::view: every database's tables, the ledgers, `responses`.
class View : public store::Snapshot {
 public:
  View(const model::Model& model, const World& world, std::span<const Finished> finished)
      : model_(model), world_(world), finished_(finished) {}

  std::span<const sql::Tuple> rows(std::size_t table_number) const override {
    const auto found = made_.find(table_number);
    if (found != made_.end()) return found->second;
    return made_.emplace(table_number, make(table_number)).first->second;
  }

 private:
  std::vector<sql::Tuple> make(std::size_t number) const {
    for (std::size_t database = 0; database < model_.databases.size(); ++database) {
      const auto& tables = model_.databases[database].catalog.tables;
      if (number < tables.size()) {
        return relational::committed_rows(tables[number], world_.databases[database].tables[number]);
      }
      number -= tables.size();
    }
    if (number < world_.ledgers.size()) return world_.ledgers[number];
    check(number == world_.ledgers.size(), "the last table of the view is `responses`");
    std::vector<sql::Tuple> rows;
    for (const auto& response : finished_) {
      rows.push_back({response.request, static_cast<std::int32_t>(response.actor), sql::Status{response.status}});
    }
    return rows;
  }

  const model::Model& model_;
  const World& world_;
  std::span<const Finished> finished_;
  mutable std::map<std::size_t, std::vector<sql::Tuple>> made_;
};

bool reads_table(const sql::Statement& query, std::size_t table) {
  bool found = false;
  relational::for_each_query(query, [&](const sql::Select& select) {
    found = found || std::find(select.tables.begin(), select.tables.end(), table) != select.tables.end();
  });
  return found;
}

bool holds(const model::Property& property, const View& view) {
  const auto& query = *property.query;
  const auto fail = [&](const std::string& reason) -> bool {
    throw ModelError(*query.source, query.at, "the invariant \"" + property.title + "\" " + reason);
  };
  store::QueryMemory memory;
  store::Evaluator evaluator(*query.source, view, {}, memory);
  std::vector<sql::Tuple> rows;
  try {
    rows = evaluator.select(std::get<sql::Select>(query.body));
  } catch (const store::SqlError& error) {
    return fail("fails with " + error.condition + ": " + error.what());
  }
  if (rows.size() != 1) {
    return fail("yields " + std::to_string(rows.size()) + " rows; it must yield exactly one (use count(*) or EXISTS)");
  }
  const auto& value = rows.front().front();
  if (sql::is_null(value)) {
    return fail(
        "yields NULL, which is neither true nor false: use coalesce where a sum, a minimum or a row may be absent");
  }
  if (const auto* truth = std::get_if<bool>(&value)) return *truth;
  return fail("yields " + sql::to_sql(value) + "; it must yield a boolean");
}

}  // namespace

Properties::Properties(const model::Model& model) : model_(&model) {}

bool Properties::reads_responses(model::PropertyKind kind) const {
  const auto responses = model_->view.tables.size() - 1;
  return std::any_of(model_->properties.begin(), model_->properties.end(), [&](const model::Property& property) {
    return property.kind == kind && reads_table(*property.query, responses);
  });
}

bool Properties::any(model::PropertyKind kind) const {
  return std::any_of(model_->properties.begin(), model_->properties.end(),
                     [&](const model::Property& property) { return property.kind == kind; });
}

std::optional<std::size_t> Properties::first_violated(model::PropertyKind kind, const World& world,
                                                      std::span<const Finished> finished) const {
  const View view(*model_, world, finished);
  for (std::size_t number = 0; number < model_->properties.size(); ++number) {
    const auto& property = model_->properties[number];
    if (property.kind == kind && !holds(property, view)) return number;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> Properties::values(std::size_t number, const World& world,
                                                                    std::span<const Finished> finished) const {
  const View view(*model_, world, finished);
  return explain(*model_->properties[number].query, view);
}

bool names_actors(const model::Model& model) {
  // Whatever reads `responses` and mentions a column `actor` counts, whichever table that belongs to: to be wrong here
  // costs time, not truth.
  const auto responses = model.view.tables.size() - 1;
  return std::any_of(model.properties.begin(), model.properties.end(), [&](const model::Property& property) {
    return reads_table(*property.query, responses) && mentions_column(*property.query, "actor");
  });
}

}  // namespace gapless::explore
