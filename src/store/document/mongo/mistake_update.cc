// Updates, replacements and pipelines.
#include <algorithm>

#include "store/document/mongo/mistake.h"
#include "store/document/mongo/path.h"
#include "store/document/mongo/pipeline.h"

namespace gapless::store::document::mongo {
namespace {

const std::vector<std::string>& update_operators() {
  static const std::vector<std::string> all = {"$set", "$unset",  "$inc",         "$mul",        "$min",
                                               "$max", "$push",   "$addToSet",    "$pull",       "$pullAll",
                                               "$pop", "$rename", "$setOnInsert", "$currentDate"};
  return all;
}

void check_path(const std::string& name) {
  for (const auto& part : split(name)) {
    if (part.empty()) throw Mistake{"the path `" + name + "` has an empty part"};
    if (part.starts_with("$[")) {
      throw Mistake{"`" + part + "` is not simulated; write the positional $, or a pipeline with $map"};
    }
    if (part.starts_with('$') && part != "$") throw Mistake{"`" + part + "` is no field's name"};
  }
  if (name.starts_with('$')) throw Mistake{"the positional $ stands behind an array's name: \"items.$.left\""};
}

void check_number(const std::string& op, const std::string& name, const Value& value) {
  if (get<Decimal>(value) != nullptr || is_unknown(value)) return;
  throw Mistake{op + " needs a number, not {" + name + ": " + to_string(value) + "}"};
}

void check_added(const std::string& op, const Value& operand) {
  if (!has_operators(operand)) return;
  static const std::vector<std::string> of_push = {"$each", "$position", "$slice", "$sort"};
  static const std::vector<std::string> of_set = {"$each"};
  const auto& known = op == "$push" ? of_push : of_set;
  for (const auto& [name, value] : *get<Object>(operand)) {
    if (std::ranges::find(known, name) == known.end()) {
      throw Mistake{name + " is no modifier of " + op + suggestion(name, known)};
    }
    if (name == "$each" && get<Array>(value) == nullptr && !is_unknown(value)) throw Mistake{"$each takes an array"};
  }
  if (find(operand, "$each") == nullptr) throw Mistake{"the modifiers of " + op + " need $each: {$each: […], …}"};
}

void check_modified(const std::string& op, const std::string& name, const Value& operand) {
  check_path(name);
  if (op == "$inc" || op == "$mul") return check_number(op, name, operand);
  if (op == "$push" || op == "$addToSet") return check_added(op, operand);
  if (op == "$set" && has_operators(operand)) {
    throw Mistake{"$set takes values, not " + to_string(operand) + "; to compute them write a pipeline: [{$set: {" +
                  name + ": …}}]"};
  }
  if (op == "$pull" && get<Object>(operand) != nullptr) return check_filter(Object{{name, operand}}, "$pull");
  if (op == "$pop" && !is_unknown(operand) && operand != Value(1) && operand != Value(-1)) {
    throw Mistake{"$pop takes 1 (the last) or -1 (the first)"};
  }
  if (op == "$rename" && get<std::string>(operand) == nullptr && !is_unknown(operand)) {
    throw Mistake{"$rename takes the new name"};
  }
  if (op == "$currentDate") {
    const Value* type = find(operand, "$type");
    const bool fits = is_unknown(operand) || operand == Value(true) || (type != nullptr && *type == Value("date"));
    if (!fits) throw Mistake{"$currentDate takes true"};
  }
}

void refuse_conflicts(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = i + 1; j < names.size(); ++j) {
      const auto& shorter = names[i].size() < names[j].size() ? names[i] : names[j];
      const auto& longer = names[i].size() < names[j].size() ? names[j] : names[i];
      if (longer == shorter || longer.starts_with(shorter + ".")) {
        throw Mistake{"two operators change `" + shorter + "`"};
      }
    }
  }
}

void check_operators(const Object& update) {
  std::vector<std::string> names;
  for (const auto& [op, fields] : update) {
    if (!op.starts_with('$')) throw Mistake{"operators and fields are mixed in the update: `" + op + "`"};
    if (std::ranges::find(update_operators(), op) == update_operators().end()) {
      if (op == "$addFields") throw Mistake{"$addFields stands in a pipeline: [{$addFields: …}]"};
      throw Mistake{op + " is no update operator" + suggestion(op, update_operators())};
    }
    if (is_unknown(fields)) continue;
    const auto* object = get<Object>(fields);
    if (object == nullptr) throw Mistake{op + " takes fields: {" + op + ": {field: …}}"};
    for (const auto& [name, operand] : *object) {
      check_modified(op, name, operand);
      names.push_back(name);
    }
  }
  refuse_conflicts(names);
}

// ------------------------------------------------------------------------------------------------------- pipelines

