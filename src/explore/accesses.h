// What each step of an execution read and wrote. For people; nothing is decided by it.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "explore/concrete.h"
#include "model/execution.h"
#include "store/relational/snapshot.h"

namespace gapless::explore {

// What a session reads, with an instant for now().
class SnapshotAt : public relational::StatementSnapshot {
 public:
  SnapshotAt(const sql::Catalog& catalog, const relational::Database& database, const relational::Session& session,
             std::optional<sql::Timestamp> instant)
      : StatementSnapshot(catalog, database, session), instant_(instant.value_or(store::now())) {}

  sql::Timestamp now(sql::Function /*function*/) const override { return instant_; }

 private:
  sql::Timestamp instant_;
};

// What now() says in this session's next statement, where the clock moves.
std::optional<sql::Timestamp> instant_of(const relational::Session& session, const store::Operation& operation);

// A statement with WITH or FOR UPDATE in sub-selects cannot be looked at without running its parts.
bool is_in_parts(const sql::Statement& statement);

// The rows of its own FROM that a statement's WHERE lets through, as this session would see them.
std::vector<model::Access> rows_matched(const Successors& successors, const World& world,
                                        const relational::Session& session, const store::Operation& operation);

// Where two worlds' committed rows of a table differ.
std::vector<model::Access> rows_changed(const Successors& successors, const World& before, const World& after,
                                        std::size_t database, std::size_t table);

// Fills in step.reads, step.writes and step.commits.
void describe_accesses(const Successors& successors, const Concrete& before, const Concrete& after, std::size_t actor,
                       const store::Operation& operation, model::Step& step);

}  // namespace gapless::explore
