// gapless format and gapless new as commands; what they write is tested in tests/scenario/format_test.cc and
// tests/tools/.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "cli/diff.h"
#include "cli/files.h"
#include "cli/templates.h"
#include "fake.h"

using namespace gapless;
using testing::contains;
using testing::Folder;
using testing::run_gapless;

namespace {

constexpr const char* laid_out =
    "scenario x\n"
    "request r() { respond 200; }\n"
    "run r()\n"
    "always \"x\" { SELECT true }\n";
constexpr const char* untidy =
    "scenario   x\n"
    "request r(){respond 200;}\n"
    "run r()\n"
    "always \"x\" { SELECT true }\n";

}  // namespace

TEST_CASE("format writes the file, and says so") {
  const Folder folder("format");
  const auto a = folder.write("a.gap", untidy);
  const auto b = folder.write("b.gap", laid_out);
  const auto ran = run_gapless({"format", folder.at("")});
  CHECK(ran.status == 0);
  CHECK(ran.out.empty());
  CHECK(ran.err == "gapless: " + a + " is formatted\n");
  CHECK(folder.read("a.gap") == laid_out);
  CHECK(folder.read("b.gap") == laid_out);
  CHECK(run_gapless({"format", a, b}).err.empty());
}

TEST_CASE("format --check writes nothing, shows the difference and exits with 1") {
  const Folder folder("format");
  const auto a = folder.write("a.gap", untidy);
  const auto b = folder.write("b.gap", laid_out);
  const auto ran = run_gapless({"format", "--check", a, b});
  CHECK(ran.status == 1);
  CHECK(ran.out == "--- " + a + "\n+++ " + a +
                       "\n@@ -1,4 +1,4 @@\n-scenario   x\n-request r(){respond 200;}\n+scenario x\n"
                       "+request r() { respond 200; }\n run r()\n always \"x\" { SELECT true }\n");
  CHECK(ran.err == "gapless: " + a + " would be formatted\n");
  CHECK(folder.read("a.gap") == untidy);
  CHECK(run_gapless({"format", "--check", b}).status == 0);
}

TEST_CASE("format --stdout leaves the file as it is") {
  const Folder folder("format");
  const auto a = folder.write("a.gap", untidy);
  const auto ran = run_gapless({"format", "--stdout", a});
  CHECK(ran.status == 0);
  CHECK(ran.out == laid_out);
  CHECK(folder.read("a.gap") == untidy);
}

TEST_CASE("a file with a mistake is left as it is, the others are formatted") {
  const Folder folder("format");
  const auto a = folder.write("a.gap", "scenario x\nrequest r() { repsond 200; }\nrun r()\n");
  folder.write("b.gap", untidy);
  const auto ran = run_gapless({"format", folder.at("")});
  CHECK(ran.status == 2);
  CHECK(contains(ran.err, a + ":2:15: expected a statement or `}`, found `repsond`; did you mean `respond`?"));
  CHECK(contains(folder.read("a.gap"), "repsond"));
  CHECK(folder.read("b.gap") == laid_out);
  CHECK(run_gapless({"format", "--check", folder.at("a.gap")}).status == 2);
  CHECK(run_gapless({"format", folder.at("none.gap")}).status == 2);
}

TEST_CASE("format: usage") {
  const Folder folder("format");
  CHECK(run_gapless({"format"}).status == 2);
  CHECK(run_gapless({"format", "--check", "--stdout", "a.gap"}).status == 2);
  CHECK(run_gapless({"format", "-", "a.gap"}).status == 2);
  CHECK(run_gapless({"format", folder.at("")}).status == 5);
}

TEST_CASE("a file is replaced with its permissions, and through a link") {
  const Folder folder("replace");
  const auto file = folder.write("real.gap", "old");
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::create_symlink(file, folder.at("link.gap"));
  cli::replace_file(folder.at("link.gap"), "new");
  CHECK(folder.read("real.gap") == "new");
  CHECK(std::filesystem::is_symlink(folder.at("link.gap")));
  CHECK(std::filesystem::status(file).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  CHECK_FALSE(std::filesystem::exists(file + ".new"));
  folder.write("real.gap.new", "somebody's");
  CHECK_THROWS_AS(cli::replace_file(file, "newer"), ModelError);
  CHECK(folder.read("real.gap") == "new");
  CHECK(folder.read("real.gap.new") == "somebody's");
  CHECK_THROWS_AS(cli::replace_file(folder.at("none"), "x"), ModelError);
}

TEST_CASE("differences: hunks with three lines around them, blank lines, the end of the file") {
  CHECK(cli::difference("f", "a\n", "a\n").empty());
  CHECK(cli::difference("f", "a", "a\n") == "--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
  CHECK(cli::difference("f", "a\n\n\nb\n", "a\n\nb\n") == "--- f\n+++ f\n@@ -1,4 +1,3 @@\n a\n \n-\n b\n");
  CHECK(cli::difference("f", "a b c\nd\n", "a\nb\nc\nd\n") ==
        "--- f\n+++ f\n@@ -1,2 +1,4 @@\n-a b c\n+a\n+b\n+c\n d\n");
  std::string before = "x  y\n";
  std::string after = "x y\n";
  for (int i = 0; i < 7; ++i) {
    before += "l\n";
    after += "l\n";
  }
  CHECK(cli::difference("f", before + "x  y\n", after + "x y\n") ==
        "--- f\n+++ f\n@@ -1,4 +1,4 @@\n-x  y\n+x y\n l\n l\n l\n@@ -6,4 +6,4 @@\n l\n l\n l\n-x  y\n+x y\n");
}

TEST_CASE("new lists what there is") {
  const auto ran = run_gapless({"new"});
  CHECK(ran.status == 0);
  for (const auto& each : cli::templates()) {
    CHECK(contains(ran.out, "  " + std::string(each.money_path) + " "));
    CHECK(contains(ran.out, std::string(each.store)));
  }
}

TEST_CASE("new writes a file, and never over one") {
  const Folder folder("new");
  const auto file = folder.at("deep/mine.gap");
  const auto ran = run_gapless({"new", "idempotency-key", "--store", "Redis", "--output", file});
  CHECK(ran.status == 0);
  CHECK(contains(ran.out, "gapless check " + file));
  const auto written = folder.read("deep/mine.gap");
  CHECK(contains(written, "scenario idempotency_key"));
  CHECK(contains(written, "database redis redis"));
  const auto again = run_gapless({"new", "withdraw", "--output", file});
  CHECK(again.status == 2);
  CHECK(contains(again.err, "is there already"));
  CHECK(folder.read("deep/mine.gap") == written);
  CHECK(run_gapless({"new", "idempotency_key", "--store", "redis", "--output", "-"}).out == written);
}

TEST_CASE("new: what is not there is said with what is") {
  const auto path = run_gapless({"new", "withdrawl"});
  CHECK(path.status == 2);
  CHECK(
      contains(path.err, "there is no money path `withdrawl`; did you mean `withdraw`? There are: withdraw, coupon,"));
  const auto store = run_gapless({"new", "withdraw", "--store", "mysql"});
  CHECK(store.status == 2);
  CHECK(contains(store.err, "there is no store `mysql`"));
  CHECK(run_gapless({"new", "--store", "redis"}).status == 2);
}
