// The words that DynamoDB refuses as names in an expression.
#pragma once

#include <string>
#include <string_view>

namespace gapless::store::document::dynamo {

bool is_reserved(std::string_view name);  // in any case of letters
std::string lower(std::string_view text);

}  // namespace gapless::store::document::dynamo
