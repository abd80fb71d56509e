// Statements as PostgreSQL runs them at READ COMMITTED.
//
// A statement first finds its candidates: the rows that match in its snapshot, in scan order (P-LK-4, P-LK-7). Then it
// takes them one by one: waits until nobody else holds the row, locks it, and, if anything may have happened since the
// snapshot, checks WHERE again on the row's newest version, with everything else still as the snapshot shows it
// (EvalPlanQual: P-EPQ-1 to 5). A row that no longer matches stays locked (P-LK-11). Keys of new versions are put into
// the unique indexes one index after another; a key in flight makes the statement wait there (P-UQ-1).
//
// Between two rows, and between two indexes, the statement can stop and wait. What it needs to go on is its Progress.
#include "store/relational/change.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "store/relational/snapshot.h"
#include "store/relational/transaction.h"

namespace gapless::store::relational {
namespace {

// In a row of an INSERT's source: the column gets its default. No column has the type Status.
const Value use_default = sql::Status{"default"};

class StatementRun {
 public:
  StatementRun(const sql::Catalog& catalog, Database& database, Session& session, const Operation& operation)
      : catalog_(catalog),
        database_(database),
        session_(session),
        statement_(*operation.statement),
        resumed_(session.progress.has_value()),
        progress_(session.progress.value_or(Progress{})),
        snapshot_(catalog, database, session, resumed_ ? &progress_.tables : nullptr),
        evaluator_(*statement_.source, snapshot_, operation.parameters, progress_.queries) {
    if (!resumed_) {
      for (const auto table : tables_of_queries(statement_)) snapshot_.rows(table);
    }
  }

  StatementResult run() {
    StatementResult result;
    result.observation.columns = statement_.columns;
    if (const auto* select = std::get_if<sql::Select>(&statement_.body)) {
      result.observation.tag = "SELECT";
      if (select->locking.strength == sql::LockStrength::none) {
        result.observation.rows = evaluator_.select(*select);
        result.observation.count = result.observation.rows.size();
        return result;
      }
      result.wait = locking_select(*select);
      progress_.count = progress_.output.size();
    } else if (const auto* insert = std::get_if<sql::Insert>(&statement_.body)) {
      result.observation.tag = "INSERT";
      result.wait = this->insert(*insert);
    } else if (const auto* update = std::get_if<sql::Update>(&statement_.body)) {
      result.observation.tag = "UPDATE";
      const auto first_look = [&](const Tuples& tuples) { (void)new_version(*update, tuples, true); };
      result.wait = change(update->from, update->where, first_look,
                           [&](const Tuples& tuples) { return this->update(*update, tuples); });
    } else {
      const auto& remove = std::get<sql::Delete>(statement_.body);
      result.observation.tag = "DELETE";
      const auto first_look = [](const Tuples&) {};
      result.wait = change(remove.from, remove.where, first_look,
                           [&](const Tuples& tuples) { return this->remove(remove, tuples); });
    }
    if (result.wait) {
      keep_what_the_snapshot_still_owes();
      tell_uncommitted_rows_apart();
      session_.progress = std::move(progress_);
    } else {
      for (const auto name : session_.held) row_at(database_, name).tag = 0;
      result.observation.rows = std::move(progress_.output);
      result.observation.count = progress_.count;
    }
    return result;
  }

 private:
  using Tuples = std::vector<const Tuple*>;

  // ------------------------------------------------------------------------------------------ SELECT … FOR UPDATE

  std::optional<Wait> locking_select(const sql::Select& select) {
    if (!resumed_) {
      refuse_outer_joins(select);
      auto rows = evaluator_.matches(select.from, select.where ? &*select.where : nullptr);
      evaluator_.sort(select, rows);  // by the snapshot's values: P-EPQ-5
      find_candidates(select.from, std::move(rows), select.locking.items);
    }
    const auto [offset, limit] = evaluator_.limits(select);
    const auto first_look = [&](const Tuples& tuples) { (void)evaluator_.targets(select.targets, tuples); };
    return for_each_candidate(
        select.from, select.where, select.locking.items, first_look,
        [&, offset = offset](const Tuples& tuples) {
          if (progress_.skipped < offset) {
            ++progress_.skipped;  // rows passed over by OFFSET are locked all the same
          } else {
            progress_.output.push_back(evaluator_.targets(select.targets, tuples));
          }
          return std::optional<Wait>();
        },
        limit);
  }

