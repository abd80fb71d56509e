// Queries from evaluate.cases, each with what PostgreSQL 15 answers to it, digit for digit and message for message.
//
// The file's form: a schema up to the first line of dashes; then a query on one line, and below it, indented, "=> " and
// the answer of `psql -At` (NULLs as NULL, rows separated by " ; ", errors as ERROR condition: message).
#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "evaluate_bank.h"

namespace gapless::store {
namespace {

constexpr std::string_view answer_mark = "    => ";

TEST_CASE("queries answer as PostgreSQL does") {
  std::ifstream file(GAPLESS_EVALUATE_CASES);
  REQUIRE(file.good());
  std::string schema;
  std::string line;
  while (std::getline(file, line) && !line.starts_with("---")) schema += line + "\n";
  const Bank bank(schema);

  int count = 0;
  std::string query;
  while (std::getline(file, line)) {
    if (line.starts_with(answer_mark)) {
      CAPTURE(query);
      CHECK(result_of(bank, query) == line.substr(answer_mark.size()));
      ++count;
    } else if (!line.starts_with("#")) {
      query = line;
    }
  }
  CHECK(count >= 200);  // a file cut short must not pass
}

}  // namespace
}  // namespace gapless::store
