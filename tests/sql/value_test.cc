#include <doctest/doctest.h>

#include "sql/hash.h"
#include "sql/interval.h"
#include "sql/literal.h"
#include "sql/value.h"

namespace gapless::sql {

namespace {

std::uint64_t digest_of(const Value& value) {
  Digest digest;
  add_to(digest, value);
  return digest.value();
}

std::string read(std::string_view text, Type type) {
  const auto value = parse_value(text, type);
  return value ? to_sql(*value) : "not read";
}

}  // namespace

TEST_CASE("values print as psql shows them, and as one writes them in SQL") {
  CHECK(to_string(Value(Null())) == "NULL");
  CHECK(to_string(Value(true)) == "t");
  CHECK(to_string(Value(std::string("it's"))) == "it's");
  CHECK(to_sql(Value(std::string("it's"))) == "'it''s'");
  CHECK(to_sql(Value(false)) == "false");
  CHECK(to_sql(Value(std::int64_t{-5})) == "-5");
  CHECK(to_sql(Value(Status{"200"})) == "200");
  CHECK(to_sql(Value(Status{"unique_violation"})) == "'unique_violation'");
  CHECK(to_sql(Value(*Decimal::parse("12.50"))) == "12.50");
  CHECK(type_of(Value(std::int32_t{1})) == Type::integer);
  CHECK(type_of(Value(std::int64_t{1})) == Type::bigint);
  CHECK(type_of(Value(Timestamp{})) == Type::timestamp);
  CHECK(type_of(Value(Date{})) == Type::date);
}

TEST_CASE("the digest of a value tells types and texts apart") {
  CHECK(digest_of(std::int32_t{1}) == digest_of(std::int32_t{1}));
  CHECK(digest_of(std::int32_t{1}) != digest_of(std::int64_t{1}));
  CHECK(digest_of(std::int32_t{1}) != digest_of(true));
  CHECK(digest_of(*Decimal::parse("1.5")) != digest_of(*Decimal::parse("1.50")));
  Digest one_two;
  add_to(one_two, Tuple{std::string("ab"), std::string("c")});
  Digest other;
  add_to(other, Tuple{std::string("a"), std::string("bc")});
  CHECK(one_two.value() != other.value());
}

TEST_CASE("numbers and truths are read as PostgreSQL reads them") {
  CHECK(read(" 12 ", Type::integer) == "12");
  CHECK(read("+7", Type::integer) == "7");
  CHECK(read("+-7", Type::integer) == "not read");
  CHECK(read("2147483647", Type::integer) == "2147483647");
  CHECK(read("2147483648", Type::integer) == "not read");  // 2^31
  CHECK(read("2147483648", Type::bigint) == "2147483648");
  CHECK(read("1.5", Type::integer) == "not read");
  CHECK(read("", Type::integer) == "not read");
  CHECK(read(" 1.50 ", Type::numeric) == "1.50");
  CHECK(read("YES", Type::boolean) == "true");
  CHECK(read("of", Type::boolean) == "false");
  CHECK(read("o", Type::boolean) == "not read");  // on or off
  CHECK(read("truely", Type::boolean) == "not read");
}

TEST_CASE("timestamps count microseconds since 2000") {
  CHECK(std::get<Timestamp>(*parse_value("2000-01-01", Type::timestamp)).microseconds == 0);
  // 8766 days lie between 2000-01-01 and 2024-01-01: 24 * 365 + 6 leap days (2000, 2004, 2008, 2012, 2016, 2020).
  CHECK(std::get<Timestamp>(*parse_value("2024-01-01 12:00", Type::timestamp)).microseconds ==
        (8766LL * 24 + 12) * 3'600'000'000LL);
  CHECK(std::get<Timestamp>(*parse_value("1999-12-31 23:59:59.5", Type::timestamp)).microseconds == -500'000);
  CHECK(read("2024-02-29T01:02:03.000450Z", Type::timestamp) == "'2024-02-29 01:02:03.00045'");
  CHECK(read("0001-01-01", Type::timestamp) == "'0001-01-01 00:00:00'");
  CHECK(read("9999-12-31 23:59:59.999999+00", Type::timestamp) == "'9999-12-31 23:59:59.999999'");
  for (const auto* bad :
       {"2023-02-29", "1900-02-29", "2024-13-01", "2024-01-01 24:00", "2024-01-01 12", "2024-01-01 1:2",
        "2024-01-01 12:00+02", "now", "infinity", "12:00", "2024-01-01 12:00:00.1234567", "24-01-01"})
    CHECK_MESSAGE(read(bad, Type::timestamp) == "not read", bad);
}

TEST_CASE("dates count days since 2000") {
  CHECK(std::get<Date>(*parse_value("2000-01-01", Type::date)).days == 0);
  CHECK(std::get<Date>(*parse_value(" 2024-01-01 ", Type::date)).days == 8766);  // as above
  CHECK(std::get<Date>(*parse_value("1999-12-31 23:59", Type::date)).days == -1);
  CHECK(read("2024-2-9", Type::date) == "'2024-02-09'");
  CHECK(read("0001-01-01", Type::date) == "'0001-01-01'");
  CHECK(read("9999-12-31", Type::date) == "'9999-12-31'");
  CHECK(to_string(Value(Date{2'145'031'948})) == "5874897-12-31");  // PostgreSQL's last
  for (const auto* bad : {"2023-02-29", "now", "today", "20240101", "2024-01", "01/02/2024", ""})
    CHECK_MESSAGE(read(bad, Type::date) == "not read", bad);
  for (const std::int64_t microseconds : {-86'400'000'000LL, -86'399'999'999LL, -1LL, 0LL, 86'399'999'999LL}) {
    const Date day = day_of(Timestamp{microseconds});
    CHECK(day.days == (microseconds < 0 ? -1 : 0));
    CHECK(start_of(day).microseconds == day.days * 86'400'000'000LL);
  }
  CHECK(digest_of(Date{1}) != digest_of(Date{2}));
  CHECK(digest_of(Date{1}) != digest_of(Timestamp{1}));
}

TEST_CASE("intervals keep months, days and time apart") {
  const auto interval = [](const char* text) { return std::get<Interval>(*parse_value(text, Type::interval)); };
  CHECK(interval("1 mon") == Interval{1, 0, 0});
  CHECK(interval("30 days") == Interval{0, 30, 0});
  CHECK(interval("1 mon") != interval("30 days"));
  CHECK(compare(interval("1 mon"), interval("30 days")) == 0);
  CHECK(compare(interval("1 mon"), interval("719:59:59.999999")) > 0);
  CHECK(compare(interval("2147483647 days"), interval("2147483647 mons")) < 0);  // more than 64 bits of microseconds
  CHECK(interval("1.5 years -36 hours") == Interval{18, 0, -129'600'000'000});
  CHECK(type_of(Value(Interval{})) == Type::interval);
  CHECK(read(" 1 day  2:3 ", Type::interval) == "INTERVAL '1 day 02:03:00'");
  CHECK(read("0", Type::interval) == "INTERVAL '00:00:00'");
  for (const char* bad : {"", "day", "1 fortnight", "1 day 1 day", "1:2:3:4", "P", "P1", "PT1D", "P+1D", "+", "1 day -",
                          "1..5 days", "infinity", "5 ago", "2 1 day", "3000000000 days", "01:60", "1-12", "1e3 days"})
    CHECK_MESSAGE(read(bad, Type::interval) == "not read", bad);
  // Of those that are equal, one stands for all.
  CHECK(justified(interval("30 days")) == Interval{1, 0, 0});
  CHECK(justified(interval("1 mon")) == Interval{1, 0, 0});
  CHECK(justified(interval("29 days 24:00:00")) == Interval{1, 0, 0});
  CHECK(justified(interval("1 mon -1 us")) == Interval{0, 29, 86'399'999'999});
  CHECK(justified(interval("-1 mon -1 day -1 us")) == Interval{-1, -1, -1});
  CHECK(digest_of(Interval{1, 0, 0}) != digest_of(Interval{0, 30, 0}));
  CHECK(digest_of(Interval{0, 1, 0}) != digest_of(Interval{0, 0, 1}));
  CHECK(digest_of(Interval{0, 0, 1}) != digest_of(Interval{0, 0, 2}));
}

TEST_CASE("hashtext is the server's") {
  CHECK(hash_text("") == -1477818771);
  CHECK(hash_text("a") == 1075015857);
  CHECK(hash_text("hello world!") == 1400155871);  // 12 bytes: one whole block and nothing
  CHECK(hash_text("hello world") == 1021725223);
  CHECK(hash_text("0123456789abcdefghijklmnopqrstuvwxyz") == -933383701);
  CHECK(hash_text("ü€") == 2103258257);
}

}  // namespace gapless::sql
