// A schedule to be played on two servers: tables, rows, and statements of several sessions in one order.
//
// Texts are *marked*: what may be left out stands between two control characters, nested at will, so that the shrinker
// can drop a clause without knowing any SQL: "SELECT id FROM t WHERE id = 1⟦ AND v > 3⟧⟦ FOR UPDATE⟦ NOWAIT⟧⟧".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gapless::disagree {

inline constexpr char mark_open = '\x01';
inline constexpr char mark_close = '\x02';

// A part that may be left out.
std::string optional_part(std::string_view text);
// The text without its marks.
std::string plain(std::string_view marked);
// The text with one marked part less each, outermost and first ones first.
std::vector<std::string> with_one_part_less(std::string_view marked);
// Whether its rows come in an order that it asks for: ORDER BY outside of all parentheses.
bool ordered(std::string_view statement);

struct Step {
  std::size_t session = 0;
  std::size_t transaction = 0;  // of the session: statements that come and go together
  std::string statement;        // marked
};

struct Schedule {
  std::vector<std::string> tables;  // CREATE TABLE and CREATE INDEX; marked
  std::vector<std::string> rows;    // INSERT of one row each
  std::size_t sessions = 0;
  // Played in this order; a step of a session that waits is put off until the session is free again.
  std::vector<Step> steps;
};

// The tables and their rows as one script.
std::string setup_script(const Schedule& schedule);

}  // namespace gapless::disagree
