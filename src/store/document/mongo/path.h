// Dotted paths as filters, updates and sorts use them: "limits.used", "items.0.sku", "items.sku".
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "store/document/database.h"

namespace gapless::store::document::mongo {

Path split(std::string_view dotted);
std::optional<std::size_t> array_index(std::string_view name);  // "0", "12"

// The values that a filter's path reaches: it goes through arrays to each of their documents, and to an element by its
// number. A null pointer stands for a document that lacks the field; an empty array contributes nothing.
std::vector<const Value*> reached(const Object& document, const Path& path);

// What an update makes of one field: nullopt is "missing", before and after.
using Change = std::function<std::optional<Value>(const std::optional<Value>& before)>;
// Changes the field at the path; objects on the way are created where something comes of it. Fails where the path
// leads through a value that can have no fields.
void change(Object& document, const Path& path, const Change& change);

// MongoDB's name of a value's type: "int", "double", "string", "bool", …
std::string bson_type(const Value& value);

// An object whose first field begins with $: {$gt: 5}.
bool has_operators(const Value& value);

}  // namespace gapless::store::document::mongo