  void refuse_outer_joins(const sql::Select& select) const {
    for (const auto& item : select.from) {
      if (item.join == sql::JoinKind::left) {
        throw ModelError(*statement_.source, select.locking.at,
                         "FOR UPDATE with an outer join is not supported: lock the rows in a statement of their own");
      }
    }
  }

  // ------------------------------------------------------------------------------------------- UPDATE and DELETE

  template <class FirstLook, class Act>
  std::optional<Wait> change(const std::vector<sql::FromItem>& from, const std::optional<sql::Expression>& where,
                             FirstLook first_look, Act act) {
    static const std::vector<std::size_t> the_target = {0};
    if (progress_.writing) {  // it waited for a key of the first candidate's new version
      if (auto wait = put_keys(*progress_.writing)) return wait;
      finish_update();
      progress_.candidates.erase(progress_.candidates.begin());
    }
    if (!resumed_) {
      find_candidates(from, evaluator_.matches(from, where ? &*where : nullptr), the_target);
    }
    return for_each_candidate(from, where, the_target, first_look, act, unlimited);
  }

  std::optional<Wait> update(const sql::Update& update, const Tuples& tuples) {
    const auto name = current().rows.front();
    write(name, new_version(update, tuples, false), catalog_.tables[update.table_number]);
    progress_.changed.insert(std::lower_bound(progress_.changed.begin(), progress_.changed.end(), name), name);
    progress_.writing = name;
    if (auto wait = put_keys(name)) return wait;
    finish_update();
    return std::nullopt;
  }

  // What SET makes of a row; constraints of the row itself are checked. At the first look no serial number is taken.
  Tuple new_version(const sql::Update& update, const Tuples& tuples, bool is_first_look) {
    const auto& table = catalog_.tables[update.table_number];
    Tuple version = *tuples.front();
    for (const auto& assignment : update.assignments) {
      const auto& column = table.columns[assignment.column_number];
      if (assignment.expression.kind != sql::Expression::Kind::default_) {
        version[assignment.column_number] =
            to_column(evaluator_.value(assignment.expression, tuples), column, *statement_.source, assignment.at);
      } else if (!is_first_look || !column.serial) {
        version[assignment.column_number] = default_of(update.table_number, assignment.column_number, assignment.at);
      }
    }
    check_row(table, version);
    return version;
  }

  // The first candidate's new version stands in all indexes.
  void finish_update() {
    const auto& update = std::get<sql::Update>(statement_.body);
    auto tuples = tuples_of(update.from, {0});
    if (!update.returning.empty()) progress_.output.push_back(evaluator_.targets(update.returning, tuples));
    ++progress_.count;
    progress_.writing.reset();
  }

  std::optional<Wait> remove(const sql::Delete& remove, const Tuples& tuples) {
    if (!remove.returning.empty()) progress_.output.push_back(evaluator_.targets(remove.returning, tuples));
    const auto name = current().rows.front();
    auto& row = row_at(database_, name);
    row.pending = Pending::deleted;
    progress_.changed.insert(std::lower_bound(progress_.changed.begin(), progress_.changed.end(), name), name);
    ++progress_.count;
    return std::nullopt;
  }

  void write(RowName name, Tuple version, const sql::Table& table) {
    auto& row = row_at(database_, name);
    if (row.pending == Pending::written) {
      // Keys of the transaction's earlier versions remain in the indexes until it ends.
      const bool has_other_keys = std::any_of(table.uniques.begin(), table.uniques.end(), [&](const auto& unique) {
        const auto key = key_of(unique, row.written);
        return key && key != key_of(unique, version) && !(row.committed && key == key_of(unique, *row.committed));
      });
      if (has_other_keys) {
        row.superseded.push_back(row.written);
        std::sort(row.superseded.begin(), row.superseded.end());
      }
    }
    row.pending = Pending::written;
    row.written = std::move(version);
    row.indexed = 0;
  }

  // ------------------------------------------------------------------------------------------------------- INSERT

