// Binds one statement: expressions and queries in bind_query.cc, changes and the public functions in bind.cc,
// ON CONFLICT in bind_conflict.cc, row locks in bind_lock.cc.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/scope.h"
#include "sql/statement.h"

namespace gapless::sql {

class Binder {
 public:
  Binder(const Catalog& catalog, const SourceText& source)
      : catalog_(catalog), source_(source), names_(catalog, source) {}

  void statement(Statement& statement);
  void expression(Expression& expression, Scope& scope);

 private:
  // Queries (bind_query.cc). `keep_strings`: strings without a type in the list are left so, for INSERT … SELECT.
  void query(Select& select, Scope* outer, bool keep_strings = false);
  void one_query(Select& select, Scope* outer, bool keep_strings);
  void union_chain(Select& select);
  void values(Select& select, Scope& scope);
  void from(std::vector<FromItem>& items, std::size_t begin, Scope& scope);
  void from_table(FromItem& item);
  bool from_common(FromItem& item);
  void expand_star(const Expression& star, const Scope& scope, std::vector<Target>& bound);
  void targets(std::vector<Target>& targets, Scope& scope, std::string_view aggregates_refused, bool keep_strings);
  void condition(Expression& condition, Scope& scope, std::string_view construct);
  void bound_count(Expression& count, Scope& scope, std::string_view construct);
  void sub_query(Expression& expression, Scope& scope);
  void aggregate(Expression& expression, Scope& scope);
  void group_by(Select& select, Scope& scope);
  void order_by(Select& select, Scope& scope);
  void order_union(Select& select);
  const Expression& output(const Select& select, const Expression& position);
  bool lets_server_choose(const Select& select) const;

  // Row locks (bind_lock.cc)
  void locking(Select& select);
  // A sub-select that locks is run before the part that it stands in.
  void remember_locking(const std::shared_ptr<Select>& query, std::size_t number);

  // Grouping (grouping.cc)
  void check_grouped(const Select& select) const;
  void check_grouped(const Expression& expression, const Select& select, std::size_t depth) const;
  void check_grouped_query(const Select& query, const Select& select, std::size_t depth) const;
  bool is_grouped(const Slot& slot, const Select& select) const;

  // WITH (bind.cc)
  void with(std::vector<CommonTable>& elements);
  void element(CommonTable& element);
  void mark_read();

  // Changes (bind.cc)
  void insert(Insert& insert);
  void insert_values(Insert& insert, const Table& table);
  void insert_query(Insert& insert, const Table& table);
  void insert_columns(Insert& insert, const Table& table);
  void assigned(Expression& expression, const Column& column, Scope& scope);
  void update(Update& update);
  void delete_(Delete& delete_);
  void assignments(std::vector<Assignment>& list, const Table& table, Scope& scope, std::string_view construct);
  FromItem target_item(std::size_t table, const std::string& alias, Offset at) const;
  void changed_items(std::vector<FromItem>& items, FromItem target, Scope& scope);
  void returning(std::vector<Target>& targets, Scope& scope);

  // ON CONFLICT (bind_conflict.cc)
  void conflict(Insert& insert, const Table& table);
  void infer(OnConflict& conflict, const Table& table, Scope& scope);
  bool is_inferred(const OnConflict& conflict, const Unique& unique) const;

  std::size_t column_of(const Table& table, const std::string& name, Offset at) const;
  [[noreturn]] void refuse(Offset at, std::string message) const;

  const Catalog& catalog_;
  const SourceText& source_;
  Names names_;
  std::size_t queries_ = 0;
  bool limit_without_order_ = false;
  std::vector<std::pair<std::size_t, std::shared_ptr<const Select>>> locking_queries_;
  // WITH: the elements before `bound_elements_` can be read, and reads_[i] are those that element i reads; the last
  // entry is the statement's own.
  std::vector<CommonTable>* with_ = nullptr;
  std::size_t bound_elements_ = 0;
  std::size_t first_of_body_ = 0;  // number of the first sub-select after WITH
  std::vector<std::set<std::size_t>> reads_;
};

// The same expression, written twice: after binding.
bool same(const Expression& a, const Expression& b);
bool contains_aggregate(const Expression& expression);

}  // namespace gapless::sql
