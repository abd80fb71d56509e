#include "store/document/value.h"

#include <algorithm>
#include <type_traits>

#include "sql/literal.h"

namespace gapless::store::document {
namespace {

// null, numbers, text, object, array, set, boolean, instant; what is not known yet last.
int rank(const Value& value) {
  static constexpr int ranks[] = {0, 6, 1, 2, 7, 4, 3, 5, 8};  // in the order of the variant's alternatives
  return ranks[value.held.index()];
}

template <typename Elements>
std::strong_ordering compare_all(const Elements& a, const Elements& b) {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
}

bool is_plain_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
  };
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string listed(const std::vector<Value>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + to_string(value);
  return text;
}

std::string bare(const Decimal& number) {
  std::string text = number.to_string();
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::strong_ordering operator<=>(const Field& a, const Field& b) {
  if (const auto order = a.name <=> b.name; order != 0) return order;
  return a.value <=> b.value;
}

std::strong_ordering operator<=>(const Value& a, const Value& b) {
  if (const auto order = rank(a) <=> rank(b); order != 0) return order;
  return std::visit(
      [&](const auto& left) -> std::strong_ordering {
        using Held = std::decay_t<decltype(left)>;
        const auto& right = std::get<Held>(b.held);
        if constexpr (std::is_same_v<Held, Null> || std::is_same_v<Held, Unknown>) {
          return std::strong_ordering::equal;
        } else if constexpr (std::is_same_v<Held, Decimal>) {
          return compare(left, right);
        } else if constexpr (std::is_same_v<Held, Array> || std::is_same_v<Held, Object>) {
          return compare_all(left, right);
        } else if constexpr (std::is_same_v<Held, Set>) {
          return compare_all(left.members, right.members);
        } else {
          return left <=> right;
        }
      },
      a.held);
}

const Value* find(const Object& object, std::string_view name) {
  const auto found = std::ranges::find(object, name, &Field::name);
  return found == object.end() ? nullptr : &found->value;
}

Value* find(Object& object, std::string_view name) {
  const auto found = std::ranges::find(object, name, &Field::name);
  return found == object.end() ? nullptr : &found->value;
}

const Value* find(const Value& value, std::string_view name) {
  const auto* object = get<Object>(value);
  return object == nullptr ? nullptr : find(*object, name);
}

void set(Object& object, std::string_view name, Value value) {
  if (auto* found = find(object, name)) {
    *found = std::move(value);
  } else {
    object.push_back({std::string(name), std::move(value)});
  }
}

bool erase(Object& object, std::string_view name) {
  return std::erase_if(object, [&](const Field& field) { return field.name == name; }) > 0;
}

std::string to_string(const Value& value) {
  return std::visit(
      [](const auto& held) -> std::string {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, Null>) {
          return "null";
        } else if constexpr (std::is_same_v<Held, Unknown>) {
          return "…";
        } else if constexpr (std::is_same_v<Held, bool>) {
          return held ? "true" : "false";
        } else if constexpr (std::is_same_v<Held, Decimal>) {
          return bare(held);
        } else if constexpr (std::is_same_v<Held, std::string>) {
          return quoted(held);
        } else if constexpr (std::is_same_v<Held, sql::Timestamp>) {
          return "ISODate(" + quoted(sql::to_string(sql::Value(held))) + ")";
        } else if constexpr (std::is_same_v<Held, Array>) {
          return "[" + listed(held) + "]";
        } else if constexpr (std::is_same_v<Held, Set>) {
          return "<<" + listed(held.members) + ">>";
        } else {
          std::string text;
          for (const auto& [name, each] : held) {
            text += (text.empty() ? "" : ", ") + (is_plain_name(name) ? name : quoted(name)) + ": " + to_string(each);
          }
          return "{" + text + "}";
        }
      },
      value.held);
}

std::string type_name(const Value& value) {
  static constexpr const char* names[] = {"null",  "boolean", "number", "text",   "date",
                                          "array", "object",  "set",    "unknown"};
  return names[value.held.index()];
}

Value from_sql(const sql::Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && sql::has_name(*text)) throw sql::NameUsed("a text with it goes into a document");
  return std::visit(
      [&](const auto& held) -> Value {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, sql::Null>) {
          return Null{};
        } else if constexpr (std::is_same_v<Held, std::int32_t> || std::is_same_v<Held, std::int64_t>) {
          return Decimal(held);
        } else if constexpr (std::is_same_v<Held, sql::Name>) {
          throw sql::NameUsed("it goes into a document");
        } else if constexpr (std::is_same_v<Held, bool> || std::is_same_v<Held, Decimal> ||
                             std::is_same_v<Held, std::string> || std::is_same_v<Held, sql::Timestamp>) {
          return held;
        } else if constexpr (std::is_same_v<Held, sql::Date>) {
          return sql::Timestamp{std::int64_t{held.days} * 86'400'000'000};
        } else {
          return sql::to_string(value);
        }
      },
      value);
}

sql::Value to_sql_value(const Value& value) {
  if (is_null(value)) return sql::Null{};
  if (const auto* held = get<bool>(value)) return *held;
  if (const auto* held = get<Decimal>(value)) return *Decimal::parse(bare(*held));
  if (const auto* held = get<std::string>(value)) return *held;
  if (const auto* held = get<sql::Timestamp>(value)) return *held;
  return to_string(value);
}

void add_to(Digest& digest, const Value& value) {
  digest.add(value.held.index());
  std::visit(
      [&](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, Array>) {
          digest.add(held.size());
          for (const auto& each : held) add_to(digest, each);
        } else if constexpr (std::is_same_v<Held, Set>) {
          digest.add(held.members.size());
          for (const auto& each : held.members) add_to(digest, each);
        } else if constexpr (std::is_same_v<Held, Object>) {
          digest.add(held.size());
          for (const auto& [name, each] : held) {
            digest.add(name);
            add_to(digest, each);
          }
        }
      },
      value.held);
  const bool is_composite = get<Array>(value) || get<Object>(value) || get<Set>(value);
  if (!is_composite) digest.add(to_string(value));
}

// Copying and destroying, compiled once; see sql/statement.h.

Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

}  // namespace gapless::store::document
