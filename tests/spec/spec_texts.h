// Running a test given as text, for the tests of this layer.
#pragma once

#include <string>

#include "base/source.h"
#include "spec/compare.h"
#include "spec/print.h"
#include "spec/program.h"
#include "spec/tester.h"

namespace gapless::spec {

inline Source named(std::string text) { return make_source("t.spec", std::move(text)); }

inline std::string output_of(std::string text) {
  const auto program = compile(read_specification(named(std::move(text))));
  std::string output;
  const auto transcript = run(program, [&](const Run& run) { output += to_string(run, program.specification); });
  return heading(transcript) + output;
}

// What follows the line "starting permutation: …" of a test with one permutation.
inline std::string steps_of(std::string text) {
  const auto output = output_of(std::move(text));
  const auto start = output.find("starting permutation:");
  return output.substr(output.find('\n', start) + 1);
}

// "3:7: there is no step named …", or the output if nothing is wrong.
inline std::string problem_of(std::string text) {
  try {
    return "no problem: " + output_of(std::move(text));
  } catch (const ModelError& error) {
    const auto& diagnostic = error.diagnostic();
    return std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) + ": " + diagnostic.message;
  }
}

// A bank with one account of 100, for two sessions that are written in `rest`.
inline std::string bank(const std::string& rest) {
  return "setup { CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL); INSERT INTO users VALUES (1, 100); }\n"
         "teardown { DROP TABLE users; }\n" +
         rest;
}

}  // namespace gapless::spec
