// What the tests of SERIALIZABLE have in common: which dependencies among transactions fail whom, at which statement
// (S-SSI-1 to S-SSI-10). Scripts named M… are those of the transcripts of PostgreSQL 15.18.
#pragma once

#include <string>
#include <string_view>

#include "town.h"

namespace gapless::store::relational {

inline constexpr std::string_view two_rows = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int);
  CREATE TABLE z (id int PRIMARY KEY);
  INSERT INTO t VALUES (1, 10), (2, 20);)";

inline constexpr std::string_view six_rows = R"(
  CREATE TABLE t (id int PRIMARY KEY, v int);
  CREATE TABLE u (id int PRIMARY KEY, v int);
  INSERT INTO u VALUES (3, 0);
  INSERT INTO t VALUES (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0);)";

inline constexpr Tracking fine = {true, true, false};
inline constexpr Tracking coarse = {true, true, true};

// Plays a script and checks what comes of it. In it BEGIN alone begins a SERIALIZABLE transaction.
void plays_serializable(std::string_view schema, const std::string& script, Tracking tracking = fine);

}  // namespace gapless::store::relational
