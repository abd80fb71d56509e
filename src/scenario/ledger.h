// The ledger's tables: `effect paid(amount)` makes a table paid with a column amount. All uses of one name, in all
// requests and variants of the file, must agree, so that an invariant reads the same table whatever is run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/source.h"
#include "model/model.h"
#include "scenario/name.h"
#include "scenario/syntax.h"
#include "sql/parse.h"

namespace gapless::scenario {

// An argument of an effect or a call: the expression, and the name of its column.
struct LedgerArgument {
  sql::Range expression;
  std::string column;
};

class Ledgers {
 public:
  explicit Ledgers(const SourceText& source) : source_(source) {}

  // `x` gives column x, `x.field` gives field, `expression AS name` gives name; the n-th of any other form gives argn.
  // Notes the table, or compares it with what was noted.
  std::vector<LedgerArgument> add(const Name& name, const std::vector<sql::Range>& arguments);

  // In order of first use, which is the order of the file.
  std::vector<model::Ledger> tables() const { return tables_; }
  // Where a table was first used. REQUIRES: it was.
  Offset first_use(const std::string& name) const { return uses_.at(name).at; }

 private:
  LedgerArgument argument(sql::Range range, std::size_t number) const;

  const SourceText& source_;
  std::vector<model::Ledger> tables_;
  struct Use {
    Offset at;
    std::size_t table;
  };
  std::map<std::string, Use> uses_;  // the first of each name
};

}  // namespace gapless::scenario
