#include "store/document/mongo/pipeline.h"

#include <algorithm>
#include <map>

#include "store/document/mongo/expression.h"
#include "store/document/mongo/failure.h"
#include "store/document/mongo/filter.h"
#include "store/document/mongo/path.h"
#include "store/document/mongo/project.h"

namespace gapless::store::document::mongo {
namespace {

using Collected = std::vector<Object>;

std::size_t natural(const std::string& stage, const Value& value, std::int64_t least) {
  const auto* number = get<Decimal>(value);
  const auto held = number == nullptr ? std::nullopt : number->to_int64();
  if (!held || *held < least) fail("invalid argument to " + stage + " stage: " + to_string(value));
  return static_cast<std::size_t>(*held);
}

const std::string& text(const std::string& stage, const Value* value) {
  const auto* held = value == nullptr ? nullptr : get<std::string>(*value);
  if (held == nullptr) fail(stage + " needs a text here");
  return *held;
}

template <typename Function>
Collected each(const Collected& documents, const Function& function) {
  Collected results;
  for (const auto& document : documents) results.push_back(function(document));
  return results;
}

Collected matched(Collected documents, const Value& filter, sql::Timestamp now) {
  std::erase_if(documents, [&](const Object& document) { return !matches(filter, document, now); });
  return documents;
}

Collected in_order(Collected documents, const Value& by) {
  std::ranges::stable_sort(documents, [&](const Object& a, const Object& b) { return comes_before(a, b, by); });
  return documents;
}

// A document an element; where there is no array, the value counts as its only element.
Collected unwound(const Collected& documents, const Value& specification) {
  const auto path = split(unwound_path(specification));
  const Value* keep = find(specification, "preserveNullAndEmptyArrays");
  const bool keeps = keep != nullptr && is_true(*keep);
  Collected results;
  for (const auto& document : documents) {
    const Value* value = at(document, path);
    const auto* array = value == nullptr ? nullptr : get<Array>(*value);
    const bool is_empty = value == nullptr || is_null(*value) || (array != nullptr && array->empty());
    if (is_empty) {
      if (keeps) results.push_back(document);
      continue;
    }
    for (const auto& element : array != nullptr ? *array : Array{*value}) {
      results.push_back(document);
      change(results.back(), path, [&](const auto&) { return std::optional(element); });
    }
  }
  return results;
}

Collected looked_up(const Collected& documents, const Value& specification, const Around& around) {
  if (!around.documents_of) fail("$lookup is not allowed to be used within an update");
  const auto others = around.documents_of(text("$lookup", find(specification, "from")));
  const auto local = split(text("$lookup", find(specification, "localField")));
  const auto& foreign = text("$lookup", find(specification, "foreignField"));
  const auto as = split(text("$lookup", find(specification, "as")));
  return each(documents, [&](Object document) {
    Array wanted;
    for (const Value* value : reached(document, local)) {
      const auto* array = value == nullptr ? nullptr : get<Array>(*value);
      if (array != nullptr) wanted.insert(wanted.end(), array->begin(), array->end());
      if (array == nullptr) wanted.push_back(value == nullptr ? Value() : *value);
    }
    Array found;
    for (const auto& other : others) {
      const Value condition = Object{{foreign, Object{{"$in", wanted}}}};
      if (matches(condition, other, around.now)) found.emplace_back(other);
    }
    change(document, as, [&](const auto&) { return Value(found); });
    return document;
  });
}

Collected counted(const Collected& documents, const Value& name) {
  if (documents.empty()) return {};
  return {Object{{text("$count", &name), static_cast<std::int64_t>(documents.size())}}};
}

Object without_fields(const Object& document, const Value& names) {
  Object result = document;
  for (const auto& name : get<Array>(names) != nullptr ? *get<Array>(names) : Array{names}) {
    change(result, split(text("$unset", &name)), [](const auto&) { return std::nullopt; });
  }
  return result;
}

Object replacement(const Object& document, const Value& expression, sql::Timestamp now) {
  const auto value = evaluate(expression, {&document, now, {}});
  const auto* object = value ? get<Object>(*value) : nullptr;
  if (object == nullptr) fail("'newRoot' expression must evaluate to an object");
  return *object;
}

Collected through(Collected documents, const std::string& stage, const Value& operand, const Around& around) {
  const auto now = around.now;
  if (stage == "$match") return matched(std::move(documents), operand, now);
  if (stage == "$group") return grouped(documents, operand, now);
  if (stage == "$project") {
    const auto projection = read_projection(operand);
    return each(documents, [&](const Object& document) { return projected(document, projection, now); });
  }
  if (stage == "$set" || stage == "$addFields") {
    const auto fields = leaves(operand);
    return each(documents, [&](const Object& document) { return with_fields(document, fields, now); });
  }
  if (stage == "$unset") return each(documents, [&](const Object& each) { return without_fields(each, operand); });
  if (stage == "$sort") return in_order(std::move(documents), operand);
  if (stage == "$limit") {
    documents.resize(std::min(documents.size(), natural(stage, operand, 1)));
    return documents;
  }
  if (stage == "$skip") {
    const auto skipped = std::min(documents.size(), natural(stage, operand, 0));
    documents.erase(documents.begin(), documents.begin() + static_cast<std::ptrdiff_t>(skipped));
    return documents;
  }
  if (stage == "$unwind") return unwound(documents, operand);
  if (stage == "$count") return counted(documents, operand);
  if (stage == "$lookup") return looked_up(documents, operand, around);
  if (stage == "$replaceWith" || stage == "$replaceRoot") {
    const Value* root = stage == "$replaceRoot" ? find(operand, "newRoot") : &operand;
    if (root == nullptr) fail("no newRoot specified for the $replaceRoot stage");
    return each(documents, [&](const Object& document) { return replacement(document, *root, now); });
  }
  fail("Unrecognized pipeline stage name: '" + stage + "'");
}

}  // namespace

std::string unwound_path(const Value& specification) {
  const Value* path = get<Object>(specification) != nullptr ? find(specification, "path") : &specification;
  const auto& name = text("$unwind", path);
  if (!name.starts_with('$')) fail("path option to $unwind stage should be prefixed with a '$': " + name);
  return name.substr(1);
}

std::vector<Object> aggregated(std::vector<Object> documents, const Array& stages, const Around& around) {
  for (const auto& stage : stages) {
    const auto* object = get<Object>(stage);
    if (object == nullptr || object->size() != 1) {
      fail("A pipeline stage specification object must contain exactly one field.");
    }
    documents = through(std::move(documents), object->front().name, object->front().value, around);
  }
  return documents;
}

std::vector<std::string> stage_names() {
  return {"$match", "$group", "$project", "$set",   "$addFields", "$unset",       "$sort",
          "$limit", "$skip",  "$unwind",  "$count", "$lookup",    "$replaceWith", "$replaceRoot"};
}

}  // namespace gapless::store::document::mongo
