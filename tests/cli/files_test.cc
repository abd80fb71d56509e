#include "cli/files.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "fake.h"

using namespace gapless;
using testing::Folder;

TEST_CASE("a folder stands for all its scenarios, sorted by path") {
  const Folder folder("files");
  for (const auto* name : {"b.gap", "a/z.gap", "a/y.gap", "notes.txt", "a.gap", "a/x.gap.bak"}) folder.write(name, "");
  std::vector<Diagnostic> errors;
  const auto found = cli::scenario_files({folder.at("")}, errors);
  CHECK(errors.empty());
  REQUIRE(found.size() == 4);
  CHECK(std::ranges::is_sorted(found));
  CHECK(found[0] == folder.at("a.gap"));
  CHECK(found[1] == folder.at("a/y.gap"));
  CHECK(found[3] == folder.at("b.gap"));
}

TEST_CASE("a file stands for itself, once") {
  const Folder folder("files");
  const auto b = folder.write("b.gap", "");
  const auto other = folder.write("other.txt", "");
  std::vector<Diagnostic> errors;
  CHECK(cli::scenario_files({other, b, folder.at(""), b}, errors) == std::vector<std::string>{other, b});
  CHECK(errors.empty());
  CHECK(cli::scenario_files({folder.at("none.gap"), b}, errors) == std::vector<std::string>{b});
  REQUIRE(errors.size() == 1);
  CHECK(errors[0] == Diagnostic{folder.at("none.gap"), 0, 0, "there is no such file or folder", ""});
}

TEST_CASE("reading and writing") {
  const Folder folder("files");
  const std::string bytes("a\0b\r\n\xFF", 6);
  cli::write_file(folder.at("deep/er/x"), bytes);
  CHECK(cli::read_file(folder.at("deep/er/x")) == bytes);
  CHECK_THROWS_AS(cli::read_file(folder.at("none")), ModelError);
  CHECK_THROWS_AS(cli::read_file(folder.at("deep")), ModelError);
  CHECK_THROWS_AS(cli::write_file(folder.at("deep"), "x"), ModelError);
}

TEST_CASE("names of files are harmless") {
  CHECK(cli::file_word("row_lock-2") == "row_lock-2");
  CHECK(cli::file_word("../a b") == "___a_b");
  CHECK(cli::file_word("") == "_");
}
