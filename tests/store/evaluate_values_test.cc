// What no query text shows: parameters, whose types are those of their values; statuses; assignment to columns; and
// the errors that only a wrong model can cause.
#include <doctest/doctest.h>

#include <initializer_list>
#include <limits>

#include "evaluate_bank.h"

namespace gapless::store {
namespace {

using sql::Status;
using sql::Timestamp;
using sql::Type;

const Bank& bank() {
  static const Bank result(R"(
    CREATE TABLE users (id int PRIMARY KEY, name text, balance numeric(10,2), active boolean, since timestamp);
    INSERT INTO users VALUES (1, 'ann', 10.5, true, '2024-01-01'), (2, 'bob', NULL, false, '2024-06-01 12:00');)");
  return result;
}

std::string with(std::string_view text, std::vector<Value> parameters) { return result_of(bank(), text, parameters); }

sql::Column column(Type type, int precision = -1, int scale = -1) {
  sql::Column result;
  result.name = "x";
  result.type = type;
  result.precision = precision;
  result.scale = scale;
  return result;
}

// The value as the column stores it, or the error.
std::string stored(const Value& value, const sql::Column& column) {
  const Source source = make_source("test", "SELECT 1");
  try {
    const Value result = to_column(value, column, *source, 7);
    if (!is_null(result)) CHECK(type_of(result) == column.type);
    return sql::to_string(result);
  } catch (const SqlError& error) {
    return error.condition + ": " + error.what();
  } catch (const ModelError& error) {
    return "1:" + std::to_string(error.diagnostic().column) + " " + error.diagnostic().message;
  }
}

TEST_CASE("a parameter has the type of its value") {
  CHECK(with("SELECT :a + 1", {std::int32_t{2}}) == "3");
  CHECK(with("SELECT :a + 1", {std::numeric_limits<std::int32_t>::max()}) ==
        "ERROR numeric_value_out_of_range: integer out of range");
  CHECK(with("SELECT :a + 1", {std::int64_t{std::numeric_limits<std::int32_t>::max()}}) == "2147483648");
  CHECK(with("SELECT :a / 4", {*Decimal::parse("10.0")}) == "2.5000000000000000");
  CHECK(with("SELECT :a + 1", {sql::Null{}}) == "NULL");
  CHECK(with("SELECT :b || :a", {std::string("x"), std::int32_t{1}}) == "x1");
  CHECK(with("SELECT id FROM users WHERE id = :id", {std::int64_t{2}}) == "2");
  CHECK(with("SELECT name FROM users WHERE balance > :a", {std::int32_t{10}}) == "ann");
}

TEST_CASE("a text parameter is read as what stands beside it") {
  CHECK(with("SELECT id FROM users WHERE since > :t", {std::string("2024-03-01")}) == "2");
  CHECK(with("SELECT id FROM users WHERE id = :id", {std::string(" 2 ")}) == "2");
  CHECK(with("SELECT id FROM users WHERE :name = name", {std::string("bob")}) == "2");
  CHECK(with("SELECT id FROM users WHERE since BETWEEN :a AND :b",
             {std::string("2024-01-01"), std::string("2024-02-01")}) == "1");
  CHECK(with("SELECT id FROM users WHERE id IN (SELECT u.id FROM users u) AND :x IN (SELECT id FROM users)",
             {std::string("1")}) == "1 ; 2");
  CHECK(with("SELECT id FROM users WHERE id = :id", {std::string("two")}) ==
        "MODEL ERROR 1:33 invalid input syntax for type integer: \"two\"");
}

TEST_CASE("types that only show with the values are errors of the model, at their place") {
  CHECK(with("SELECT 1 + :a", {true}) == "MODEL ERROR 1:10 operator does not exist: integer + boolean");
  CHECK(with("SELECT name FROM users WHERE name = :a", {std::int32_t{1}}) ==
        "MODEL ERROR 1:35 cannot compare text with integer: 'ann' and 1");
  CHECK(with("SELECT 1 FROM users WHERE :a", {std::int32_t{1}}) ==
        "MODEL ERROR 1:27 a condition must be boolean, not integer");
  CHECK(with("SELECT length(:a)", {std::int32_t{1}}) == "MODEL ERROR 1:8 function length(integer) does not exist");
  CHECK(with("SELECT sum(:a)", {std::string("x")}) == "MODEL ERROR 1:8 function sum(text) does not exist");
  CHECK(with("SELECT min(:a)", {true}) == "MODEL ERROR 1:8 function min(boolean) does not exist");
  CHECK(with("SELECT bool_and(:a)", {std::int32_t{1}}) == "MODEL ERROR 1:8 function bool_and(integer) does not exist");
  CHECK(with("SELECT :a || :b", {std::int32_t{1}, std::int32_t{2}}) ==
        "MODEL ERROR 1:11 operator does not exist: integer || integer (one side must be a text)");
  CHECK(with("SELECT :a LIKE 'x'", {std::int32_t{1}}) == "MODEL ERROR 1:11 LIKE compares texts, not integer and text");
  CHECK(with("SELECT :a::boolean", {std::int64_t{1}}) == "MODEL ERROR 1:8 cannot cast type bigint to boolean");
  CHECK(with("SELECT - :a", {std::string("x")}) == "MODEL ERROR 1:8 operator does not exist: - text");
  CHECK(with("SELECT :a - :b", {Timestamp{1}, Timestamp{2}}) == "-00:00:00.000001");
  CHECK(with("SELECT :a + :b", {Timestamp{1}, Timestamp{2}}) ==
        "MODEL ERROR 1:11 operator does not exist: timestamp + timestamp");
}

TEST_CASE("intervals as parameters") {
  const Value month = sql::Interval{1, 0, 0};
  CHECK(with("SELECT :n * interval '1 day', interval '1 day' / :n, :n * interval '1 day' * 2", {std::int32_t{4}}) ==
        "4 days|06:00:00|8 days");
  CHECK(with("SELECT now() - :i > '2023-12-01', now() - :i, :i + now(), current_date + :i, :i - interval '1 day', -:i",
             {month}) == "t|2023-12-01 12:00:00|2024-02-01 12:00:00|2024-02-01 00:00:00|1 mon -1 days|-1 mons");
  CHECK(with("SELECT :i = '30 days', :i > interval '29 days', :i IN ('720 hours'), extract(epoch FROM :i), sum(:i)",
             {month}) == "t|t|t|2592000.000000|1 mon");
  // A text becomes what PostgreSQL takes it for.
  CHECK(with("SELECT now() + :t, :t + now(), interval '1 day' + :t, interval '1 day' > :t", {std::string("2 hours")}) ==
        "2024-01-01 14:00:00|2024-01-01 14:00:00|1 day 02:00:00|t");
  CHECK(with("SELECT now() - :t", {std::string("2023-12-31")}) == "1 day 12:00:00");
  CHECK(with("SELECT interval '1 day' * :t, interval '1 day' / :t", {std::string("2")}) == "2 days|12:00:00");
  CHECK(with("SELECT now() + :t", {std::string("soon")}) ==
        "MODEL ERROR 1:16 invalid input syntax for type interval: \"soon\"");
  CHECK(with("SELECT make_interval(days => :n, hours => :n)", {std::int32_t{3}}) == "3 days 03:00:00");
  CHECK(with("SELECT make_interval(days => :n)", {month}) ==
        "MODEL ERROR 1:8 function make_interval(integer, integer, integer, interval, integer, integer, integer) does "
        "not exist");
  CHECK(with("SELECT :i % 2", {month}) == "MODEL ERROR 1:11 operator does not exist: interval % integer");
  CHECK(with("SELECT 2 / :i", {month}) == "MODEL ERROR 1:10 operator does not exist: integer / interval");
  CHECK(with("SELECT :i - now()", {month}) == "MODEL ERROR 1:11 operator does not exist: interval - timestamp");
  CHECK(with("SELECT :i = 1", {month}) ==
        "MODEL ERROR 1:11 cannot compare interval with integer: INTERVAL '1 mon' and 1");
  CHECK(with("SELECT extract(dow FROM :i)", {month}) == "MODEL ERROR 1:8 unit \"dow\" not supported for type interval");
  CHECK(with("SELECT now() - :i * 30000", {month}) ==
        "MODEL ERROR 1:14 timestamps before the year 1 are not supported");
  CHECK(with("SELECT now() - interval '800000 days' * :n", {std::int32_t{1}}) ==
        "MODEL ERROR 1:14 timestamps before the year 1 are not supported");
  CHECK(with("SELECT make_interval(years => :n, months => 12)", {std::int32_t{178956970}}) ==
        "ERROR datetime_field_overflow: interval out of range");
  CHECK(stored(std::string("90 min"), column(Type::interval)) == "01:30:00");
  CHECK(stored(std::string("01:60"), column(Type::interval)) ==
        "interval_field_overflow: interval field value out of range: \"01:60\"");
  CHECK(stored(std::string("soon"), column(Type::interval)) ==
        "invalid_datetime_format: invalid input syntax for type interval: \"soon\"");
  CHECK(stored(month, column(Type::text)) == "1 mon");
  CHECK(stored(month, column(Type::timestamp)) ==
        "1:8 column \"x\" is of type timestamp but the value is of type interval");
}

TEST_CASE("powers that PostgreSQL computes in double precision are refused unless they print the same") {
  CHECK(with("SELECT :a ^ 3", {std::int32_t{10}}) == "1000");
  CHECK(with("SELECT :a ^ 15", {std::int32_t{10}}).starts_with("MODEL ERROR 1:11 this power of integers"));
  CHECK(with("SELECT 2 ^ :a", {std::int32_t{-1}}).starts_with("MODEL ERROR 1:10 this power of integers"));
  CHECK(with("SELECT 2 ^ :a", {*Decimal::parse("0.5")}) ==
        "MODEL ERROR 1:10 only whole exponents are supported by ^ and power");
}

TEST_CASE("a status compares with numbers as a number, with texts as a text; a condition name is a 500") {
  const Value ok = Status{"200"};
  const Value failed = Status{"unique_violation"};
  CHECK(with("SELECT :s = 200, :s <> 200, :s < 300, :s = '200', :s IN (400, 200), :s = 200.0, :s > '100'", {ok}) ==
        "t|f|t|t|t|t|t");
  CHECK(with("SELECT :s = 500, :s >= 400, :s = 'unique_violation', :s = 200, :s LIKE 'unique%'", {failed}) ==
        "t|t|t|f|t");
  CHECK(with("SELECT :a = :b, :a = :c", {ok, Status{"200"}, Status{"201"}}) == "t|f");
  CHECK(with("SELECT 'was ' || :s, :s::text, :s::int + 1", {ok}) == "was 200|200|201");
  CHECK(with("SELECT :s::int", {failed}) ==
        "ERROR invalid_text_representation: invalid input syntax for type integer: \"unique_violation\"");
  CHECK(with("SELECT count(*), min(:s), max(:s) FROM users", {ok}) == "2|200|200");
}

TEST_CASE("now() is one fixed instant") {
  CHECK(with("SELECT now(), now() = clock_timestamp(), now() > '2023-12-31'", {}) == "2024-01-01 12:00:00|t|t");
}

TEST_CASE("a column stores a value as its own type") {
  CHECK(stored(std::int32_t{5}, column(Type::bigint)) == "5");
  CHECK(stored(std::int64_t{5}, column(Type::integer)) == "5");
  CHECK(stored(std::int64_t{3'000'000'000}, column(Type::integer)) ==
        "numeric_value_out_of_range: integer out of range");
  CHECK(stored(*Decimal::parse("2.5"), column(Type::integer)) == "3");
  CHECK(stored(*Decimal::parse("1e19"), column(Type::bigint)) == "numeric_value_out_of_range: bigint out of range");
  CHECK(stored(std::int32_t{5}, column(Type::numeric, 10, 2)) == "5.00");
  CHECK(stored(*Decimal::parse("1.005"), column(Type::numeric, 10, 2)) == "1.01");
  CHECK(stored(*Decimal::parse("1.005"), column(Type::numeric)) == "1.005");
  CHECK(stored(*Decimal::parse("99.995"), column(Type::numeric, 4, 2)) ==
        "numeric_value_out_of_range: numeric field overflow");
  CHECK(stored(std::int32_t{5}, column(Type::text)) == "5");
  CHECK(stored(true, column(Type::text)) == "true");
  CHECK(stored(sql::Null{}, column(Type::integer)) == "NULL");
  CHECK(stored(std::string("2024-01-01"), column(Type::timestamp)) == "2024-01-01 00:00:00");
  CHECK(stored(std::string("12"), column(Type::integer)) == "12");
  CHECK(stored(std::string("x"), column(Type::integer)) ==
        "invalid_text_representation: invalid input syntax for type integer: \"x\"");
}

TEST_CASE("varchar(n) counts characters and forgives only blanks") {
  CHECK(stored(std::string("héllo"), column(Type::text, 5)) == "héllo");
  CHECK(stored(std::string("héllo   "), column(Type::text, 5)) == "héllo");
  CHECK(stored(std::string("hélloo"), column(Type::text, 5)) ==
        "string_data_right_truncation: value too long for type character varying(5)");
}

TEST_CASE("a column refuses what has no assignment cast") {
  CHECK(stored(true, column(Type::integer)) == "1:8 column \"x\" is of type integer but the value is of type boolean");
  CHECK(stored(std::int32_t{1}, column(Type::boolean)) ==
        "1:8 column \"x\" is of type boolean but the value is of type integer");
  CHECK(stored(Timestamp{0}, column(Type::numeric)) ==
        "1:8 column \"x\" is of type numeric but the value is of type timestamp");
  CHECK(stored(std::int32_t{1}, column(Type::timestamp)) ==
        "1:8 column \"x\" is of type timestamp but the value is of type integer");
}

TEST_CASE("compare_values is the order of =, < and ORDER BY") {
  const Source source = make_source("test", "SELECT 1");
  const auto order = [&](const Value& a, const Value& b) { return compare_values(a, b, *source, 0); };
  CHECK(order(std::int32_t{1}, *Decimal::parse("1.0")) == 0);
  CHECK(order(std::int64_t{2}, std::int32_t{1}) == 1);
  CHECK(order(std::string("a"), std::string("b")) == -1);
  CHECK(order(std::string("Z"), std::string("é")) == -1);  // by bytes, unsigned
  CHECK(order(Status{"unique_violation"}, std::int32_t{500}) == 0);
  CHECK(order(std::int32_t{201}, Status{"200"}) == 1);
  CHECK_THROWS_AS(order(true, std::int32_t{1}), ModelError);
}

TEST_CASE("dates as parameters and in columns") {
  const sql::Date day{8766};  // 2024-01-01
  CHECK(with("SELECT :d + 1, :d - :d, :d - 366, :n + :d, :d < since, since::date = :d FROM users WHERE id = 1",
             {day, std::int32_t{31}}) == "2024-01-02|0|2022-12-31|2024-02-01|f|t");
  CHECK(with("SELECT id FROM users WHERE since > :d ORDER BY id", {day}) == "2");
  CHECK(with("SELECT :d * 2", {day}) == "MODEL ERROR 1:11 operator does not exist: date * integer");
  CHECK(with("SELECT 2 - :d", {day}) == "MODEL ERROR 1:10 operator does not exist: integer - date");
  CHECK(with("SELECT :d + 1.5", {day}) == "MODEL ERROR 1:11 operator does not exist: date + numeric");
  CHECK(with("SELECT :d - 1", {sql::Date{-730'119}}) == "MODEL ERROR 1:11 dates before the year 1 are not supported");
  CHECK(with("SELECT :d + 0", {sql::Date{-730'119}}) == "0001-01-01");
  CHECK(with("SELECT current_date, current_date = :d", {day}) == "2024-01-01|t");  // time stands still
  CHECK(stored(day, column(Type::timestamp)) == "2024-01-01 00:00:00");
  CHECK(stored(Timestamp{-1}, column(Type::date)) == "1999-12-31");
  CHECK(stored(std::string("2024-1-1"), column(Type::date)) == "2024-01-01");
  CHECK(stored(std::int32_t{1}, column(Type::date)).find("is of type date but the value is of type integer") !=
        std::string::npos);
}

TEST_CASE("char(n) takes what needs no padding") {
  sql::Column three = column(Type::text, 3);
  three.fixed_length = true;
  CHECK(stored(std::string("abc"), three) == "abc");
  CHECK(stored(std::string("äöü"), three) == "äöü");
  CHECK(stored(std::string("abc  "), three) == "abc");
  CHECK(stored(Value(), three) == "NULL");
  CHECK(stored(std::string("abcd"), three) == "string_data_right_truncation: value too long for type character(3)");
  for (const char* padded : {"ab", "ab ", ""})
    CHECK(stored(std::string(padded), three).find("supported for values of exactly so many characters") !=
          std::string::npos);
}

TEST_CASE("the key of an advisory lock arrives as one int64 or as two int32") {
  struct Locks : Bank {
    using Bank::Bank;
    Value call(sql::Function function, std::span<const Value> arguments) const override {
      std::string text = std::to_string(arguments.size());
      for (const Value& each : arguments) text += " " + sql::to_string(sql::type_of(each)) + " " + sql::to_string(each);
      return function == sql::Function::advisory_lock_shared ? "shared " + text : text;
    }
  };
  const Locks locks("CREATE TABLE t (a int, b bigint); INSERT INTO t VALUES (7, 8), (NULL, 9)");
  const auto called = [&](std::string_view text, std::vector<Value> parameters = {}) {
    return result_of(locks, text, parameters);
  };
  CHECK(called("SELECT pg_advisory_lock(5), pg_advisory_lock(1, -2), pg_advisory_unlock_all()") ==
        "1 bigint 5|2 integer 1 integer -2|0");
  CHECK(called("SELECT pg_advisory_lock_shared(:k)", {std::int32_t{5}}) == "shared 1 bigint 5");
  CHECK(called("SELECT pg_advisory_lock(:k)", {std::int64_t{5'000'000'000}}) == "1 bigint 5000000000");
  CHECK(called("SELECT pg_advisory_lock(:k, 1)", {std::string("4")}) == "2 integer 4 integer 1");
  CHECK(called("SELECT pg_advisory_lock(:k, 1)", {std::int64_t{5}}) ==
        "MODEL ERROR 1:8 function pg_advisory_lock(bigint) does not exist");
  CHECK(called("SELECT pg_advisory_lock(:k)", {*Decimal::parse("1.0")}) ==
        "MODEL ERROR 1:8 function pg_advisory_lock(numeric) does not exist");
  // Once for each row; a NULL locks nothing, and yields NULL.
  CHECK(called("SELECT pg_advisory_lock(a), pg_advisory_lock(b) FROM t ORDER BY b") ==
        "1 bigint 7|1 bigint 8 ; NULL|1 bigint 9");
  CHECK(result_of(bank(), "SELECT pg_advisory_lock(1)") ==
        "ERROR feature_not_supported: advisory locks are possible in statements of a session only");
}

}  // namespace
}  // namespace gapless::store