  std::optional<Wait> insert(const sql::Insert& insert) {
    const auto& table = catalog_.tables[insert.table_number];
    if (!resumed_) progress_.inserts = source_rows(insert, table);
    std::size_t done = 0;
    std::optional<Wait> wait;
    if (progress_.writing) {  // its keys first: it waited for one of them
      wait = put_keys(*progress_.writing);
      if (!wait) finish_insert(insert);
    }
    for (; !wait && done < progress_.inserts.size(); ++done) {
      auto version = complete(insert, table, progress_.inserts[done]);
      check_row(table, version);  // before the unique keys: P-EPQ-7
      progress_.writing = append(insert.table_number, std::move(version));
      wait = put_keys(*progress_.writing);
      if (!wait) finish_insert(insert);
    }
    progress_.inserts.erase(progress_.inserts.begin(), progress_.inserts.begin() + static_cast<std::ptrdiff_t>(done));
    return wait;
  }

  std::vector<Tuple> source_rows(const sql::Insert& insert, const sql::Table& table) {
    std::vector<Tuple> rows;
    const auto place = [&](std::size_t column) { return insert.column_numbers[column]; };
    if (!insert.source.values.empty()) {
      for (const auto& expressions : insert.source.values) {
        Tuple row(table.columns.size(), use_default);
        for (std::size_t i = 0; i < expressions.size(); ++i) {
          if (expressions[i].kind != sql::Expression::Kind::default_) {
            row[place(i)] =
                explicit_value(evaluator_.value(expressions[i], {}), table.columns[place(i)], expressions[i].at);
          }
        }
        rows.push_back(std::move(row));
      }
    } else if (insert.source.targets.empty()) {  // DEFAULT VALUES
      rows.emplace_back(table.columns.size(), use_default);
    } else {
      for (const auto& source : evaluator_.select(insert.source)) {
        Tuple row(table.columns.size(), use_default);
        for (std::size_t i = 0; i < source.size(); ++i) {
          row[place(i)] = explicit_value(source[i], table.columns[place(i)], insert.source.at);
        }
        rows.push_back(std::move(row));
      }
    }
    return rows;
  }

  Value explicit_value(const Value& value, const sql::Column& column, Offset at) const {
    if (column.identity_always) {
      throw SqlError("generated_always", "cannot insert a non-DEFAULT value into column \"" + column.name + "\"");
    }
    return to_column(value, column, *statement_.source, at);
  }

  // Defaults are filled in when the row's turn comes, so that serial numbers are handed out in that order.
  Tuple complete(const sql::Insert& insert, const sql::Table& table, Tuple row) {
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
      if (row[column] == use_default) row[column] = default_of(insert.table_number, column, insert.at);
    }
    return row;
  }

  Value default_of(std::size_t table_number, std::size_t column_number, Offset at) {
    const auto& columns = catalog_.tables[table_number].columns;
    const auto& column = columns[column_number];
    if (column.serial) {
      const auto serials_before =
          std::count_if(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(column_number),
                        [](const sql::Column& other) { return other.serial; });
      auto& next = database_.tables[table_number].next_number[static_cast<std::size_t>(serials_before)];
      return to_column(Value{next++}, column, *statement_.source, at);
    }
    if (!column.default_value) return sql::Null{};
    return to_column(evaluator_.value(*column.default_value, {}), column, *statement_.source, at);
  }

  RowName append(std::size_t table_number, Tuple version) {
    auto& rows = database_.tables[table_number].rows;
    const RowName name{static_cast<std::uint32_t>(table_number), static_cast<std::uint32_t>(rows.size())};
    Row row;
    row.pending = Pending::written;
    row.written = std::move(version);
    rows.push_back(std::move(row));
    hold(database_, session_, name);
    return name;
  }

  void finish_insert(const sql::Insert& insert) {
    const Tuple& version = row_at(database_, *progress_.writing).written;
    if (!insert.returning.empty()) progress_.output.push_back(evaluator_.targets(insert.returning, Tuples{&version}));
    ++progress_.count;
    progress_.writing.reset();
  }

  // -------------------------------------------------------------------------------------- candidates, one by one

  static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

