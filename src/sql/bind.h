// Resolves the names of a Statement against a catalog, expands *, numbers sub-selects and checks types as far as they
// are known before running. Parameters have no type until they have a value.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/source.h"
#include "sql/statement.h"

namespace gapless::sql {

// Unknown tables and columns, ambiguous names, wrong types (42xxx in PostgreSQL) are ModelErrors with a "did you mean".
void bind(Statement& statement, const Catalog& catalog);

// Binds an expression over one table as item 0: DEFAULT, CHECK, the predicate of a partial index.
void bind_over_table(Expression& expression, const Table& table, const SourceText& source);

// The name among `candidates` that `wanted` was probably meant to be; empty if none is near.
std::string did_you_mean(std::string_view wanted, std::span<const std::string> candidates);

}  // namespace gapless::sql
