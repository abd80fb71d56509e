#include "store/document/dynamo/columns.h"

#include <algorithm>

namespace gapless::store::document::dynamo {
namespace {

bool is_begin(const Path& begin, const Path& path) {
  return begin.size() <= path.size() && std::equal(begin.begin(), begin.end(), path.begin());
}

std::vector<ResultColumn> named(const std::vector<Column>& columns, const std::string& prefix) {
  std::vector<ResultColumn> result;
  for (const auto& column : columns) result.push_back({prefix + column.name, column.type});
  return result;
}

// accounts_balance, or accounts1_balance and accounts2_balance where a table comes twice.
std::vector<ResultColumn> transaction_columns(const Catalog& catalog, const TransactGet& transaction) {
  std::vector<ResultColumn> result;
  for (std::size_t i = 0; i < transaction.gets.size(); ++i) {
    const Get& get = transaction.gets[i];
    const auto of_table = [&](const Get& each) { return each.table == get.table; };
    const auto here = transaction.gets.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    const bool once = std::ranges::count_if(transaction.gets, of_table) == 1;
    const Collection& table = catalog.collections[get.table];
    const std::string prefix =
        table.name + (once ? "" : std::to_string(std::count_if(transaction.gets.begin(), here, of_table))) + "_";
    for (auto& column : named(selected(table, get.projection), prefix)) result.push_back(std::move(column));
  }
  return result;
}

}  // namespace

std::vector<Column> selected(const Collection& table, const Projection& projection) {
  if (!projection) return table.columns;
  std::vector<Column> result;
  for (const auto& column : table.columns) {
    const bool reached = std::ranges::any_of(*projection, [&](const DocumentPath& path) {
      const Path names = names_of(path);
      return is_begin(names, column.path) || is_begin(column.path, names);
    });
    if (reached) result.push_back(column);
  }
  return result;
}

std::vector<DocumentPath> changed_paths(const Write& write) {
  std::vector<DocumentPath> paths;
  for (const auto& change : write.changes) paths.push_back(change.path);
  return paths;
}

std::vector<Column> returned_columns(const Collection& table, const Write& write) {
  switch (write.returned) {
    case Returned::none:
      return {};
    case Returned::all_old:
    case Returned::all_new:
      return table.columns;
    default:
      return selected(table, changed_paths(write));
  }
}

std::vector<ResultColumn> columns_of(const Catalog& catalog, const Plan& plan) {
  const auto& tables = catalog.collections;
  if (const auto* write = std::get_if<Write>(&plan)) return named(returned_columns(tables[write->table], *write), "");
  if (const auto* get = std::get_if<Get>(&plan)) return named(selected(tables[get->table], get->projection), "");
  if (const auto* search = std::get_if<Search>(&plan)) {
    if (search->counts) return {{"n", sql::Type::bigint}};
    return named(selected(tables[search->table], search->projection), "");
  }
  if (const auto* batch = std::get_if<BatchGet>(&plan)) {
    const Get& first = batch->gets.front();
    return named(selected(tables[first.table], first.projection), "");
  }
  if (std::holds_alternative<BatchWrite>(plan)) return {{"unprocessed", sql::Type::bigint}};
  if (const auto* transaction = std::get_if<TransactGet>(&plan)) return transaction_columns(catalog, *transaction);
  return {};
}

}  // namespace gapless::store::document::dynamo
