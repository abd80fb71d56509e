// The operators of expressions whose arguments are all evaluated first: $add, $gte, $concat, …
#pragma once

#include <string>
#include <vector>

#include "store/document/mongo/expression.h"

namespace gapless::store::document::mongo {

using Arguments = std::vector<Maybe>;

bool is_operator(const std::string& name);
Maybe operate(const std::string& op, const Arguments& arguments);  // REQUIRES: is_operator(op)
std::vector<std::string> operator_names();

bool is_nothing(const Maybe& value);                                     // null or missing
const Array& array_argument(const std::string& op, const Maybe& value);  // fails where it is none

}  // namespace gapless::store::document::mongo