  void find_candidates(const std::vector<sql::FromItem>& from, std::vector<FromRow> rows,
                       const std::vector<std::size_t>& locked_items) {
    found_ = std::move(rows);
    for (const auto& row : found_) {
      Candidate candidate;
      for (const auto item : locked_items) {
        candidate.rows.push_back(snapshot_.name(from[item].table_number, row.numbers[item]));
      }
      candidate.snapshot.resize(from.size());
      for (std::size_t item = 0; item < from.size(); ++item) {
        const bool locked = std::find(locked_items.begin(), locked_items.end(), item) != locked_items.end();
        if (!locked && row.tuples[item] != nullptr) candidate.snapshot[item] = *row.tuples[item];
      }
      progress_.candidates.push_back(std::move(candidate));
    }
  }

  const Candidate& current() const { return progress_.candidates[current_]; }

  // Locks each candidate's rows and acts on those that (still) match; `act` may wait, too.
  template <class FirstLook, class Act>
  std::optional<Wait> for_each_candidate(const std::vector<sql::FromItem>& from,
                                         const std::optional<sql::Expression>& where,
                                         const std::vector<std::size_t>& locked_items, FirstLook first_look, Act act,
                                         std::size_t limit) {
    std::optional<Wait> wait;
    for (current_ = 0; !wait && current_ < progress_.candidates.size() && progress_.output.size() < limit; ++current_) {
      if (!current().error_condition.empty()) throw SqlError(current().error_condition, current().error_message);
      wait = lock_rows();
      if (wait || !all_live()) continue;
      const auto tuples = tuples_of(from, locked_items);
      if (resumed_ && !matches_again(from, where, tuples)) continue;
      wait = act(tuples);
    }
    // The candidate that waits remains, and is the first when the statement goes on.
    const auto done = wait ? current_ - 1 : progress_.candidates.size();
    if (wait && !resumed_) look_at_the_rest(done, first_look);
    progress_.candidates.erase(progress_.candidates.begin(),
                               progress_.candidates.begin() + static_cast<std::ptrdiff_t>(done));
    current_ = 0;
    return wait;
  }

  // PostgreSQL computes a row's result from the snapshot's version, and checks it, before it waits for the row; if that
  // fails, the statement fails at once, though the newest version might have passed (P-EPQ-7). For the candidate that
  // waits this is now; for later ones it is when their turn comes, so that it is remembered.
  template <class FirstLook>
  void look_at_the_rest(std::size_t first, FirstLook first_look) {
    for (std::size_t i = first; i < progress_.candidates.size(); ++i) {
      try {
        first_look(found_[i].tuples);
      } catch (const SqlError& error) {
        if (i == first) throw;
        progress_.candidates[i].error_condition = error.condition;
        progress_.candidates[i].error_message = error.what();
      }
    }
  }

  // Once a row turns out to be gone, the rest of its combination is left alone.
  std::optional<Wait> lock_rows() {
    for (const auto name : current().rows) {
      if (name.row == RowName::gone) break;
      if (has_changed(name)) continue;
      if (row_at(database_, name).locked && !holds(session_, name)) return Wait{name, false, 0, {}};
      hold(database_, session_, name);
    }
    return std::nullopt;
  }

  // A row that is gone is passed over; so is one that a join made this statement change already.
  bool all_live() const {
    return std::all_of(current().rows.begin(), current().rows.end(), [&](const RowName& name) {
      return name.row != RowName::gone && !has_changed(name) && newest_version(row_at(database_, name)) != nullptr;
    });
  }

  bool has_changed(RowName name) const {
    return std::binary_search(progress_.changed.begin(), progress_.changed.end(), name);
  }

  // The newest versions of the locked rows, the snapshot's of all others.
  Tuples tuples_of(const std::vector<sql::FromItem>& from, const std::vector<std::size_t>& locked_items) const {
    Tuples tuples(from.size(), nullptr);
    for (std::size_t item = 0; item < from.size(); ++item) {
      if (current().snapshot[item]) tuples[item] = &*current().snapshot[item];
    }
    for (std::size_t i = 0; i < locked_items.size(); ++i) {
      tuples[locked_items[i]] = newest_version(row_at(database_, current().rows[i]));
    }
    return tuples;
  }

  bool matches_again(const std::vector<sql::FromItem>& from, const std::optional<sql::Expression>& where,
                     const Tuples& tuples) {
    for (const auto& item : from) {
      if (item.join != sql::JoinKind::left && item.on && !evaluator_.is_true(*item.on, tuples)) return false;
    }
    return !where || evaluator_.is_true(*where, tuples);
  }

