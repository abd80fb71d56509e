#include "live/compare.h"

#include <doctest/doctest.h>

#include "store/condition.h"
#include "store/prepare.h"
#include "store/written.h"

namespace gapless::live {
namespace {

store::Operation operation(const std::string& text, std::vector<sql::Value> parameters = {}) {
  static const auto schema = store::prepare_schema(
      "CREATE TABLE users (id int PRIMARY KEY, balance bigint, name text, price numeric);", "bank", "<test>");
  store::Operation result;
  result.statement = store::prepare(text, schema.catalog, "<test>");
  result.parameters = std::move(parameters);
  return result;
}

store::Observation two_rows() {
  store::Observation ours;
  ours.columns = {"id", "name"};
  ours.rows = {{1, std::string("a")}, {2, sql::Null{}}};
  ours.count = 2;
  ours.tag = "SELECT";
  return ours;
}

Reply two_rows_replied() {
  Reply theirs;
  theirs.columns = {"id", "name"};
  theirs.rows = {{"1", "a"}, {"2", std::nullopt}};
  theirs.count = 2;
  theirs.tag = "SELECT";
  return theirs;
}

TEST_CASE("rows are a multiset unless they are ordered") {
  const auto any = operation("SELECT id, name FROM users");
  const auto ordered = operation("SELECT id, name FROM users ORDER BY id");
  auto theirs = two_rows_replied();
  CHECK(difference(any, two_rows(), theirs).empty());
  CHECK(difference(ordered, two_rows(), theirs).empty());
  std::swap(theirs.rows[0], theirs.rows[1]);
  CHECK(difference(any, two_rows(), theirs).empty());
  CHECK(difference(ordered, two_rows(), theirs) == "rows: (1, a) (2, NULL) / (2, NULL) (1, a)");
}

TEST_CASE("everything that a client sees is compared") {
  const auto select = operation("SELECT id, name FROM users");
  const auto differs = [&](auto change) {
    auto theirs = two_rows_replied();
    change(theirs);
    return difference(select, two_rows(), theirs);
  };
  CHECK(differs([](Reply& r) { r.rows[0][1] = "b"; }) == "rows: (1, a) (2, NULL) / (1, b) (2, NULL)");
  CHECK(differs([](Reply& r) { r.rows[1][1] = "NULL"; }) != "");  // a text that says NULL
  CHECK(differs([](Reply& r) { r.rows.pop_back(); }) == "rows: (1, a) (2, NULL) / (1, a)");
  CHECK(differs([](Reply& r) { r.rows.push_back(r.rows[0]); }) != "");
  CHECK(differs([](Reply& r) { r.count = 1; }) == "count: 2 / 1");
  CHECK(differs([](Reply& r) { r.tag = "UPDATE"; }) == "command: SELECT / UPDATE");
  CHECK(differs([](Reply& r) { r.sqlstate = "40001"; }) == "error: no error / serialization_failure");
  CHECK(differs([](Reply& r) { r.sqlstate = "XX999"; }) == "error: no error / SQLSTATE XX999");

  store::Observation failed;
  failed.error_condition = "unique_violation";
  Reply theirs;
  theirs.sqlstate = "23505";
  CHECK(difference(select, failed, theirs).empty());
  theirs.sqlstate = "23503";
  CHECK(difference(select, failed, theirs) == "error: unique_violation / foreign_key_violation");
  CHECK(difference(select, failed, two_rows_replied()) == "error: unique_violation / no error");
  // A COMMIT that failed says ROLLBACK and is no error.
  store::Observation ours;
  ours.tag = "COMMIT";
  theirs = Reply();
  theirs.tag = "ROLLBACK";
  CHECK(difference(operation("COMMIT"), ours, theirs) == "command: COMMIT / ROLLBACK");
}

TEST_CASE("values are compared as the server prints them") {
  const auto select = operation("SELECT id FROM users");
  store::Observation ours;
  ours.tag = "SELECT";
  ours.count = 1;
  ours.rows = {{true, *Decimal::parse("12.50"), sql::Timestamp{0}}};
  Reply theirs;
  theirs.tag = "SELECT";
  theirs.count = 1;
  theirs.rows = {{"t", "12.50", "2000-01-01 00:00:00+00"}};
  CHECK(difference(select, ours, theirs).empty());
  theirs.rows[0][1] = "12.5";
  CHECK_FALSE(difference(select, ours, theirs).empty());
}

TEST_CASE("tables are sorted lines, and say nothing of numbers that are not kept") {
  auto table = store::prepare_schema("CREATE TABLE orders (id serial PRIMARY KEY, amount int);", "bank", "<test>")
                   .catalog.tables[0];
  CHECK(sorted_lines(table, std::vector<Row>{{"2", "5"}, {"1", "7"}}) == std::vector<std::string>{"(1, 7)", "(2, 5)"});
  table.columns[0].unseen = true;
  CHECK(sorted_lines(table, std::vector<Row>{{"2", "5"}, {"1", "7"}}) ==
        sorted_lines(table, std::vector<sql::Tuple>{{sql::Null{}, 7}, {sql::Null{}, 5}}));
}

TEST_CASE("a value keeps its type and stands by itself") {
  const auto written = [](const std::string& text, sql::Value value) {
    return store::with_parameters(operation(text, {std::move(value)}), store::for_server);
  };
  CHECK(written("SELECT 10 -:n", 5) == "SELECT 10 -5");
  CHECK(written("SELECT 10 -:n", -5) == "SELECT 10 -'-5'::integer");
  CHECK(written("SELECT :n * 2", std::int64_t{5}) == "SELECT '5'::bigint * 2");
  CHECK(written("SELECT :n", *Decimal::parse("12.50")) == "SELECT '12.50'::numeric");
  CHECK(written("SELECT now() - :n", sql::Interval{1, -2, 1}) ==
        "SELECT now() - '1 mon -2 days +00:00:00.000001'::interval");
  CHECK(written("SELECT :n || ':n'", std::string("it's")) == "SELECT 'it''s' || ':n'");
  CHECK(written("SELECT coalesce(:n, 1)", sql::Null{}) == "SELECT coalesce(NULL, 1)");
  store::Operation begins = operation("COMMIT");
  begins.isolation = store::Isolation::serializable;
  begins.read_only = true;
  CHECK(store::begin_for_server(begins) == "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, NOT DEFERRABLE");
}

TEST_CASE("conditions and their codes") {
  CHECK(store::condition_name("40P01") == "deadlock_detected");
  CHECK(store::condition_name("00000").empty());
  CHECK(store::condition_name("ZZZZZ").empty());
  CHECK(store::condition_name("").empty());
  CHECK(store::sqlstate_of("unique_violation") == "23505");
  CHECK(store::sqlstate_of("nonsense").empty());
  for (const char* each : {"23505", "40001", "55P03", "57014", "25P02", "XX000", "03000"}) {
    CHECK(store::sqlstate_of(store::condition_name(each)) == each);
  }
}

}  // namespace
}  // namespace gapless::live
