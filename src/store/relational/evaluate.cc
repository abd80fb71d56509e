#include "store/relational/evaluate.h"
#include "store/relational/evaluate_computation.h"

namespace gapless::store {

Value Snapshot::call(sql::Function, std::span<const Value>) const {
  throw SqlError("feature_not_supported", "advisory locks are possible in statements of a session only");
}

std::string Snapshot::default_isolation() const { return "read committed"; }

sql::Timestamp Snapshot::now(sql::Function /*function*/) const { return store::now(); }

struct Evaluator::Implementation : Computation {
  using Computation::Computation;
  std::deque<std::vector<Tuple>> kept;  // as long as the evaluator
};

Evaluator::Evaluator(const SourceText& source, const Snapshot& snapshot, std::span<const Value> parameters,
                     QueryMemory& memory)
    : implementation_(std::make_unique<Implementation>(source, snapshot, parameters, memory)) {}

Evaluator::~Evaluator() = default;

std::vector<FromRow> Evaluator::matches(const std::vector<sql::FromItem>& from, const sql::Expression* where) {
  std::vector<FromRow> rows;
  implementation_->visit_matches(from, where, nullptr, implementation_->kept, [&rows](const FromRow& row) {
    rows.push_back(row);
    return true;
  });
  return rows;
}

Value Evaluator::value(const sql::Expression& expression, std::span<const Tuple* const> tuples) {
  return implementation_->value(expression, Scope{tuples});
}

bool Evaluator::is_true(const sql::Expression& condition, std::span<const Tuple* const> tuples) {
  return implementation_->truth(condition, Scope{tuples}) == Truth::yes;
}

std::vector<Tuple> Evaluator::select(const sql::Select& query) { return implementation_->run(query, nullptr); }

void Evaluator::sort(const sql::Select& query, std::vector<FromRow>& rows) {
  if (query.order_by.empty()) return;
  std::vector<Tuple> keys;
  keys.reserve(rows.size());
  for (const auto& row : rows) keys.push_back(implementation_->sort_keys(query, Scope{row.tuples}));
  std::vector<FromRow> in_order;
  in_order.reserve(rows.size());
  for (const std::size_t i : implementation_->sorted(query, keys)) in_order.push_back(std::move(rows[i]));
  rows = std::move(in_order);
}

std::pair<std::size_t, std::size_t> Evaluator::limits(const sql::Select& query) {
  return implementation_->limits(query, nullptr);
}

Tuple Evaluator::targets(const std::vector<sql::Target>& targets, std::span<const Tuple* const> tuples) {
  return implementation_->targets(targets, Scope{tuples});
}

void Evaluator::remember_queries(const sql::Statement& statement) { implementation_->remember_queries(statement); }

}  // namespace gapless::store
