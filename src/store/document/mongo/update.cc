// An update is a list of changes, each of one path; they are carried out in the order of the paths, as MongoDB does,
// so that the order in which they are written cannot be told afterwards.
#include "store/document/mongo/update.h"

#include <algorithm>

#include "store/document/mongo/array_update.h"
#include "store/document/mongo/failure.h"
#include "store/document/mongo/filter.h"
#include "store/document/mongo/path.h"
#include "store/document/mongo/pipeline.h"

namespace gapless::store::document::mongo {
namespace {

struct Modifier {
  std::string op;
  Path path;
  Value operand;
};

struct Target {
  const Object& document;
  bool inserting;
  sql::Timestamp now;
};

std::string id_text(const Object& document) {
  const Value* id = find(document, "_id");
  return "{_id: " + (id == nullptr ? "new" : to_string(*id)) + "}";
}

// {$inc: {"items.$.left": -1}}: the first element with which alone the filter would match.
Path positioned(Path path, const Object& document, const Value& filter, sql::Timestamp now) {
  const auto sign = std::ranges::find(path, "$");
  if (sign == path.end()) return path;
  const Path prefix(path.begin(), sign);
  const Value* held = prefix.empty() ? nullptr : at(document, prefix);
  const auto* array = held == nullptr ? nullptr : get<Array>(*held);
  for (std::size_t index = 0; array != nullptr && index < array->size(); ++index) {
    Object alone = document;
    change(alone, prefix, [&](const auto&) { return Value(Array{(*array)[index]}); });
    if (!matches(filter, alone, now)) continue;
    *sign = std::to_string(index);
    return path;
  }
  fail("The positional operator did not find the match needed from the query.");
}

Decimal number_of(const Modifier& modifier, const Value& value, const Target& target) {
  const auto* number = get<Decimal>(value);
  if (number == nullptr) {
    fail("Cannot apply " + modifier.op + " to a value of non-numeric type. " + id_text(target.document) +
         " has the field '" + modifier.path.back() + "' of non-numeric type " + bson_type(value));
  }
  return *number;
}

Decimal operand_of(const Modifier& modifier) {
  const auto* number = get<Decimal>(modifier.operand);
  if (number == nullptr) {
    fail("Cannot " + std::string(modifier.op == "$inc" ? "increment" : "multiply") + " with non-numeric argument: {" +
         to_string(modifier.path) + ": " + to_string(modifier.operand) + "}");
  }
  return *number;
}

std::optional<Value> result_of(const Modifier& modifier, const std::optional<Value>& before, const Target& target) {
  const auto& [op, path, operand] = modifier;
  if (op == "$set") return operand;
  if (op == "$unset") return std::nullopt;
  if (op == "$setOnInsert") return target.inserting ? std::optional(operand) : before;
  if (op == "$currentDate") return target.now;
  if (op == "$inc") return before ? number_of(modifier, *before, target) + operand_of(modifier) : operand_of(modifier);
  if (op == "$mul") {
    return before ? number_of(modifier, *before, target) * operand_of(modifier) : operand_of(modifier) * Decimal(0);
  }
  if (op == "$min") return before && *before <= operand ? *before : operand;
  if (op == "$max") return before && *before >= operand ? *before : operand;
  return array_after({op, path.back(), operand, id_text(target.document), target.now}, before);
}

void refuse_conflicts(const std::vector<Modifier>& modifiers) {
  for (std::size_t i = 0; i < modifiers.size(); ++i) {
    for (std::size_t j = i + 1; j < modifiers.size(); ++j) {
      const auto& a = modifiers[i].path;
      const auto& b = modifiers[j].path;
      const auto common = std::min(a.size(), b.size());
      if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(common), b.begin())) continue;
      const auto& shorter = a.size() < b.size() ? a : b;
      fail("Updating the path '" + to_string(b) + "' would create a conflict at '" + to_string(shorter) + "'");
    }
  }
}

// $rename is $unset of the one name and $set of the other.
void add_renaming(std::vector<Modifier>& modifiers, const Path& from, const Value& to, const Object& document) {
  const auto* name = get<std::string>(to);
  if (name == nullptr) fail("The 'to' field for $rename must be a string: " + to_string(from) + ": " + to_string(to));
  const Value* value = at(document, from);
  if (value == nullptr) return;
  modifiers.push_back({"$unset", from, {}});
  modifiers.push_back({"$set", split(*name), *value});
}

std::vector<Modifier> modifiers_of(const Object& update, const Value& filter, const Target& target) {
  std::vector<Modifier> modifiers;
  for (const auto& [op, fields] : update) {
    const auto* object = get<Object>(fields);
    if (object == nullptr) {
      fail("Modifiers operate on fields but we found type " + bson_type(fields) +
           " instead. For example: {$mod: {<field>: ...}} not {" + op + ": " + to_string(fields) + "}");
    }
    for (const auto& [name, operand] : *object) {
      const auto path = positioned(split(name), target.document, filter, target.now);
      if (op == "$rename") {
        add_renaming(modifiers, path, operand, target.document);
      } else {
        modifiers.push_back({op, path, operand});
      }
    }
  }
  std::ranges::stable_sort(modifiers, {}, &Modifier::path);
  refuse_conflicts(modifiers);
  return modifiers;
}

Object by_pipeline(const Object& document, const Array& stages, sql::Timestamp now) {
  const auto results = aggregated({document}, stages, {nullptr, now});
  if (results.size() != 1) fail("a pipeline of an update makes one document of one");
  return results.front();
}

void require_same_id(const Object& before, const Object& after) {
  const Value* id = find(before, "_id");
  if (id == nullptr) return;
  const Value* now = find(after, "_id");
  if (now == nullptr || *now != *id) {
    fail("Performing an update on the path '_id' would modify the immutable field '_id'");
  }
}

}  // namespace

Object updated(const Object& document, const Value& update, const Value& filter, bool inserting, sql::Timestamp now) {
  Object after = document;
  if (const auto* stages = get<Array>(update)) {
    after = by_pipeline(document, *stages, now);
  } else {
    if (!has_operators(update)) fail("Update document requires atomic operators");
    const Target target{document, inserting, now};
    for (const auto& modifier : modifiers_of(*get<Object>(update), filter, target)) {
      change(after, modifier.path, [&](const auto& before) { return result_of(modifier, before, target); });
    }
  }
  require_same_id(document, after);
  return after;
}

Object replaced(const Object& document, const Value& replacement) {
  const auto* fields = get<Object>(replacement);
  if (fields == nullptr || has_operators(replacement)) fail("Replacement document must not contain atomic operators");
  Object after = *fields;
  const Value* id = find(document, "_id");
  if (id == nullptr) return after;
  if (const Value* given = find(after, "_id"); given != nullptr && *given != *id) {
    fail("After applying the update, the (immutable) field '_id' was found to have been altered to _id: " +
         to_string(*given));
  }
  document::erase(after, "_id");
  after.insert(after.begin(), {"_id", *id});
  return after;
}

Object upserted(const Value& filter) {
  Object document;
  for (const auto& [path, value] : equalities(filter)) {
    change(document, split(path), [&](const auto&) { return std::optional(value); });
  }
  return document;
}

}  // namespace gapless::store::document::mongo
