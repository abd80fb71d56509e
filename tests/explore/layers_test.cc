// The flat engine's parts, what its reductions leave of a state space, and what it does when it is interrupted. That it
// agrees with the graph on everything else is compared in tests/agree.
#include "explore/layers.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>

#include "explore/limbs.h"
#include "explore/packed_table.h"
#include "explore/row_codec.h"
#include "explore/spilled_layer.h"
#include "stories.h"

namespace gapless::explore {
namespace {

using testing::gap;

TEST_CASE("a packed table keeps each key once, and what was written beside it") {
  std::mt19937_64 random(1);
  PackedTable table(2, 1);
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> wanted;
  for (int i = 0; i < 50'000; ++i) {
    const std::uint64_t key[] = {RowCodec::mark | (random() % 100), random() % 200};  // 20,000 keys
    const auto [entry, is_new] = table.insert(key, hash_words(key, 2));
    CHECK_MESSAGE(is_new == (wanted[{key[0], key[1]}] == 0), i);
    ++entry[2];
    ++wanted[{key[0], key[1]}];
  }
  CHECK(table.size() == wanted.size());
  std::size_t seen = 0;
  for (const auto* entry = table.begin(); entry != table.end(); entry += table.stride()) {
    if (entry[0] == 0) continue;
    ++seen;
    CHECK_MESSAGE(entry[2] == (wanted[{entry[0], entry[1]}]), entry[0]);
  }
  CHECK(seen == wanted.size());
  table.clear();
  CHECK(table.size() == 0);
  const std::uint64_t key[] = {RowCodec::mark, 0};
  CHECK(table.insert(key, hash_words(key, 2)).is_new);
  // Room for 1,000: seven of ten places are taken at most, so that 2,048 are there and nothing moves.
  PackedTable roomy(1, 0, 1000);
  const auto bytes = roomy.bytes();
  CHECK(bytes == 2048 * 8);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t each = RowCodec::mark | i;
    roomy.insert(&each, hash_words(&each, 1));
  }
  CHECK(roomy.bytes() == bytes);
}

TEST_CASE("rows come out of words as they went in, and what does not fit is said") {
  Widths widths;
  widths.additions = {1, 3};
  const RowCodec codec(widths);
  // The mark, 4 bits of world, 1 + 3 of additions, four groups of 4 + 1: 29 bits.
  CHECK(codec.words() == 1);
  const StateRow row{9, {{0, 1}, {5, 2}, {14, 1}}};
  std::uint64_t words[1];
  Widths needed = widths;
  const std::vector<std::uint32_t> additions = {1, 7};
  REQUIRE(codec.pack(row, additions, words, needed));
  StateRow read;
  std::vector<std::uint32_t> counts;
  codec.unpack(words, read);
  codec.unpack_additions(words, counts);
  CHECK(read == row);
  CHECK(counts == additions);
  CHECK(words[0] >= RowCodec::mark);

  CHECK_FALSE(codec.pack({16, {}}, {}, words, needed));
  CHECK(needed.world == 5);
  CHECK_FALSE(codec.pack({0, {{15, 1}}}, {}, words, needed));  // local states are kept plus one: 16
  CHECK(needed.local == 5);
  CHECK_FALSE(codec.pack({0, {{1, 4}}}, {}, words, needed));  // counts less one: 3
  CHECK(needed.count == 2);
  CHECK_FALSE(codec.pack({0, {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}}}, {}, words, needed));
  CHECK(needed.groups == 5);
  needed = widths;
  REQUIRE(codec.pack(row, additions, words, needed));
  CHECK_FALSE(codec.add(words, 0, needed));  // a second one, where there is room for one
  CHECK(needed.additions == std::vector<std::uint32_t>{2, 3});
  CHECK_FALSE(codec.add(words, 3, needed));
  CHECK(needed.additions == std::vector<std::uint32_t>{2, 3, 1, 1});
}