  // ------------------------------------------------------------------------------------------------- constraints

  void check_row(const sql::Table& table, const Tuple& version) {
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
      if (table.columns[column].not_null && sql::is_null(version[column])) {
        throw SqlError("not_null_violation", "null value in column \"" + table.columns[column].name +
                                                 "\" of relation \"" + table.name + "\" violates not-null constraint");
      }
    }
    for (const auto& constraint : table.checks) {
      const Value value = evaluator_.value(constraint.condition, Tuples{&version});
      const auto* holds = std::get_if<bool>(&value);  // NULL passes
      if (holds != nullptr && !*holds) {
        throw SqlError("check_violation", "new row for relation \"" + table.name + "\" violates check constraint \"" +
                                              constraint.name + "\"");
      }
    }
  }

  // Enters the keys of an uncommitted version into the unique indexes that it is not in yet.
  std::optional<Wait> put_keys(RowName name) {
    const auto& uniques = catalog_.tables[name.table].uniques;
    while (row_at(database_, name).indexed < uniques.size()) {
      const std::size_t number = row_at(database_, name).indexed;
      const auto key = key_of(uniques[number], row_at(database_, name).written);
      if (key) {
        if (auto wait = conflict(name, number, *key)) return wait;
      }
      ++row_at(database_, name).indexed;
    }
    return std::nullopt;
  }

  // A live duplicate is an error, a key in flight has to be waited for.
  std::optional<Wait> conflict(RowName self, std::size_t number, const Tuple& key) const {
    const auto& table = catalog_.tables[self.table];
    const auto& unique = table.uniques[number];
    const auto& rows = database_.tables[self.table].rows;
    for (std::uint32_t place = 0; place < rows.size(); ++place) {
      if (place == self.row) continue;
      const auto& row = rows[place];
      const bool own = holds(session_, {self.table, place});
      if (!own && row.pending != Pending::none) {
        if (has_key_in_flight(row, unique, number, key)) return Wait{{self.table, 0}, true, number, key};
        continue;
      }
      const auto* version = newest_version(row);
      if (version != nullptr && key_of(unique, *version) == std::optional<Tuple>(key)) {
        throw SqlError("unique_violation", "duplicate key value violates unique constraint \"" + unique.name + "\"");
      }
    }
    return std::nullopt;
  }

  // --------------------------------------------------------------------------------------------------- waiting

  // Everything that the rest of the statement may still read of its snapshot; nothing else, so that statements that
  // began at different moments, and cannot tell, are alike.
  void keep_what_the_snapshot_still_owes() {
    if (resumed_) return;  // it was kept at the first wait
    evaluator_.remember_queries(statement_);
    for (const auto table : tables_of_correlated_queries(statement_)) {
      const auto rows = snapshot_.rows(table);
      progress_.tables[table].assign(rows.begin(), rows.end());
    }
  }

  // The transaction's own uncommitted rows that the progress refers to must not share names with their like.
  void tell_uncommitted_rows_apart() {
    for (const auto name : session_.held) row_at(database_, name).tag = 0;
    std::uint32_t tag = 0;
    const auto mark = [&](RowName name) {
      if (name.row == RowName::gone) return;
      auto& row = row_at(database_, name);
      if (!row.committed && row.tag == 0) row.tag = ++tag;
    };
    for (const auto& candidate : progress_.candidates)
      std::for_each(candidate.rows.begin(), candidate.rows.end(), mark);
    std::for_each(progress_.changed.begin(), progress_.changed.end(), mark);
  }

  const sql::Catalog& catalog_;
  Database& database_;
  Session& session_;
  const sql::Statement& statement_;
  const bool resumed_;
  Progress progress_;
  StatementSnapshot snapshot_;
  Evaluator evaluator_;
  std::vector<FromRow> found_;  // what the candidates were in the snapshot, unless resumed
  std::size_t current_ = 0;     // the candidate whose turn it is
};

}  // namespace

StatementResult run_statement(const sql::Catalog& catalog, Database& database, Session& session,
                              const Operation& operation) {
  return StatementRun(catalog, database, session, operation).run();
}

}  // namespace gapless::store::relational
