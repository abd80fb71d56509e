// The sessions of a town, all at SERIALIZABLE.
#include "serializable.h"

#include <doctest/doctest.h>

namespace gapless::store::relational {

void plays_serializable(std::string_view schema, const std::string& script, Tracking tracking) {
  Town town(schema, tracking);
  for (int number = 1; number <= 9; ++number) {
    town.play(std::to_string(number) + "> SET default_transaction_isolation = 'serializable'");
  }
  CHECK(town.transcript(script) == script);
}

}  // namespace gapless::store::relational