TEST_CASE("no field stands across two words, and free bits are given away") {
  Widths widths;
  widths.slots.assign(20, 6);  // 63 - 4 of the world: 9 slots; then 10 a word
  const RowCodec codec(widths);
  CHECK(codec.words() == 3);
  for (const auto& field : codec.slots()) CHECK(field.shift + 6 <= 64);
  const auto more = with_what_is_free(widths);
  CHECK(RowCodec(more).words() == 3);
  CHECK(more.slots[0] > 6);
}

TEST_CASE("numbers in words: 30!, and when it no longer fits") {
  std::vector<std::uint64_t> product = {1, 0};
  for (std::uint64_t factor = 2; factor <= 30; ++factor) {
    std::vector<std::uint64_t> next(2);
    REQUIRE(add_product(next.data(), product.data(), 2, factor));
    product = next;
  }
  CHECK(to_decimal(product) == factorial(30));  // 108 bits
  std::vector<std::uint64_t> sum(2);
  CHECK_FALSE(add_product(sum.data(), product.data(), 2, std::uint64_t{1} << 32U));
  Total total;
  const std::uint64_t most[] = {~std::uint64_t{0}, ~std::uint64_t{0}};
  total.add(most);
  total.add(std::vector<std::uint64_t>{1});
  CHECK(to_decimal(total.words()) == "340282366920938463463374607431768211456");  // 2^128
  CHECK(to_decimal(difference(total.words(), {1})) == "340282366920938463463374607431768211455");
}

// `count` requests for 1, 2, 3, …; the balance covers all of them.
model::Model different(const std::string& body, std::size_t count) {
  std::string run;
  std::size_t all = 0;
  for (std::size_t i = 1; i <= count; ++i) {
    run += (i > 1 ? ", " : "") + ("withdraw(" + std::to_string(i) + ")");
    all += i;
  }
  const auto balance = std::to_string(all);
  return gap(
      "scenario different \"test\"\ndatabase bank postgres {\n"
      "  CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL);\n"
      "  CREATE TABLE audit (amount int PRIMARY KEY);\n"
      "  INSERT INTO users VALUES (1, " +
      balance + ");\n}\nrequest withdraw(amount) {\n" + body + "}\nrun " + run +
      "\nalways \"not below zero\" { SELECT min(balance) >= 0 FROM users }\n"
      "finally \"all of it\" { SELECT " +
      balance +
      " - (SELECT balance FROM users WHERE id = 1) = "
      "(SELECT coalesce(sum(amount), 0) FROM audit) }\n");
}

const std::string audited = R"(
    let user = SELECT balance FROM users WHERE id = 1;
    if user.balance < amount { respond 400; }
    let done = UPDATE users SET balance = balance - :amount WHERE id = 1 AND balance >= :amount;
    if done.count = 0 { respond 409; }
    INSERT INTO audit VALUES (:amount);
    respond 200;
)";

const std::string locked = R"(
    transaction {
      let user = SELECT balance FROM users WHERE id = 1 FOR UPDATE;
      if user.balance < amount { rollback; respond 400; }
      UPDATE users SET balance = :user.balance - :amount WHERE id = 1;
    }
    INSERT INTO audit VALUES (:amount);
    respond 200;
)";

Limits at_once(Reductions reductions = {}, unsigned jobs = 1) {
  Limits limits;
  limits.small_states = 0;
  limits.reductions = reductions;
  limits.jobs = jobs;
  return limits;
}

std::uint64_t searched(const model::Model& model, Reductions reductions = {}) {
  const auto verdict = run_search(model, at_once(reductions)).verdict;
  CHECK(verdict.outcome == model::Outcome::holds);
  CHECK(verdict.coverage == model::Coverage::exhaustive);
  return verdict.states.value_or(0);
}

TEST_CASE("a look lags, and a row of one's own goes with the step before it: two places a request are left") {
  // It has looked, or not: one state for both (early_steps.h); and the rest. With all its steps a request has four
  // places: not begun; read; before its INSERT; over.
  CHECK(searched(different(audited, 4)) == 16);
  CHECK(searched(different(audited, 6)) == 64);
  CHECK(searched(different(audited, 4), {.reduction = false}) == 256);
}

