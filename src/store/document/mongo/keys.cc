#include "store/document/mongo/keys.h"

#include <algorithm>

#include "store/document/mongo/failure.h"
#include "store/document/mongo/filter.h"
#include "store/document/mongo/path.h"

namespace gapless::store::document::mongo {
namespace {

struct Part {
  bool missing = false;
  Array values;
};

Part part_of(const Object& document, const Path& path) {
  Part part{true, {}};
  for (const Value* value : reached(document, path)) {
    const auto* array = value == nullptr ? nullptr : get<Array>(*value);
    part.missing = part.missing && value == nullptr;
    if (array != nullptr) {
      part.values.insert(part.values.end(), array->begin(), array->end());
    } else {
      part.values.push_back(value == nullptr ? Value() : *value);
    }
  }
  if (part.values.empty()) part.values.emplace_back();  // of an empty array
  return part;
}

// Each combination of the parts' values.
void combine(const std::vector<Part>& parts, Entry entry, std::set<Entry>& entries) {
  const auto next = entry.values.size();
  if (next == parts.size()) {
    entries.insert(std::move(entry));
    return;
  }
  for (const auto& value : parts[next].values) {
    auto longer = entry;
    longer.values.push_back(value);
    combine(parts, std::move(longer), entries);
  }
}

[[noreturn]] void fail_by(const std::string& collection, const std::string& index, const std::vector<Path>& paths,
                          const Array& values) {
  std::string key;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    key += (i == 0 ? "" : ", ") + to_string(paths[i]) + ": " + to_string(values[i]);
  }
  Failure failure("duplicate_key", "E11000 duplicate key error collection: " + collection + " index: " + index +
                                       " dup key: { " + key + " }");
  failure.paths = paths;
  throw failure;
}

}  // namespace

std::set<Entry> unique_entries(const Catalog& catalog, std::size_t collection, const Object& document) {
  std::set<Entry> entries;
  const auto& indexes = catalog.collections.at(collection).indexes;
  for (std::size_t number = 0; number < indexes.size(); ++number) {
    const auto& index = indexes[number];
    if (!index.unique || !matches(index.partial, document, {})) continue;
    std::vector<Part> parts;
    for (const auto& path : index.paths) parts.push_back(part_of(document, path));
    if (index.sparse && std::ranges::all_of(parts, &Part::missing)) continue;
    combine(parts, {collection, number, {}}, entries);
  }
  return entries;
}

void fail_by_duplicate(const Catalog& catalog, const Entry& entry) {
  const auto& collection = catalog.collections.at(entry.collection);
  const auto& index = collection.indexes.at(entry.index);
  fail_by(collection.name, index.name, index.paths, entry.values);
}

void fail_by_duplicate_id(const Catalog& catalog, const Address& address) {
  fail_by(catalog.collections.at(address.first).name, "_id_", {Path{"_id"}}, {address.second});
}

}  // namespace gapless::store::document::mongo
