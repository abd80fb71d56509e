// What a document has in unique indexes.
#pragma once

#include <set>

#include "store/document/database.h"

namespace gapless::store::document::mongo {

// The entries of the document in the unique indexes of its collection. An array has an entry for each element; a
// missing field is null, unless the index is sparse and the document has none of its fields.
std::set<Entry> unique_entries(const Catalog& catalog, std::size_t collection, const Object& document);

// E11000 …, as MongoDB says it; `entry` nowhere: of _id.
[[noreturn]] void fail_by_duplicate(const Catalog& catalog, const Entry& entry);
[[noreturn]] void fail_by_duplicate_id(const Catalog& catalog, const Address& address);

}  // namespace gapless::store::document::mongo