TEST_CASE("who waits for a row lock waits before the statement: a set of requests that are done is left") {
  // The holder's steps are forced, and its row in the audit goes with them: 2^N.
  CHECK(searched(different(locked, 4)) == 16);
  CHECK(searched(different(locked, 8)) == 256);
  CHECK(searched(different(locked, 4), {.elision = false}) > 16);
  CHECK(searched(different(locked, 4), {.reduction = false}) > 16);
}

TEST_CASE("who waits inside a section is seen there") {
  const auto model = gap(R"(
scenario inside "test"
database bank postgres { CREATE TABLE users (id int PRIMARY KEY, n int); INSERT INTO users VALUES (1, 0); }
request touch(by) {
  section checkout {
    transaction {
      let user = SELECT n FROM users WHERE id = 1 FOR UPDATE;
      UPDATE users SET n = n + :by WHERE id = 1;
    }
  }
  respond 200;
}
run touch(1), touch(2)
always "one at a time" { SELECT count(*) <= 1 FROM sections }
)");
  // The second one waits for the first one's row, inside.
  const auto graph = run_search(model, {}).verdict;
  const auto layers = run_search(model, at_once()).verdict;
  REQUIRE(graph.counterexample);
  CHECK(model::to_string(graph.counterexample->schedule) == "1 2");
  CHECK(layers.outcome == model::Outcome::violated);
  REQUIRE(layers.counterexample);
  CHECK(model::to_string(layers.counterexample->schedule) == "1 2");
}

TEST_CASE("what fails alike inside a section and outside is told apart where that is seen") {
  const auto model = gap(R"(
scenario sections "test"
database d postgres {
  CREATE TABLE t (id int PRIMARY KEY, version int NOT NULL);
  INSERT INTO t VALUES (1, 0);
}
request first() {
  let hit = 0;
  let seen = SELECT version FROM t WHERE id = 1;
  if seen.version > 0 {
    section inside {
      let a = UPDATE t SET version = version + 1 WHERE id = 1 AND version = :seen.version;
      set hit = a.count;
    }
  } else {
    let b = UPDATE t SET version = version + 1 WHERE id = 1 AND version = :seen.version;
    set hit = b.count;
  }
  if hit = 0 { respond 409; }
}
request second() { UPDATE t SET version = version + 1 WHERE id = 1; UPDATE t SET version = version + 1 WHERE id = 1; }
run first() * 2, second()
always "two inside" { SELECT NOT ((SELECT count(*) FROM sections) = 2 AND (SELECT version FROM t) = 2) }
)");
  // 6! / 2!^3 = 90. Who is inside has looked behind the first UPDATE of the second request; both are, with version 2,
  // once that UPDATE, both looks and the other UPDATE, these three in any order, have gone before all else: 3! × 2
  // = 12.
  const auto graph = run_census(model, {}).verdict;
  CHECK(*graph.interleavings == "90");
  CHECK(*graph.violating == "12");
  for (const unsigned jobs : {1U, 2U}) {
    const auto layers = run_census(model, at_once({}, jobs)).verdict;
    CHECK(layers.interleavings == graph.interleavings);
    CHECK(layers.violating == graph.violating);
  }
}

TEST_CASE("where `always` fails before the first step, any first step is blamed, also a look") {
  const auto model = gap(R"(
scenario initial "test"
database d postgres {
  CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL);
  INSERT INTO t VALUES (1, 10);
}
request first() {
  let seen = SELECT n FROM t WHERE id = 1;
  UPDATE t SET n = :seen.n + 1 WHERE id = 1;
}
run first() * 2
always "less" { SELECT max(n) < 10 FROM t }
)");
  const auto verdict = check_model(model, model::Mode::search, at_once());
  REQUIRE(verdict.counterexample);
  CHECK(model::to_string(verdict.counterexample->schedule) == "1");
}

