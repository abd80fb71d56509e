// The update operators of arrays: $push, $addToSet, $pull, $pullAll, $pop.
#pragma once

#include <optional>
#include <string>

#include "sql/value.h"
#include "store/document/value.h"

namespace gapless::store::document::mongo {

struct ArrayModifier {
  const std::string& op;
  const std::string& field;
  const Value& operand;
  const std::string& document;  // "{_id: 1}", for messages
  sql::Timestamp now;
};

std::optional<Value> array_after(const ArrayModifier& modifier, const std::optional<Value>& before);

}  // namespace gapless::store::document::mongo
