// :name parameters are not PostgreSQL's: before its grammar sees a text they become $1, $2, …, and every position that
// it reports afterwards is translated back.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "sql/parse.h"

namespace gapless::sql {

struct Rewritten {
  std::string text;                     // for PostgreSQL's grammar
  std::vector<std::string> parameters;  // names of $1, $2, …

  // The place in the source of a byte of `text`.
  Offset source_offset(std::size_t at) const;
  // A message of PostgreSQL's with $1 replaced by the name that was written.
  std::string message(std::string text_of_postgres) const;

  struct Piece {
    std::size_t begin;  // in `text`
    Offset source;
    bool verbatim;  // otherwise all of it maps to `source`
  };
  std::vector<Piece> pieces;
};

// Names for which is_local holds are parameters without a colon too; it may be empty. `prefix` goes before the text.
// Throws ModelError where the text is too long, not UTF-8, or cannot be scanned.
Rewritten rewrite_parameters(const Source& source, Range range, std::string_view prefix,
                             const std::function<bool(std::string_view)>& is_local);

}  // namespace gapless::sql
