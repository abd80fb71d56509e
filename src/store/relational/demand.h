// Which parts of a statement that only read are asked for. PostgreSQL runs an element of WITH, or a sub-select with FOR
// UPDATE, when its first row is asked for: never, if what a query demands of no row in particular (its One-Time Filter)
// is not so. Then the part takes no lock and waits for nobody.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "store/relational/evaluate.h"

namespace gapless::store::relational {

class Demand {
 public:
  // What has been run so far is remembered in `memory`, the evaluator's; a condition that reads other parts may hold.
  Demand(const sql::Statement& statement, Evaluator& evaluator, const QueryMemory& memory);

  bool asks_for(std::size_t query_number) const { return asked_.contains(query_number); }

 private:
  enum class Rows : std::uint8_t { none, maybe };
  enum class Aggregates : std::uint8_t { computed, empty };

  template <class Body>
  void ask_body(const Body& body);
  Rows ask_query(const sql::Select& query);
  Rows ask_arm(const sql::Select& arm);
  void ask_insert(const sql::Insert& insert);
  // What decides whether there are rows, and what it takes to find that out.
  Rows ask_filters(const std::vector<sql::FromItem>& from, const std::optional<sql::Expression>& where,
                   const std::optional<sql::Expression>& having);
  Rows ask_conditions(const std::vector<const sql::Expression*>& conditions, Aggregates aggregates);
  void ask_from(const std::vector<sql::FromItem>& from);
  void ask_item(const sql::FromItem& item);
  void ask_targets(const std::vector<sql::Target>& targets, Aggregates aggregates);
  void ask_expression(const sql::Expression& expression, Aggregates aggregates = Aggregates::computed);
  bool has_false_constant(const std::vector<const sql::Expression*>& conditions);
  bool is_false(const sql::Expression& condition);
  bool wants_nothing(const sql::Select& query);
  // Its value is the same for all rows, and can be computed now.
  bool is_known(const sql::Expression& expression) const;

  const sql::Statement& statement_;
  Evaluator& evaluator_;
  const QueryMemory& memory_;
  std::set<std::size_t> asked_;
};

}  // namespace gapless::store::relational
