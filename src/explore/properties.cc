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

// The tables of Model::view: every database's tables, the keyvalues, the document databases, the ledgers, `sections`,
// `responses`.
class View : public store::Snapshot {
 public:
  View(const model::Model& model, const World& world, const Actors& actors)
      : model_(model), world_(world), actors_(actors) {}

  std::span<const sql::Tuple> rows(std::size_t table_number) const override {
    const auto found = made_.find(table_number);
    if (found != made_.end()) return found->second;
    return made_.emplace(table_number, make(table_number)).first->second;
  }
  sql::Timestamp now(sql::Function /*function*/) const override {
    return model_.clock.empty() ? store::now() : model_.clock[world_.around.instant];
  }

 private:
  std::vector<sql::Tuple> make(std::size_t number) const {
    for (std::size_t database = 0; database < model_.databases.size(); ++database) {
      if (!model::is_viewed(model_.databases[database])) continue;
      const auto tables = model_.databases[database].catalog.tables.size();
      if (number < tables) return table(database, number);
      number -= tables;
    }
    if (number < world_.keyvalues.size()) return store::keyvalue::rows(world_.keyvalues[number]);
    number -= world_.keyvalues.size();
    for (std::size_t each = 0; each < model_.documents.size(); ++each) {
      const auto& catalog = model_.documents[each].catalog;
      const auto tables = store::document::table_count(catalog);
      if (number < tables) return store::document::rows(catalog, world_.documents[each], number);
      number -= tables;
    }
    if (number < world_.ledgers.size()) return world_.ledgers[number];
    number -= world_.ledgers.size();
    return number == 0 ? sections() : responses();
  }

  // Of a memory that each process has for itself: the rows of all.
  std::vector<sql::Tuple> table(std::size_t database, std::size_t number) const {
    std::vector<sql::Tuple> rows;
    for (std::size_t each = database; each < model_.databases.size(); ++each) {
      const bool is_same = each == database || (model_.databases[each].process > 1 &&
                                                model_.databases[each].name == model_.databases[database].name);
      if (!is_same) continue;
      const auto more = relational::committed_rows(model_.databases[each].catalog.tables[number],
                                                   world_.databases[each].tables[number]);
      rows.insert(rows.end(), more.begin(), more.end());
    }
    return rows;
  }

  std::vector<sql::Tuple> sections() const {
    std::vector<sql::Tuple> rows;
    for (const auto& inside : actors_.inside) rows.push_back({inside.section, inside.request, number(inside.actor)});
    return rows;
  }

  sql::Value number(std::size_t actor) const {
    if (actors_.are_named) return sql::Name{0, static_cast<std::uint32_t>(actor), 1};
    return static_cast<std::int32_t>(actor);
  }

  std::vector<sql::Tuple> responses() const {
    std::vector<sql::Tuple> rows;
    const auto add = [&](const std::string& request, std::size_t actor, const std::string& status) {
      rows.push_back({request, number(actor), sql::Status{status}});
    };
    for (const auto& answered : world_.around.answered) add(answered.request, answered.actor, answered.status);
    for (const auto& response : actors_.finished) add(response.request, response.actor, response.status);
    return rows;
  }

  const model::Model& model_;
  const World& world_;
  const Actors& actors_;
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
  } catch (const sql::NameUsed& used) {
    throw sql::NameUsed("in the invariant \"" + property.title + "\" " + used.what());
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

bool is_of(const model::Property& property, Properties::When when) {
  return (property.kind == model::PropertyKind::finally) == (when == Properties::When::end);
}

// `sections` and `responses` are the last two tables of the view.
bool reads_actors_tables(const model::Model& model, const sql::Statement& query) {
  const auto tables = model.view.tables.size();
  return reads_table(query, tables - 2) || reads_table(query, tables - 1);
}

}  // namespace

Properties::Properties(const model::Model& model) : model_(&model) {}

bool Properties::reads_actors(When when) const {
  return std::any_of(model_->properties.begin(), model_->properties.end(), [&](const model::Property& property) {
    return is_of(property, when) && reads_actors_tables(*model_, *property.query);
  });
}

bool Properties::any(When when) const {
  return std::any_of(model_->properties.begin(), model_->properties.end(),
                     [&](const model::Property& property) { return is_of(property, when); });
}

std::optional<std::size_t> Properties::first_violated(When when, const World& world, const Actors& actors) const {
  const View view(*model_, world, actors);
  for (std::size_t number = 0; number < model_->properties.size(); ++number) {
    const auto& property = model_->properties[number];
    if (is_of(property, when) && !holds(property, view)) return number;
  }
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> Properties::values(std::size_t number, const World& world,
                                                                    const Actors& actors) const {
  const View view(*model_, world, actors);
  return explain(*model_->properties[number].query, view);
}

bool names_actors(const model::Model& model) {
  // Whatever reads `responses` or `sections` and mentions a column `actor` counts, whichever table that belongs to: to
  // be wrong here costs time, not truth.
  return std::any_of(model.properties.begin(), model.properties.end(), [&](const model::Property& property) {
    return reads_actors_tables(model, *property.query) && mentions_column(*property.query, "actor");
  });
}

}  // namespace gapless::explore
