// The side effects of computing: advisory locks are taken, and SERIALIZABLE is told what is read.
#include <algorithm>

#include "base/check.h"
#include "store/relational/statement_run.h"

namespace gapless::store::relational {

void StatementRun::finish_computation() {
  progress_.calls.clear();
  progress_.scans = 0;
  calls_done_ = scans_done_ = 0;
  may_wait_for_locks_ = false;
}

// A computation that had to wait for a lock is done again from its beginning, with the same snapshot: what its calls
// said before is said again.
Value StatementRun::call(sql::Function function, std::span<const Value> arguments) {
  if (calls_done_ < progress_.calls.size()) return progress_.calls[calls_done_++];
  const auto number = [](const Value& value) {
    if (const auto* small = std::get_if<std::int32_t>(&value)) return std::int64_t{*small};
    if (const auto* large = std::get_if<std::int64_t>(&value)) return *large;
    throw SqlError("undefined_function", "an advisory lock's key is an integer");
  };
  LockTag tag{LockTag::Kind::advisory, arguments.empty() ? 0 : number(arguments[0])};
  if (arguments.size() == 2) {
    tag.kind = LockTag::Kind::advisory_pair;
    tag.key = static_cast<std::int64_t>((static_cast<std::uint64_t>(tag.key) << 32U) |
                                        (static_cast<std::uint64_t>(number(arguments[1])) & 0xffffffffU));
  }
  Value value = advisory(function, tag);
  progress_.calls.push_back(value);
  ++calls_done_;
  return value;
}

Value StatementRun::advisory(sql::Function function, const LockTag& tag) {
  using enum sql::Function;
  const bool shared = function == advisory_lock_shared || function == advisory_xact_lock_shared ||
                      function == try_advisory_lock_shared || function == try_advisory_xact_lock_shared ||
                      function == advisory_unlock_shared;
  const bool of_session = function == advisory_lock || function == advisory_lock_shared ||
                          function == try_advisory_lock || function == try_advisory_lock_shared;
  const LockRequest wanted{tag, shared ? TableLock::share : TableLock::exclusive, of_session};
  switch (function) {
    case advisory_unlock:
    case advisory_unlock_shared:
      return unlock(database_, session_, tag, wanted.mode);
    case advisory_unlock_all:
      unlock_all_of_session(database_, session_);
      return std::string();
    case try_advisory_lock:
    case try_advisory_lock_shared:
    case try_advisory_xact_lock:
    case try_advisory_xact_lock_shared:
      return try_request(database_, session_, wanted);
    default:
      break;
  }
  if (may_wait_for_locks_) {
    if (auto wait = request(database_, session_, wanted, trail_.moves)) throw LockIsTaken{std::move(*wait)};
  } else if (!try_request(database_, session_, wanted)) {
    throw SqlError("feature_not_supported",
                   "a wait for an advisory lock is possible in WHERE and in a plain SELECT only");
  }
  return std::string();
}

void StatementRun::scanned(const Scan& scan) {
  if (scans_done_++ < progress_.scans) return;  // it was, before the wait
  const auto table = static_cast<std::uint32_t>(scan.table);
  if (ordered_index_ && !scan.index) {
    touches_.push_back({Touch::Kind::read_page, {table, 0}, *ordered_index_, false, false, false});
    return;
  }
  ordered_index_.reset();
  const bool whole = !scan.index || setting_.tracking.coarse;
  Touch touch{whole ? Touch::Kind::read_table : Touch::Kind::read_page, {table, 0}, 0, false, false, false};
  if (!whole) touch.index = static_cast<std::uint32_t>(*scan.index);
  touches_.push_back(touch);
  const auto& rows = database_.tables[table].rows;
  std::vector<std::size_t> columns;
  if (!whole) {
    const auto& definition = catalog_.tables[table];
    columns = *scan.index < definition.uniques.size()
                  ? definition.uniques[*scan.index].columns
                  : definition.indexes[*scan.index - definition.uniques.size()].columns;
    if (!scan.keys.empty()) columns.resize(scan.keys.front().size());
  }
  const auto is_met = [&](const Tuple& version) {
    const auto key = key_of(columns, version);
    return key && std::find(scan.keys.begin(), scan.keys.end(), *key) != scan.keys.end();
  };
  for (std::uint32_t place = 0; place < rows.size(); ++place) {
    const auto& row = rows[place];
    const RowName name{table, place};
    const auto* shown = snapshot_.version(name);
    if (!whole) {
      const bool met = (shown != nullptr && is_met(*shown)) || (row.committed && is_met(*row.committed)) ||
                       (!row.written.empty() && is_met(row.written)) ||
                       std::any_of(row.superseded.begin(), row.superseded.end(), is_met);
      if (!met) continue;
    }
    const bool visible = shown != nullptr && (whole || is_met(*shown));
    const bool own = has_written(session_, name);
    touches_.push_back(
        {Touch::Kind::read_row, name, 0, visible, visible && !own && difference_of(session_, name) == nullptr, false});
  }
}

}  // namespace gapless::store::relational
