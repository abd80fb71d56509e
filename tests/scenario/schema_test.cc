// What a variant adds to its databases, and one body under several names.
#include <doctest/doctest.h>

#include "harness.h"

namespace gapless::scenario::testing {
namespace {

// ¶ of the database block, of the variants, and behind them.
std::string shop(const std::string& variants, const std::string& more = "") {
  return "scenario s\ndatabase shop postgres { CREATE TABLE users (email text NOT NULL); }\n" + more +
         "request join(email) { " + variants +
         " }\nrun join('a') * 2\nalways \"one\" { SELECT count(*) <= 1 FROM users }\n";
}

const std::string insert = " { INSERT INTO users VALUES (:email); }";

std::size_t unique_keys(const model::Model& model) { return model.databases.at(0).catalog.tables.at(0).uniques.size(); }

TEST_CASE("a schema is that of its variant alone") {
  const auto models =
      load_text(shop("variant plain" + insert +
                     " variant keyed schema { CREATE UNIQUE INDEX ON users (email); } expect holds" + insert));
  REQUIRE(models.size() == 2);
  CHECK(models[0].variant == "plain");
  CHECK(unique_keys(models[0]) == 0);
  CHECK(models[1].variant == "keyed");
  CHECK(unique_keys(models[1]) == 1);
  CHECK(models[0].digest != models[1].digest);
}

TEST_CASE("a variant's statements are bound to its own schema") {
  const std::string upsert = " { INSERT INTO users VALUES (:email) ON CONFLICT (email) DO NOTHING; }";
  CHECK(mistake(shop("variant a" + upsert)).find("there is no unique") != std::string::npos);
  CHECK(mistake(shop("variant a schema { CREATE UNIQUE INDEX ON users (email); }" + upsert)) == "loaded");
}

TEST_CASE("requests without a variant of that name take part over its schema") {
  const auto text =
      "scenario s\ndatabase shop postgres { CREATE TABLE users (email text NOT NULL); }\n"
      "request join(email) { variant keyed schema { CREATE UNIQUE INDEX ON users (email); }" +
      insert + " variant plain" + insert + " }\nrequest invite(email)" + insert +
      "\nrun join('a'), invite('a')\nalways \"one\" { SELECT count(*) <= 1 FROM users }\n";
  const auto models = load_text(text);
  REQUIRE(models.size() == 2);
  CHECK(models[0].variant == "keyed");
  CHECK(unique_keys(models[0]) == 1);
  CHECK(models[0].roles.size() == 2);
  CHECK(unique_keys(models[1]) == 0);
}

TEST_CASE("schemas of two requests' variants of one name add up") {
  const auto text =
      "scenario s\ndatabase shop postgres { CREATE TABLE users (email text NOT NULL, nick text NOT NULL); }\n"
      "request a() { variant v schema { CREATE UNIQUE INDEX ON users (email); } { DELETE FROM users; } }\n"
      "request b() { variant v schema { CREATE UNIQUE INDEX ON users (nick); } { DELETE FROM users; } }\n"
      "run a(), b()\nalways \"one\" { SELECT count(*) <= 1 FROM users }\n";
  CHECK(unique_keys(load_text(text).at(0)) == 2);
}

TEST_CASE("a schema may add rows and tables, which invariants do not see elsewhere") {
  const auto models =
      load_text(shop("variant a schema { CREATE TABLE seen (id int); INSERT INTO users VALUES ('b'); }" + insert +
                     " variant b" + insert));
  CHECK(models[0].databases.at(0).statements.size() == 1);
  CHECK(models[0].view.tables.size() == models[1].view.tables.size() + 1);
  CHECK(models[1].databases.at(0).statements.empty());
}

TEST_CASE("which database a schema is for") {
  const std::string other = "database audit postgres { CREATE TABLE log (id int); }\n";
  CHECK(mistake(shop("variant a schema { CREATE TABLE t (id int); } { shop> DELETE FROM users; }", other)) ==
        "4:33 there are several databases: say which one, as in `schema shop { … }`");
  CHECK(mistake(shop("variant a schema shop { CREATE TABLE t (id int); } { shop> DELETE FROM users; }", other)) ==
        "loaded");
  CHECK(mistake(shop("variant a schema shopp { CREATE TABLE t (id int); }" + insert)) ==
        "3:40 there is no database `shopp`; did you mean `shop`?");
  CHECK(mistake(shop("variant a schema cache { SET a 1; }" + insert, "database cache redis { }\n")) ==
        "4:33 Redis has no schema");
  CHECK(mistake(shop("variant a schema copy { SELECT 1; }" + insert, "database copy postgres replica of shop { }\n")) ==
        "4:33 a replica has the schema of its primary: name that");
}

TEST_CASE("a mistake in a schema stands where it is") {
  CHECK(mistake(shop("variant a schema { SELECT 1; }" + insert)) ==
        "3:42 a database block may contain CREATE, INSERT, UPDATE and DELETE only");
}

TEST_CASE("several names for one body") {
  const auto models = load_text(shop("variant buggy, shipped \"title\" expect violated" + insert));
  REQUIRE(models.size() == 2);
  CHECK(models[0].variant == "buggy");
  CHECK(models[1].variant == "shipped");
  for (const auto& model : models) {
    CHECK(model.variant_title == "title");
    CHECK(model.expected == model::Expected::violated);
  }
  CHECK(mistake(shop("variant a, a" + insert)).find("a second variant `a`") != std::string::npos);
}

}  // namespace
}  // namespace gapless::scenario::testing