TEST_CASE("alike requests told apart: the number of states that SPIN has, too") {
  Limits limits = at_once({.symmetry = false, .reduction = false}, 2);
  const auto verdict = check_model(testing::withdraw("naive", 8), model::Mode::census, limits);
  CHECK(verdict.states == 311'510);
  const auto alike = run_census(testing::withdraw("naive", 8), {}).verdict;
  CHECK(verdict.interleavings == alike.interleavings);
  CHECK(verdict.violating == alike.violating);
}

TEST_CASE("alike requests told apart: who has finished is only counted") {
  // One state for each balance, each choice of who has yet to begin, who has read 100, who has read 50 and who has
  // finished, and each number of those who were paid; in the file above, of the last each choice of who it was:
  // the sum over all (balance, idle, read, finished, paid) that can be reached of 8! / (idle! read100! read50!
  // finished!).
  Limits limits = at_once({.symmetry = false}, 2);
  const auto expected = run_census(testing::withdraw("naive", 8), {});
  for (const bool on_disk : {false, true}) {
    limits.spill_at_once = on_disk;
    const auto verdict = check_model(testing::withdraw("naive", 8), model::Mode::census, limits);
    CHECK(verdict.states == 140'879);
    CHECK(verdict.interleavings == expected.verdict.interleavings);
    CHECK(verdict.violating == expected.verdict.violating);
  }
}

TEST_CASE("what an optimistic request has seen in vain is not told apart") {
  const auto model = testing::optimistic(6, 2, "SELECT n BETWEEN 2 AND 6 FROM t");
  const auto verdict = run_search(model, at_once()).verdict;
  CHECK(verdict.outcome == model::Outcome::holds);
  // A request has looked, or looks again, at its first try (a of them) or at its second one (b); who gave up is left
  // out. A success (p) leaves a and b of whom it must be told who had looked: first of those at the second try any
  // number gives up, then of those at the first any number comes to the second. Counted by hand-written breadth-first
  // search over (p, a, b, untold a, untold b) from (0, 6, 0, 0, 0): 77.
  CHECK(verdict.states == 77);
  const auto all = run_search(model, at_once({.reduction = false})).verdict;
  CHECK(all.outcome == model::Outcome::holds);
  CHECK(all.states == run_search(model, {}).verdict.states);
}

TEST_CASE("sums become longer in the middle of a layer, and nothing is lost or added twice") {
  // 40!/2^20 interleavings are some 140 bits: three words each, where a layer begins with one.
  const auto model = testing::withdraw("naive", 20);
  Limits graph;
  graph.small_states = 1'000'000;
  const auto expected = run_census(model, graph).verdict;
  for (const unsigned jobs : {1U, 2U}) {
    for (const bool on_disk : {false, true}) {
      auto limits = at_once({}, jobs);
      limits.spill_at_once = on_disk;
      const auto layers = run_census(model, limits).verdict;
      CHECK(layers.states == expected.states);
      CHECK(layers.interleavings == expected.interleavings);
      CHECK(layers.violating == expected.violating);
    }
  }
}

TEST_CASE("sums of clean ways become longer, too") {
  // Each looks, and then takes 60 of 100: the second one to do so violates, and everything after it stays violated.
  const auto model = gap(R"(
scenario overdrawn "test"
database bank postgres { CREATE TABLE users (id int PRIMARY KEY, balance int); INSERT INTO users VALUES (1, 100); }
request take() {
  let user = SELECT balance FROM users WHERE id = 1;
  if user.balance < 60 { respond 400; }
  UPDATE users SET balance = balance - 60 WHERE id = 1;
  respond 200;
}
run take() * 14
always "never below zero" { SELECT min(balance) >= 0 FROM users }
)");
  const auto expected = run_census(model, {}).verdict;
  const auto layers = run_census(model, at_once({}, 2)).verdict;
  // Clean are the 14! in which the first one looks and takes before anybody else looks.
  const auto number = [](const std::string& digits) {
    Wide value = 0;
    for (const char digit : digits) value = value * 10 + static_cast<unsigned>(digit - '0');
    return value;
  };
  CHECK(number(*layers.interleavings) > ~std::uint64_t{0});
  CHECK(number(*layers.interleavings) - number(*layers.violating) == 87'178'291'200U);
}

TEST_CASE("what has failed on the way stays failed") {
  const auto model = gap(R"(
scenario restored "test"
database shop postgres { CREATE TABLE stock (id int PRIMARY KEY, n int); INSERT INTO stock VALUES (1, 0); }
request take() {
  UPDATE stock SET n = 0 - 1 WHERE id = 1;
  UPDATE stock SET n = 0 WHERE id = 1;
  respond 200;
}
run take() * 2
always "none is missing" { SELECT min(n) >= 0 FROM stock }
)");
  const auto layers = run_census(model, at_once()).verdict;
  CHECK(layers.interleavings == "6");  // 4! / 2!^2
  CHECK(layers.violating == "6");      // each begins with a step that fails, and ends well
}

TEST_CASE("who waits for ever is a deadlock, also layer by layer") {
  const auto model = gap(R"(
scenario for_ever "test"
database shop postgres { CREATE TABLE stock (id int PRIMARY KEY, n int); INSERT INTO stock VALUES (1, 0); }
request take() { UPDATE stock SET n = 2 WHERE id = 1; await SELECT n = 1 FROM stock WHERE id = 1; respond 200; }
run take() * 2
always "anything" { SELECT min(n) >= 0 FROM stock }
)");
  const auto layers = run_census(model, at_once()).verdict;
  CHECK(layers.outcome == model::Outcome::violated);
  CHECK(layers.interleavings == "2");
  CHECK(layers.violating == "2");
  REQUIRE(layers.counterexample);
  CHECK(model::to_string(layers.counterexample->schedule) == "1 2");
  CHECK(run_search(model, at_once()).verdict.outcome == model::Outcome::violated);
}

TEST_CASE("a cycle over two databases, which neither notices, with somebody behind it") {
  const auto model = gap(R"(
scenario two "test"
database left postgres { CREATE TABLE a (id int PRIMARY KEY, n int); INSERT INTO a VALUES (1, 0); }
database right postgres { CREATE TABLE b (id int PRIMARY KEY, n int); INSERT INTO b VALUES (1, 0), (2, 0), (3, 0); }
request lr() {
  left> transaction { left> UPDATE a SET n = n + 1 WHERE id = 1; right> UPDATE b SET n = 1 WHERE id = 2; right> transaction { right> UPDATE b SET n = 1 WHERE id = 3; right> UPDATE b SET n = n + 1 WHERE id = 1; } }
  respond 200;
}
request rl() {
  right> transaction { right> UPDATE b SET n = n + 1 WHERE id = 1; left> transaction { left> UPDATE a SET n = n + 1 WHERE id = 1; } }
  respond 200;
}
request third() { await right> SELECT n = 1 FROM b WHERE id = 2; left> UPDATE a SET n = n + 1 WHERE id = 1; respond 200; }
run lr(), rl(), third()
always "anything" { SELECT min(n) >= 0 FROM a }
)");
  // The third one comes only once the first holds its row, and waits behind it: with elision it never begins. (The
  // first one holds a row where it waits, so that the whole state is asked for cycles.)
  for (const bool elision : {true, false}) {
    const auto verdict = run_search(model, at_once({.elision = elision})).verdict;
    CHECK(verdict.outcome == model::Outcome::violated);
    REQUIRE(verdict.counterexample);
    CHECK(model::to_string(verdict.counterexample->schedule) ==
          model::to_string(run_search(model, {}).verdict.counterexample->schedule));
  }
}

TEST_CASE("rows that meet in a unique index are not counted beside the world") {
  // Both want the same key: one of them fails, in whatever order.
  const auto twice = gap(R"(
scenario twice "test"
database bank postgres { CREATE TABLE audit (id int PRIMARY KEY); CREATE TABLE log (id int); }
request note(id) { INSERT INTO audit VALUES (:id); INSERT INTO log VALUES (:id); respond 200; }
run note(7) * 2
always "one" { SELECT count(*) <= 1 FROM log }
)");
  const auto graph = run_census(twice, {});
  const auto layers = run_census(twice, at_once());
  // Who comes first has a second step, before or behind the one of who fails: 2, and the other way round.
  CHECK(graph.verdict.interleavings == "4");
  CHECK(layers.verdict.interleavings == graph.verdict.interleavings);
  CHECK(layers.verdict.violating == "0");
  CHECK(layers.final_states == graph.final_states);
  CHECK(layers.verdict.states == graph.verdict.states);
}

class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / ("gapless-layers-" + std::to_string(getpid()))).string()) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_CASE("what was broken off goes on where it was saved, and comes to the same") {
  for (const auto mode : {model::Mode::census, model::Mode::search}) {
    const auto model = mode == model::Mode::census ? testing::withdraw("naive", 7) : different(audited, 6);
    Limits limits = at_once({.symmetry = false}, 2);
    const auto whole = check_model(model, mode, limits);
    const Folder folder;
    limits.checkpoint = folder.path();
    limits.seconds_between_checkpoints = 0;
    limits.most_checkpoints = 3;
    limits.jobs = 1;
    const auto broken_off = check_model(model, mode, limits);
    CHECK(broken_off.coverage == model::Coverage::incomplete);
    CHECK(broken_off.states < whole.states);
    limits.jobs = 2;
    limits.resume = true;
    const auto broken_off_again = check_model(model, mode, limits);
    CHECK(broken_off_again.coverage == model::Coverage::incomplete);
    CHECK(broken_off_again.states > broken_off.states);
    CHECK(broken_off_again.states < whole.states);
    limits.most_checkpoints = 0;
    const auto resumed = check_model(model, mode, limits);
    CHECK(resumed.coverage == model::Coverage::exhaustive);
    CHECK(resumed.states == whole.states);
    CHECK(resumed.transitions == whole.transitions);
    CHECK(resumed.interleavings == whole.interleavings);
    CHECK(resumed.violating == whole.violating);
    CHECK(resumed.outcome == whole.outcome);
    CHECK(resumed.fiber_runs == whole.fiber_runs);
    // It is done: there is nothing more to go on from.
    CHECK_THROWS_AS(check_model(model, mode, limits), ModelError);
  }
}

TEST_CASE("a layer that is too large for the memory goes to disk, and comes to the same") {
  const auto model = testing::withdraw("naive", 7);
  Limits limits = at_once({.symmetry = false}, 2);
  const auto whole = check_model(model, model::Mode::census, limits);
  limits.spill_at_once = true;
  const auto same = [&](const model::Verdict& verdict) {
    CHECK(verdict.coverage == model::Coverage::exhaustive);
    CHECK(verdict.states == whole.states);
    CHECK(verdict.transitions == whole.transitions);
    CHECK(verdict.interleavings == whole.interleavings);
    CHECK(verdict.violating == whole.violating);
    REQUIRE(verdict.counterexample);
    CHECK(verdict.counterexample->schedule == whole.counterexample->schedule);
  };
  same(check_model(model, model::Mode::census, limits));
  limits.jobs = 1;
  same(check_model(model, model::Mode::census, limits));
  // Broken off while most of a layer is on disk.
  const Folder folder;
  limits.checkpoint = folder.path();
  limits.seconds_between_checkpoints = 0;
  limits.most_checkpoints = 7;
  CHECK(check_model(model, model::Mode::census, limits).coverage == model::Coverage::incomplete);
  limits.resume = true;
  limits.jobs = 2;
  limits.most_checkpoints = 2;
  CHECK(check_model(model, model::Mode::census, limits).coverage == model::Coverage::incomplete);
  limits.most_checkpoints = 0;
  std::ofstream(folder.path() + "/layer-99-0-0") << "of a run that was killed while it wrote";
  same(check_model(model, model::Mode::census, limits));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a layer that was saved from memory, and has no room in it any more, goes on from the disk") {
  const auto model = testing::withdraw("naive", 7);
  Limits limits = at_once({.symmetry = false}, 2);
  const auto whole = check_model(model, model::Mode::census, limits);
  const Folder folder;
  limits.checkpoint = folder.path();
  limits.seconds_between_checkpoints = 0;
  for (const unsigned jobs : {1U, 2U}) {
    limits.resume = limits.spill_at_once = false;
    limits.most_checkpoints = 7;
    CHECK(check_model(model, model::Mode::census, limits).coverage == model::Coverage::incomplete);
    limits.resume = limits.spill_at_once = true;
    limits.jobs = jobs;
    // Broken off once more, in the layer behind it.
    limits.most_checkpoints = 1;
    CHECK(check_model(model, model::Mode::census, limits).coverage == model::Coverage::incomplete);
    limits.most_checkpoints = 0;
    const auto resumed = check_model(model, model::Mode::census, limits);
    CHECK(resumed.coverage == model::Coverage::exhaustive);
    CHECK(resumed.states == whole.states);
    CHECK(resumed.transitions == whole.transitions);
    CHECK(resumed.interleavings == whole.interleavings);
    CHECK(resumed.violating == whole.violating);
    CHECK(std::filesystem::is_empty(folder.path()));
  }
}

TEST_CASE("a layer on disk that nobody is to find again does not meet somebody else's of the same depth") {
  const Folder folder;
  const auto other = folder.path() + "/layer-3-0-5";
  std::ofstream(other) << "another process is at work here";
  SpilledLayer layer(folder.path(), 3, 1, false);
  const std::vector<std::uint64_t> entry = {7, 11};
  layer.put(0, 5, 2, entry);
  layer.finish(0);
  std::vector<std::uint64_t> found;
  layer.read(5, [&](std::uint32_t shape, std::span<const std::uint64_t> entries) {
    CHECK(shape == 2);
    found.insert(found.end(), entries.begin(), entries.end());
  });
  CHECK(found == entry);
  std::string text;
  std::getline(std::ifstream(other), text);
  CHECK(text == "another process is at work here");
}

TEST_CASE("a layer on disk that a checkpoint names is there until it is forgotten") {
  const Folder folder;
  {
    SpilledLayer layer(folder.path(), 3, 1, true);
    const std::vector<std::uint64_t> entry = {7};
    layer.put(0, 5, 2, entry);
    layer.finish(0);
  }
  CHECK(std::filesystem::exists(folder.path() + "/layer-3-0-5"));
  std::vector<std::uint64_t> sizes(SpilledLayer::parts);
  sizes[5] = std::filesystem::file_size(folder.path() + "/layer-3-0-5");
  { SpilledLayer(folder.path(), 3, sizes).forget(); }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a checkpoint that was cut off or changed is refused") {
  const auto model = different(audited, 6);
  const Folder folder;
  Limits limits = at_once();
  limits.checkpoint = folder.path();
  limits.seconds_between_checkpoints = 0;
  limits.most_checkpoints = 2;
  CHECK(check_model(model, model::Mode::search, limits).coverage == model::Coverage::incomplete);
  limits.most_checkpoints = 0;
  limits.resume = true;
  const auto path = folder.path() + "/states.gapless";
  std::string bytes;
  {
    std::ifstream file(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto refuses = [&](const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    CHECK_THROWS_AS(check_model(model, model::Mode::search, limits), ModelError);
  };
  refuses(bytes.substr(0, bytes.size() - sizeof(std::uint64_t)));
  refuses(bytes.substr(0, bytes.size() / 2));
  auto changed = bytes;
  changed[bytes.size() - 2 * sizeof(std::uint64_t)] ^= 1;  // in the last state
  refuses(changed);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  CHECK(check_model(model, model::Mode::search, limits).outcome == model::Outcome::holds);
}

TEST_CASE("a checkpoint of something else is refused") {
  const Folder folder;
  Limits limits = at_once();
  limits.checkpoint = folder.path();
  limits.seconds_between_checkpoints = 0;
  limits.most_checkpoints = 2;
  const auto model = different(audited, 6);
  CHECK(check_model(model, model::Mode::search, limits).coverage == model::Coverage::incomplete);
  limits.most_checkpoints = 0;
  limits.resume = true;
  CHECK_THROWS_AS(check_model(different(audited, 5), model::Mode::search, limits), ModelError);
  CHECK_THROWS_AS(check_model(model, model::Mode::census, limits), ModelError);
  limits.reductions.elision = false;
  CHECK_THROWS_AS(check_model(model, model::Mode::search, limits), ModelError);
  limits.reductions.elision = true;
  CHECK(check_model(model, model::Mode::search, limits).outcome == model::Outcome::holds);
}

}  // namespace
}  // namespace gapless::explore
