// Functions in SQL, as far as isolation tests have them: one statement that returns nothing. A call is replaced by the
// body with the arguments in it, which at any isolation level is what PostgreSQL does, too.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spec/words.h"

namespace gapless::spec {

struct SqlFunction {
  std::vector<std::pair<std::string, std::string>> parameters;  // name and type; the name is empty if none is written
  std::string body;
};
using SqlFunctions = std::map<std::string, SqlFunction>;

// Words that make no sense to us, where, and why.
struct Misfit {
  std::size_t at = 0;  // within the text
  std::string message;
};

// CREATE [OR REPLACE] FUNCTION name(…) RETURNS void LANGUAGE SQL AS $$ body $$
std::optional<Misfit> add_function(std::string_view text, SqlFunctions& functions);

struct Call {
  std::string function;
  std::string text;  // the statement that does it
};
// SELECT name(…) of a known function. Neither a call nor a misfit where no known function is mentioned.
std::optional<Call> expanded_call(std::string_view text, const SqlFunctions& functions, std::optional<Misfit>& misfit);

}  // namespace gapless::spec
