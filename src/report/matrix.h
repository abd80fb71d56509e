// A scenario's runs as a table: a row a variant; where there are several levels of isolation or settings of faults, a
// column for each.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/verdict.h"
#include "report/columns.h"

namespace gapless::report {

using Runs = std::vector<const model::Run*>;

std::string matrix(const Runs& runs, bool colour);

// What runs have in common, or differ in.
std::string actors_of(const model::Run& run);  // "2"
std::string level_of(const model::Run& run);   // "read committed"
std::string faults_of(const model::Run& run);  // "no faults", "crash <= 1"
bool all_alike(const Runs& runs, const std::function<std::string(const model::Run&)>& attribute);

// Which of the runs that differ in level or faults this one is: "serializable", "crash <= 1", "serializable, no
// faults".
std::string place_of(const model::Run& run, const Runs& runs);

// Runs of one variant at one number of actors, in order of first appearance.
std::vector<Runs> by_variant(const Runs& runs);

bool is_violated(const model::Run& run);
bool is_proved(const model::Run& run);

using Table = std::vector<std::vector<Cell>>;
// Each column is as wide as its widest line.
std::string table_text(const Table& table, std::vector<Column> columns, bool colour);

}  // namespace gapless::report
