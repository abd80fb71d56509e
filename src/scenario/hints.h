// What a writer who comes from another language, or another database, may have meant; and statements that are right,
// but do not do what they look like.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "sql/statement.h"

namespace gapless::scenario {

using IsLocal = std::function<bool(std::string_view name)>;

// Behind "expected …, found …" at this place: "; a comment begins with `--`". Empty where nothing comes to mind.
std::string foreign_word(std::string_view text, Offset at);

// The same mistake with what the line has of another database or language: `&&`, AUTO_INCREMENT.
ModelError with_foreign_sql(const ModelError& error);

// An invariant's table that does not exist: an effect that no request has, perhaps. Its column: an argument without a
// name, perhaps, where the file has such.
ModelError with_ledger(const ModelError& error, bool has_unnamed);

// `timeout` as an outcome of a call, which would mean that nothing has happened.
bool sounds_unknown(std::string_view outcome);

// A name that SQL does not know and that is a local: the same mistake, with `:name` in it.
ModelError with_local(const ModelError& error, const IsLocal& is_local);

// Column compared with itself where a local is called so; before binding.
void warn_compared_with_itself(const sql::Statement& statement, const IsLocal& is_local, const SourceText& source,
                               std::vector<Diagnostic>& warnings);

// After binding: the tables (their numbers) that a statement changes; and what a statement that changes something reads
// besides, in FROM, USING, WITH and sub-selects, without locking it: if it waits for rows, these may be newer than what
// it has read; if it only inserts, what matters is that another like it has read the same table.
std::set<std::size_t> tables_written(const sql::Statement& statement);
std::set<std::size_t> tables_beside(const sql::Statement& statement);

// Of a statement that commits by itself: a lock that is gone with it; that a server's sub-select is older than a wait.
void warn_lock_is_gone(const sql::Statement& statement, const SourceText& source, std::vector<Diagnostic>& warnings);
Diagnostic overlap_warning(const SourceText& source, Offset at);

// `= NULL`, which is never true.
void warn_equals_null(const sql::Expression& expression, const SourceText& source, std::vector<Diagnostic>& warnings);

// A word of a Redis command, as it was written: `:x` is a text there.
void warn_colon(std::string_view word, Offset at, const IsLocal& is_local, const SourceText& source,
                std::vector<Diagnostic>& warnings);

}  // namespace gapless::scenario
