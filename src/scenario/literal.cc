// What is asked of a literal once it is read; and DynamoDB's type descriptors, which are taken away.
#include <algorithm>
#include <utility>

#include "scenario/literal_text.h"

namespace gapless::scenario {

namespace document = store::document;

const Literal* find(const Literal& literal, std::string_view name) {
  const auto* object = std::get_if<Literal::Object>(&literal.held);
  if (object == nullptr) return nullptr;
  const auto found = std::ranges::find(*object, name, &LiteralField::name);
  return found == object->end() ? nullptr : &found->value;
}

const std::string* text_of(const Literal& literal) {
  const auto* value = std::get_if<document::Value>(&literal.held);
  return value == nullptr ? nullptr : document::get<std::string>(*value);
}

document::Value value_of(const Literal& literal, const OfExpression& of_expression) {
  if (const auto* value = std::get_if<document::Value>(&literal.held)) return *value;
  if (const auto* array = std::get_if<Literal::Array>(&literal.held)) {
    document::Array values;
    for (const auto& each : *array) values.push_back(value_of(each, of_expression));
    if (literal.is_set) {
      std::ranges::sort(values);
      values.erase(std::unique(values.begin(), values.end()), values.end());
      return document::Set{std::move(values)};
    }
    return values;
  }
  if (const auto* object = std::get_if<Literal::Object>(&literal.held)) {
    document::Object fields;
    for (const auto& each : *object) fields.push_back({each.name, value_of(each.value, of_expression)});
    return fields;
  }
  return of_expression ? of_expression(literal) : document::Value(document::Unknown{});
}

// ------------------------------------------------------------------------------------------- type descriptors

namespace {

[[noreturn]] void refuse_descriptor(const SourceText& source, Offset at, const std::string& name,
                                    const std::string& wanted) {
  throw ModelError(source, at, "`{\"" + name + "\": …}` takes " + wanted);
}

Literal number_of(Literal value, const SourceText& source) {
  if (const auto* content = text_of(value)) {
    const auto number = Decimal::parse(*content);
    if (!number) throw ModelError(source, value.at, "`" + *content + "` is no number");
    value.held = document::Value(*number);
  } else if (std::holds_alternative<sql::Range>(value.held)) {
    value.is_number = true;
  } else if (!document::get<Decimal>(value_of(value))) {
    refuse_descriptor(source, value.at, "N", "a number, as in {\"N\": \"5\"}");
  }
  return value;
}

}  // namespace

Literal without_descriptors(Literal value, const SourceText& source) {
  auto* object = std::get_if<Literal::Object>(&value.held);
  if (object == nullptr) return value;
  static constexpr std::array<std::string_view, 8> names = {"S", "N", "BOOL", "NULL", "L", "M", "SS", "NS"};
  if (object->size() != 1 || std::ranges::find(names, object->front().name) == names.end()) {
    for (auto& field : *object) field.value = without_descriptors(std::move(field.value), source);
    return value;
  }
  const std::string name = object->front().name;
  const Offset end = value.end;
  Literal held = std::move(object->front().value);
  auto* array = std::get_if<Literal::Array>(&held.held);
  const bool is_expression = std::holds_alternative<sql::Range>(held.held);
  if (name == "S" && !is_expression && text_of(held) == nullptr) refuse_descriptor(source, held.at, name, "a text");
  if (name == "BOOL" && !is_expression && document::get<bool>(value_of(held)) == nullptr) {
    refuse_descriptor(source, held.at, name, "true or false");
  }
  if (name == "N") held = number_of(std::move(held), source);
  if (name == "NULL") held.held = document::Value(document::Null{});
  if (name == "M") {
    auto* fields = std::get_if<Literal::Object>(&held.held);
    if (fields == nullptr) refuse_descriptor(source, held.at, name, "an object");
    for (auto& field : *fields) field.value = without_descriptors(std::move(field.value), source);
  }
  if (name == "L" || name == "SS" || name == "NS") {
    if (array == nullptr) refuse_descriptor(source, held.at, name, "an array");
    for (auto& each : *array) {
      each = name == "L"    ? without_descriptors(std::move(each), source)
             : name == "NS" ? number_of(std::move(each), source)
                            : std::move(each);
    }
    held.is_set = name != "L";
  }
  held.end = end;
  return held;
}

}  // namespace gapless::scenario
