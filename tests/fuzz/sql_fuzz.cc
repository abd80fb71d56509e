// libFuzzer over the SQL front end: any bytes end in a bound Statement or in a ModelError, never in a crash, a hang or
// an InternalError. Not wired to Meson, since it needs clang. From the root of the repository:
//
//   clang++-16 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -Isrc
//     tests/fuzz/sql_fuzz.cc src/sql/*.cc src/base/*.cc -lpg_query -lprotobuf-c -lfmt -o /tmp/sql_fuzz
//   mkdir -p /tmp/sql_corpus && /tmp/sql_fuzz -dict=tests/fuzz/sql.dict -max_len=2000 -timeout=10 -max_total_time=600
//   /tmp/sql_corpus
//
// The first byte chooses what is read: a statement, an expression, a database block, several statements, or where text
// ends.
#include <cstddef>
#include <cstdint>
#include <string>

#include "sql/bind.h"
#include "sql/parse.h"
#include "sql/scan.h"

namespace {

using namespace gapless;

const sql::Catalog& bank() {
  static const sql::Catalog catalog = [] {
    const Source source = make_source("bank.sql", R"(
      CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL DEFAULT 0 CHECK (balance >= 0), name varchar(10));
      CREATE TABLE codes (id bigserial PRIMARY KEY, code text UNIQUE, used boolean, at timestamptz DEFAULT now(),
                          price numeric(10, 2), owner int REFERENCES users, day date);
      CREATE UNIQUE INDEX ON codes (lower(code)) WHERE used;
      CREATE INDEX ON codes (price)))");
    return sql::parse_setup(source, {0, static_cast<Offset>(source->text.size())}, "bank").catalog;
  }();
  return catalog;
}

void read(std::uint8_t what, std::string text) {
  const Source source = make_source("fuzz", std::move(text));
  const sql::Range all{0, static_cast<Offset>(source->text.size())};
  switch (what % 5) {
    case 0: {
      auto statement = sql::parse_statement(source, all);
      sql::bind(statement, bank());
      break;
    }
    case 1: {
      const auto is_local = [](std::string_view name) { return name == "user" || name == "amount" || name == "x"; };
      auto statement = sql::parse_expression(source, all, is_local);
      sql::bind(statement, sql::Catalog());
      break;
    }
    case 2:
      sql::parse_setup(source, all, "bank");
      break;
    case 3:
      for (auto& statement : sql::parse_statements(source, all)) sql::bind(statement, bank());
      break;
    default:
      sql::fold_space(source->text);
      sql::find_end(source, 0, ";{,)");
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  try {
    read(data[0], std::string(reinterpret_cast<const char*>(data + 1), size - 1));
  } catch (const ModelError&) {  // NOLINT: the other allowed outcome
  }
  return 0;
}
