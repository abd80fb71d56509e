// A parameter is a value, not text: 5 of type bigint does not become an int4 by being written down, and what stands
// before a negative number must not make a comment of it.
#include "store/written.h"

namespace gapless::store {
namespace {

std::string with_type(const sql::Value& value, const char* type) { return "'" + sql::to_string(value) + "'::" + type; }

}  // namespace

std::string for_server(const sql::Value& value) {
  if (const auto* number = std::get_if<std::int32_t>(&value)) {
    return *number >= 0 ? std::to_string(*number) : with_type(value, "integer");
  }
  if (std::holds_alternative<std::int64_t>(value)) return with_type(value, "bigint");
  if (std::holds_alternative<Decimal>(value)) return with_type(value, "numeric");
  if (std::holds_alternative<sql::Timestamp>(value)) return with_type(value, "timestamp");
  if (std::holds_alternative<sql::Date>(value)) return with_type(value, "date");
  if (std::holds_alternative<sql::Interval>(value)) return with_type(value, "interval");
  return sql::to_sql(value);
}

std::string begin_for_server(const Operation& operation) {
  std::string text = "BEGIN ISOLATION LEVEL ";
  switch (operation.isolation) {
    case Isolation::read_committed:
      text += "READ COMMITTED";
      break;
    case Isolation::repeatable_read:
      text += "REPEATABLE READ";
      break;
    case Isolation::serializable:
      text += "SERIALIZABLE";
      break;
  }
  text += operation.read_only ? ", READ ONLY" : ", READ WRITE";
  return text + (operation.deferrable ? ", DEFERRABLE" : ", NOT DEFERRABLE");
}

}  // namespace gapless::store
