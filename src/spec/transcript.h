// What isolationtester reports while it runs a test, as values: made by tester.h, printed by print.h, and read back
// from an expected file by expected.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gapless::spec {

// Rows as the server sends them: texts. NULL is the empty text, as isolationtester shows it.
struct Rows {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  bool ordered = false;  // by a top-level ORDER BY; else their order means nothing
};

// One statement's result, if it has something to show.
struct Result {
  std::optional<Rows> rows;
  std::string error;  // the primary message: "deadlock detected"
};

struct Report {
  enum class Kind {
    done,       // step NAME: SQL
    waiting,    // step NAME: SQL <waiting ...>
    completed,  // step NAME: <... completed>
    outside,    // results of a setup or a teardown
    notice,     // SESSION: WARNING:  text
    remark,     // isolationtester: text
  };
  Kind kind = Kind::done;
  std::size_t step = 0;
  std::vector<Result> results;
  std::string text;  // of a notice or remark, the whole line
};

struct Run {  // of one permutation
  std::vector<std::size_t> steps;
  std::vector<Report> reports;
};

struct Transcript {
  std::size_t sessions = 0;
  std::vector<Run> runs;
};

}  // namespace gapless::spec
