#include "store/prepare.h"

#include <utility>

#include "sql/bind.h"
#include "sql/parse.h"

namespace gapless::store {

std::shared_ptr<const sql::Statement> prepare(std::string_view text, const sql::Catalog& catalog, std::string name) {
  auto statement = sql::parse_statement(text, std::move(name));
  sql::bind(statement, catalog);
  return std::make_shared<const sql::Statement>(std::move(statement));
}

Schema prepare_schema(std::string_view text, std::string database, std::string name) {
  const Source source = make_source(std::move(name), std::string(text));
  auto setup = sql::parse_setup(source, {0, static_cast<Offset>(source->text.size())}, std::move(database));
  return {std::move(setup.catalog), std::move(setup.statements)};
}

}  // namespace gapless::store
