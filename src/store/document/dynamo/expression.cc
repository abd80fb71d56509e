#include "store/document/dynamo/expression.h"

#include <algorithm>

#include "store/document/dynamo/tokens.h"

namespace gapless::store::document::dynamo {
namespace {

constexpr std::size_t most_digits = 38;
constexpr std::int64_t epoch_2000 = 946'684'800;  // seconds from 1970 to 2000

void check_digits(const Value& number) {
  std::string digits = document::to_string(number);
  std::erase_if(digits, [](char c) { return c < '0' || c > '9'; });
  const auto first = digits.find_first_not_of('0');
  if (first == std::string::npos) return;
  const auto last = digits.find_last_not_of('0');
  if (last - first + 1 > most_digits) {
    throw Refusal("Attempting to store more than 38 significant digits in a Number");
  }
}

Decimal seconds(sql::Timestamp instant) {
  return Decimal(epoch_2000) + divide(Decimal(instant.microseconds), Decimal(1'000'000));
}

Object canonical_map(const Object& object) {
  Object result;
  for (const auto& [name, value] : object) result.push_back({name, canonical(value)});
  std::ranges::stable_sort(result, {}, &Field::name);
  const auto twice = std::ranges::adjacent_find(result, {}, &Field::name);
  if (twice != result.end()) throw Refusal("the attribute `" + twice->name + "` is given twice");
  return result;
}

Value canonical_set(const Set& set) {
  if (set.members.empty()) throw Refusal("One or more parameter values were invalid: An string set  may not be empty");
  Set result;
  for (const auto& member : set.members) result.members.push_back(canonical(member));
  const bool unknown = std::ranges::any_of(result.members, is_unknown);
  const std::string type = type_letters(result.members.front());
  for (const auto& member : result.members) {
    const bool fits = is_unknown(member) || unknown || (type_letters(member) == type && (type == "S" || type == "N"));
    if (!fits) throw Refusal("One or more parameter values were invalid: a set holds texts only, or numbers only");
  }
  std::ranges::sort(result.members, [](const Value& a, const Value& b) { return a < b; });
  const auto twice = std::ranges::adjacent_find(result.members, [](const Value& a, const Value& b) { return a == b; });
  if (twice != result.members.end() && !unknown) {
    throw Refusal("One or more parameter values were invalid: Input collection " +
                  document::to_string(Array(set.members)) + " contains duplicates.");
  }
  return result;
}

}  // namespace

std::string to_string(const DocumentPath& path) {
  std::string text;
  for (const auto& step : path) {
    const auto* index = std::get_if<std::size_t>(&step);
    text += (text.empty() ? "" : ", ") +
            (index != nullptr ? "[" + std::to_string(*index) + "]" : std::get<std::string>(step));
  }
  return "[" + text + "]";
}

std::string head_of(const DocumentPath& path) { return std::get<std::string>(path.at(0)); }

Path names_of(const DocumentPath& path) {
  Path names;
  for (const auto& step : path) {
    const auto* name = std::get_if<std::string>(&step);
    if (name == nullptr) break;
    names.push_back(*name);
  }
  return names;
}

bool is_prefix(const DocumentPath& prefix, const DocumentPath& path) {
  return prefix.size() <= path.size() && std::equal(prefix.begin(), prefix.end(), path.begin());
}

std::string type_letters(const Value& value) {
  static constexpr const char* letters[] = {"NULL", "BOOL", "N", "S", "N", "L", "M", "", ""};
  const auto* set = get<Set>(value);
  if (set == nullptr) return letters[value.held.index()];
  return !set->members.empty() && get<Decimal>(set->members.front()) != nullptr ? "NS" : "SS";
}

std::string type_word(const Value& value) {
  static constexpr const char* words[] = {"NULL", "BOOLEAN", "NUMBER", "STRING", "NUMBER", "LIST", "MAP", "SET", ""};
  return words[value.held.index()];
}

Value canonical(const Value& value) {
  if (const auto* instant = get<sql::Timestamp>(value)) return seconds(*instant);
  if (get<Decimal>(value) != nullptr) check_digits(value);
  if (const auto* object = get<Object>(value)) return canonical_map(*object);
  if (const auto* set = get<Set>(value)) return canonical_set(*set);
  if (const auto* array = get<Array>(value)) {
    Array result;
    for (const auto& each : *array) result.push_back(canonical(each));
    return result;
  }
  return value;
}

}  // namespace gapless::store::document::dynamo
