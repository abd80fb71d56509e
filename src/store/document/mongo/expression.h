// Aggregation expressions: {$subtract: ["$balance", 50]}, as in $expr, in pipelines and in updates by a pipeline.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/value.h"
#include "store/document/value.h"

namespace gapless::store::document::mongo {

using Maybe = std::optional<Value>;  // nullopt: missing, which is less than null

struct Scope {
  const Object* document;  // "$field", $$ROOT
  sql::Timestamp now;      // $$NOW
  std::map<std::string, Value> variables;
};

Maybe evaluate(const Value& expression, const Scope& scope);

// As MongoDB understands a condition: false are false, 0, null and what is missing.
bool is_true(const Value& value);
bool is_true(const Maybe& value);

std::vector<std::string> expression_operators();

}  // namespace gapless::store::document::mongo
