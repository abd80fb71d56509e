// What a step reads and writes, in order, as far as SERIALIZABLE asks (S-SSI-1, S-SSI-2).
#pragma once

#include <compare>
#include <cstdint>

#include "store/relational/database.h"

namespace gapless::store::relational {

struct Touch {
  enum class Kind : std::uint8_t {
    snapshot,     // the transaction takes its snapshot; `visible`: it is SERIALIZABLE; `newest`: it is READ ONLY
    number,       // it gets its transaction id
    read_table,   // every row: the whole table is locked against writers
    read_page,    // through an index: its leaf page (tables are small: one page an index)
    read_row,     // a row is met on the way; `visible`: the snapshot shows a version of it
    write_row,    // a row's newest version is replaced or deleted
    write_table,  // a row is inserted
    write_page,   // an entry is put into an index
    undo_row,     // what was written is taken back by a savepoint
    commit,
    abort,
  };
  Kind kind = Kind::snapshot;
  RowName row;  // its table; of rows also the row
  std::uint32_t index = 0;
  bool visible = false;       // read_row
  bool newest = false;        // read_row: what it shows is the newest committed version
  bool in_savepoint = false;  // write_row
  bool latest = false;  // read_row: read with a snapshot of its own, as foreign keys are: what is committed is seen

  auto operator<=>(const Touch&) const = default;
};

}  // namespace gapless::store::relational
