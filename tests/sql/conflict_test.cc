// ON CONFLICT: which keys it means, and what it may say about the two rows.
#include <doctest/doctest.h>

#include "bank.h"

namespace gapless::sql {

namespace {

const Catalog& catalog() {
  static const Catalog result = setup_of(R"(
      CREATE TABLE t (id int PRIMARY KEY, a int, b text, used boolean, UNIQUE (a, b));
      CREATE UNIQUE INDEX t_open ON t (a) WHERE NOT used AND b IS NOT NULL;
      CREATE UNIQUE INDEX t_lower ON t (lower(b), a);
      CREATE TABLE g (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x int))")
                                    .catalog;
  return result;
}

std::string inserted(std::string_view conflict, std::string_view head = "INSERT INTO t VALUES (1, 2) ") {
  std::string result;
  const std::string text = std::string(head) + std::string(conflict);
  const std::string refused = complaint_of([&] {
    Statement statement = parse_statement(text);
    bind(statement, catalog());
    result = print(statement);
  });
  if (refused != "no complaint") return refused;
  const auto at = result.find(" CONFLICT");
  return at == std::string::npos ? "no conflict clause" : result.substr(at + 1);
}

}  // namespace

TEST_CASE("the keys that a conflict is looked for in are inferred as PostgreSQL infers them") {
  CHECK(inserted("") == "no conflict clause");
  CHECK(inserted("ON CONFLICT DO NOTHING") == "CONFLICT 0 1 2 3 NOTHING");
  CHECK(inserted("ON CONFLICT (id) DO NOTHING") == "CONFLICT 0 NOTHING");
  CHECK(inserted("ON CONFLICT (b, a) DO NOTHING") == "CONFLICT 1 NOTHING");
  CHECK(inserted("ON CONFLICT (b, (a), a) DO NOTHING") == "CONFLICT 1 NOTHING");
  CHECK(inserted("ON CONFLICT (a, lower(b)) DO NOTHING") == "CONFLICT 3 NOTHING");
  CHECK(inserted("ON CONFLICT (a) WHERE b IS NOT NULL AND NOT used DO NOTHING") == "CONFLICT 2 NOTHING");
  CHECK(inserted("ON CONFLICT (a) WHERE b = 'x' AND NOT used AND id > 3 DO NOTHING") == "CONFLICT 2 NOTHING");
  CHECK(inserted("ON CONFLICT (id) WHERE NOT used DO NOTHING") == "CONFLICT 0 NOTHING");
  CHECK(inserted("ON CONFLICT ON CONSTRAINT t_a_b_key DO NOTHING") == "CONFLICT 1 NOTHING");

  const std::string none = "1:29: there is no unique or exclusion constraint matching the ON CONFLICT specification";
  CHECK(inserted("ON CONFLICT (a) DO NOTHING") == none);  // its index is partial
  CHECK(inserted("ON CONFLICT (b) DO NOTHING") == none);
  CHECK(inserted("ON CONFLICT (upper(b), a) DO NOTHING") == none);
  CHECK(inserted("ON CONFLICT (lower(b)) DO NOTHING") == none);
  CHECK(inserted("ON CONFLICT (a, lower(b), upper(b)) DO NOTHING") == none);
  CHECK(inserted("ON CONFLICT (a) WHERE used DO NOTHING") ==
        "1:51: this condition does not visibly imply that of the unique index: write it as in CREATE UNIQUE INDEX");
  CHECK(inserted("ON CONFLICT ON CONSTRAINT t_open DO NOTHING") ==  // an index is no constraint
        "1:29: constraint \"t_open\" for table \"t\" does not exist");
  CHECK(inserted("ON CONFLICT ON CONSTRAINT t_pky DO NOTHING") ==
        "1:29: constraint \"t_pky\" for table \"t\" does not exist; did you mean \"t_pkey\"?");
  CHECK(inserted("ON CONFLICT (nope) DO NOTHING") == "1:41: column \"nope\" does not exist");
  CHECK(inserted("ON CONFLICT (id DESC) DO NOTHING") == "1:41: ASC/DESC is not allowed in ON CONFLICT clause");
}

TEST_CASE("an index on an expression pins no columns") {
  const auto warned = [](std::string_view text) {
    Statement statement = parse_statement(text);
    bind(statement, setup_of("CREATE TABLE t (a int, b text); CREATE UNIQUE INDEX ON t (lower(b))").catalog);
    return statement.limit_without_order;
  };
  CHECK(warned("SELECT 1 FROM t WHERE a = 1 LIMIT 1"));
  CHECK(warned("SELECT 1 FROM t WHERE b = 'x' LIMIT 1"));
}

TEST_CASE("DO UPDATE sees the row that is there and the one that was to be inserted") {
  CHECK(inserted("ON CONFLICT (id) DO UPDATE SET a = x.a + excluded.a, b = DEFAULT WHERE x.id > 1 RETURNING x.id, b",
                 "INSERT INTO t AS x VALUES (1, 2) ") ==
        "CONFLICT 0 UPDATE SET 1 = (+ #0.1:integer #1.1:integer):integer, 2 = DEFAULT WHERE (> #0.0:integer "
        "1:integer):boolean RETURNING #0.0:integer AS id, #0.2:text AS b");
  CHECK(inserted("ON CONFLICT (id) DO UPDATE SET (a, b) = (excluded.a, 'x')") ==
        "CONFLICT 0 UPDATE SET 1 = #1.1:integer, 2 = 'x':text");
  // Its sub-selects come after those of the source.
  CHECK(inserted("ON CONFLICT (id) DO UPDATE SET a = (SELECT max(id) FROM t) RETURNING (SELECT 3)",
                 "INSERT INTO t SELECT (SELECT 1), 2 ") ==
        "CONFLICT 0 UPDATE SET 1 = (scalar q1{SELECT (max #0.0:integer):integer AS max FROM t}):integer RETURNING "
        "(scalar q2{SELECT 3:integer AS ?column?}):integer AS ?column?");
  CHECK(inserted("ON CONFLICT (id) DO UPDATE SET a = a + 1") == "1:64: column reference \"a\" is ambiguous");
  CHECK(inserted("ON CONFLICT DO UPDATE SET a = 1") ==
        "1:29: ON CONFLICT DO UPDATE requires inference specification or constraint name");
  CHECK(inserted("ON CONFLICT (id) DO UPDATE SET a = 1, a = 2") == "1:67: multiple assignments to same column \"a\"");
  CHECK(inserted("ON CONFLICT (id) DO UPDATE SET a = max(excluded.a)") ==
        "1:64: aggregate functions are not allowed in ON CONFLICT DO UPDATE");
  CHECK(inserted("ON CONFLICT (id) DO UPDATE SET a = 1 RETURNING excluded.a") ==
        "1:76: missing FROM-clause entry for table \"excluded\"");
  CHECK(inserted("ON CONFLICT (id) DO UPDATE SET a = true") ==
        "1:64: column \"a\" is of type integer but expression is of type boolean");
  CHECK(inserted("ON CONFLICT (id) DO UPDATE SET id = 1", "INSERT INTO g (x) VALUES (1) ") ==
        "1:61: column \"id\" can only be updated to DEFAULT");
  CHECK(inserted("ON CONFLICT DO NOTHING", "INSERT INTO t AS excluded VALUES (1) ") ==
        "1:13: table name \"excluded\" specified more than once");
  CHECK(inserted("ON CONFLICT DO NOTHING RETURNING t.id", "INSERT INTO t AS x VALUES (1) ") ==
        "1:64: table \"t\" is called \"x\" in this query");
}

}  // namespace gapless::sql
