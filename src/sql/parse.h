// SQL text → Statement values, by PostgreSQL's own grammar. With scan.h the only door to libpg_query.
//
// Whatever the grammar accepts and we do not support is refused with a ModelError at its place that names the construct
// and, where there is one, an alternative.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "sql/statement.h"

namespace gapless::sql {

// A stretch of a source: bytes [begin, end).
struct Range {
  Offset begin = 0;
  Offset end = 0;
};

// One statement, without its semicolon: SELECT, INSERT, UPDATE, DELETE (with WITH), BEGIN, COMMIT, ROLLBACK, SAVEPOINT,
// ROLLBACK TO, RELEASE, SET, LOCK TABLE (and their synonyms).
Statement parse_statement(const Source& source, Range range);

// Several, each ended by a semicolon or by the end: what one message to the server may hold.
std::vector<Statement> parse_statements(const Source& source, Range range);

// A statement given by C++ code: its source is named `name`.
Statement parse_statement(std::string_view text, std::string name = "<sql>");

// An expression outside SQL: in it a name (or name.field, or :name) for which is_local(name) holds is a parameter.
// Sub-selects are refused. The result is a Statement of the form SELECT (expression).
Statement parse_expression(const Source& source, Range range, const std::function<bool(std::string_view)>& is_local);

// The body of a `database` block: CREATE TABLE, CREATE [UNIQUE] INDEX, INSERT, UPDATE, DELETE, ended by semicolons.
struct Setup {
  Catalog catalog;                    // tables with all their constraints, bound
  std::vector<Statement> statements;  // that fill them, in order, bound
};
Setup parse_setup(const Source& source, Range range, std::string database);
// The same of a body in several stretches, one after the other.
Setup parse_setup(const Source& source, std::span<const Range> ranges, std::string database);

}  // namespace gapless::sql