void check_group(const Value& specification) {
  const auto* fields = get<Object>(specification);
  if (fields == nullptr || find(*fields, "_id") == nullptr) {
    throw Mistake{"$group needs _id: {$group: {_id: null, total: {$sum: \"$amount\"}}}"};
  }
  const auto known = accumulator_names();
  for (const auto& [name, value] : *fields) {
    if (name == "_id") {
      check_expression(value);
      continue;
    }
    const auto* object = get<Object>(value);
    if (object == nullptr || object->size() != 1) {
      throw Mistake{"`" + name + "` of $group takes an accumulator, as {$sum: \"$amount\"}"};
    }
    const auto& [op, operand] = object->front();
    if (std::ranges::find(known, op) == known.end()) throw Mistake{op + " is no accumulator" + suggestion(op, known)};
    if (op != "$count") check_expression(operand);
  }
}

void check_lookup(const Value& specification) {
  const auto* fields = get<Object>(specification);
  if (fields == nullptr) throw Mistake{"$lookup takes {from, localField, foreignField, as}"};
  static const std::vector<std::string> known = {"from", "localField", "foreignField", "as"};
  for (const auto& [name, value] : *fields) {
    if (std::ranges::find(known, name) == known.end()) {
      throw Mistake{"$lookup with `" + name + "` is not simulated; it takes from, localField, foreignField and as"};
    }
  }
  for (const auto& name : known) {
    const Value* given = find(*fields, name);
    if (given == nullptr || get<std::string>(*given) == nullptr) throw Mistake{"$lookup needs the text `" + name + "`"};
  }
}

void check_fields(const std::string& stage, const Value& fields) {
  const auto* object = get<Object>(fields);
  if (object == nullptr || object->empty()) throw Mistake{stage + " takes fields: {" + stage + ": {field: …}}"};
  for (const auto& [name, value] : *object) {
    check_path(name);
    check_expression(value);
  }
}

void check_stage(const std::string& stage, const Value& operand) {
  if (stage == "$match") return check_filter(operand, "$match");
  if (stage == "$group") return check_group(operand);
  if (stage == "$project") return check_projection(operand);
  if (stage == "$sort") return check_sort(operand);
  if (stage == "$set" || stage == "$addFields") return check_fields(stage, operand);
  if (stage == "$lookup") return check_lookup(operand);
  if (stage == "$unset") {
    for (const auto& name : get<Array>(operand) != nullptr ? *get<Array>(operand) : Array{operand}) {
      if (get<std::string>(name) == nullptr) throw Mistake{"$unset takes fields' names, not " + to_string(name)};
    }
  }
  if (stage == "$unwind") {
    unwound_path(operand);
    return;
  }
  if ((stage == "$limit" || stage == "$skip") && get<Decimal>(operand) == nullptr && !is_unknown(operand)) {
    throw Mistake{stage + " takes a number, not " + to_string(operand)};
  }
  if (stage == "$count" && get<std::string>(operand) == nullptr) throw Mistake{"$count takes a field's name"};
  if (stage == "$replaceRoot") {
    const Value* root = find(operand, "newRoot");
    if (root == nullptr) throw Mistake{"$replaceRoot takes {newRoot: …}"};
    check_expression(*root);
  }
  if (stage == "$replaceWith") check_expression(operand);
}

}  // namespace

void check_update(const Value& update) {
  if (is_unknown(update)) return;
  if (get<Array>(update) != nullptr) return check_pipeline(update, true);
  const auto* object = get<Object>(update);
  if (object == nullptr) throw Mistake{"the update is an object {$set: …} or a pipeline […], not " + to_string(update)};
  if (!has_operators(update)) {
    throw Mistake{"an update needs operators; replacement documents are for replaceOne; did you forget $set?"};
  }
  check_operators(*object);
}

void check_replacement(const Value& replacement) {
  if (is_unknown(replacement)) return;
  const auto* object = get<Object>(replacement);
  if (object == nullptr) throw Mistake{"a replacement is a document {…}, not " + to_string(replacement)};
  const auto is_operator = [](const Field& field) { return field.name.starts_with('$'); };
  const auto found = std::ranges::find_if(*object, is_operator);
  if (found != object->end()) {
    throw Mistake{"a replacement has no operators; for " + found->name + " write updateOne or findOneAndUpdate"};
  }
}

void check_pipeline(const Value& pipeline, bool in_update) {
  if (is_unknown(pipeline)) throw Mistake{"a pipeline is written out: [{$match: …}, …]"};
  const auto* stages = get<Array>(pipeline);
  if (stages == nullptr) throw Mistake{"a pipeline is an array of stages: [{$match: …}, …]"};
  static const std::vector<std::string> of_update = {"$set",     "$addFields",   "$unset",
                                                     "$project", "$replaceWith", "$replaceRoot"};
  const auto known = in_update ? of_update : stage_names();
  for (const auto& stage : *stages) {
    const auto* object = get<Object>(stage);
    if (object == nullptr || object->size() != 1) throw Mistake{"a stage is an object with one field: {$match: …}"};
    const auto& [name, operand] = object->front();
    if (std::ranges::find(known, name) == known.end()) {
      const auto all = stage_names();
      const bool elsewhere = std::ranges::find(all, name) != all.end();
      throw Mistake{name + (elsewhere ? " cannot stand in an update's pipeline"
                                      : " is no stage of a pipeline" + suggestion(name, known))};
    }
    check_stage(name, operand);
  }
}

}  // namespace gapless::store::document::mongo
