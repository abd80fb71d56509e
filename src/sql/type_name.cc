// PostgreSQL's types → the few that we have. smallint is kept as integer, timestamptz as timestamp (in UTC).
#include <algorithm>
#include <array>

#include "sql/reader.h"

namespace gapless::sql {

namespace {

struct KnownType {
  std::string_view name;
  Type type;
  bool serial = false;
};

constexpr auto known_types = std::to_array<KnownType>({
    {"int4", Type::integer},
    {"int", Type::integer},
    {"integer", Type::integer},
    {"int2", Type::integer},
    {"int8", Type::bigint},
    {"numeric", Type::numeric},
    {"text", Type::text},
    {"varchar", Type::text},
    {"bpchar", Type::text},
    {"bool", Type::boolean},
    {"timestamp", Type::timestamp},
    {"timestamptz", Type::timestamp},
    {"date", Type::date},
    {"interval", Type::interval},
    {"serial", Type::integer, true},
    {"serial4", Type::integer, true},
    {"smallserial", Type::integer, true},
    {"serial2", Type::integer, true},
    {"bigserial", Type::bigint, true},
    {"serial8", Type::bigint, true},
});

constexpr auto refused_types = std::to_array<Construct>({
    {"char", "use text or varchar(n)"},
    {"float4", "use numeric, which is exact"},
    {"float8", "use numeric, which is exact"},
    {"money", "use numeric or integer cents"},
    {"time", "use timestamp"},
    {"timetz", "use timestamp"},
    {"uuid", "use text"},
    {"json", "use columns"},
    {"jsonb", "use columns"},
    {"bytea", "use text"},
});

}  // namespace

TypeName Reader::type_name(const Node& node) {
  auto names = node.names("names");
  if (names.size() == 2 && names.front() == "pg_catalog") names.erase(names.begin());
  node.number("typemod");
  TypeName result;
  result.name = names.back();
  const auto known = std::ranges::find(known_types, result.name, &KnownType::name);
  if (names.size() != 1 || known == known_types.end()) {
    const auto refused = std::ranges::find(refused_types, result.name, &Construct::name);
    node.not_supported("type " + result.name, refused == refused_types.end() ? "" : refused->alternative);
  }
  result.type = known->type;
  result.serial = known->serial;

  std::vector<int> modifiers;
  for (const Node& modifier : node.children("typmods")) {
    const Expression value = expression(modifier);
    const auto* number = std::get_if<std::int32_t>(&value.value);
    if (value.kind != Expression::Kind::literal || number == nullptr)
      modifier.refuse("a type's length must be an integer");
    modifiers.push_back(*number);
  }
  result.fixed_length = result.name == "bpchar";
  const bool is_varchar = result.name == "varchar" || result.fixed_length;
  const std::size_t most = result.type == Type::numeric ? 2 : is_varchar ? 1 : 0;
  if (modifiers.size() > most) node.not_supported("a precision of type " + result.name, "leave it out");
  if (!modifiers.empty()) {
    result.precision = modifiers.front();
    if (result.precision < 1 || result.precision > (is_varchar ? 10'485'760 : 1'000))
      node.refuse("the length of type " + result.name + " is out of range");
  }
  if (result.type == Type::numeric && !modifiers.empty()) {
    result.scale = modifiers.size() == 2 ? modifiers.back() : 0;
    if (result.scale < 0 || result.scale > result.precision)
      node.not_supported("a numeric scale outside 0 … precision", "");
  }
  if (result.fixed_length && modifiers.empty()) node.not_supported("char without a length", "use text");
  node.done();
  return result;
}

}  // namespace gapless::sql
