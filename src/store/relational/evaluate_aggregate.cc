#include "store/relational/evaluate_aggregate.h"

#include <algorithm>

#include "store/relational/evaluate.h"

namespace gapless::store {

namespace {

using sql::Aggregate;

std::string_view name_of(Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::count_star:
    case Aggregate::count:
      return "count";
    case Aggregate::sum:
      return "sum";
    case Aggregate::min:
      return "min";
    case Aggregate::max:
      return "max";
    case Aggregate::avg:
      return "avg";
    case Aggregate::bool_and:
      return "bool_and";
    case Aggregate::bool_or:
      return "bool_or";
    case Aggregate::string_agg:
      return "string_agg";
  }
  return "aggregate";
}

[[noreturn]] void wrong_type(Aggregate aggregate, const Value& value, const Place& place) {
  place.wrong("function " + std::string(name_of(aggregate)) + "(" + sql::to_string(sql::type_of(value)) +
              ") does not exist");
}

}  // namespace

void Accumulator::add(const Value& value, const Value& delimiter) {
  if (aggregate_.aggregate == Aggregate::count_star) {
    ++count_;
  } else if (!is_null(value)) {
    if (aggregate_.distinct) {
      distinct_.push_back({value, delimiter});
    } else {
      take(value, delimiter);
    }
  }
}

Value Accumulator::result() {
  // In the order of values, as PostgreSQL's sort leaves them: string_agg shows it.
  std::stable_sort(distinct_.begin(), distinct_.end(),
                   [this](const Tuple& a, const Tuple& b) { return compare_with_nulls(a, b, place_) < 0; });
  const auto last = std::unique(distinct_.begin(), distinct_.end(), [this](const Tuple& a, const Tuple& b) {
    return compare_with_nulls(a, b, place_) == 0;
  });
  for (auto it = distinct_.begin(); it != last; ++it) take((*it)[0], (*it)[1]);
  distinct_.clear();

  switch (aggregate_.aggregate) {
    case Aggregate::count_star:
    case Aggregate::count:
      return count_;
    case Aggregate::min:
    case Aggregate::max:
    case Aggregate::bool_and:
    case Aggregate::bool_or:
      return best_;
    case Aggregate::sum:
      return count_ == 0 ? Value(sql::Null{}) : sum();
    case Aggregate::avg:
      if (count_ == 0) return sql::Null{};
      if (interval_) return divided(*interval_, Decimal(count_));
      return divide(sum_.value_or(Decimal(0)) + Decimal(whole_), Decimal(count_));
    case Aggregate::string_agg:
      return count_ == 0 ? Value(sql::Null{}) : Value(text_);
  }
  return sql::Null{};
}

void Accumulator::take(const Value& value, const Value& delimiter) {
  ++count_;
  const Aggregate aggregate = aggregate_.aggregate;
  switch (aggregate) {
    case Aggregate::count_star:
    case Aggregate::count:
      return;
    case Aggregate::sum:
    case Aggregate::avg:
      return add_to_sum(value);
    case Aggregate::min:
    case Aggregate::max: {
      if (std::holds_alternative<bool>(value)) wrong_type(aggregate, value, place_);
      if (is_null(best_)) {
        best_ = value;
        return;
      }
      const auto order = compare(value, best_, place_);
      // Of equal ones (1.5 and 1.50) the last, as PostgreSQL does.
      if (aggregate == Aggregate::min ? order <= 0 : order >= 0) best_ = value;
      return;
    }
    case Aggregate::bool_and:
    case Aggregate::bool_or: {
      const auto* truth = std::get_if<bool>(&value);
      if (truth == nullptr) wrong_type(aggregate, value, place_);
      const bool before = is_null(best_) ? *truth : std::get<bool>(best_);
      best_ = aggregate == Aggregate::bool_and ? before && *truth : before || *truth;
      return;
    }
    case Aggregate::string_agg: {
      if (!is_text(value)) wrong_type(aggregate, value, place_);
      if (sql::has_name(text_of(value))) throw sql::NameUsed("string_agg puts it in order");
      if (count_ > 1 && !is_null(delimiter)) text_ += text_of(delimiter);
      text_ += text_of(value);
      return;
    }
  }
}

void Accumulator::add_to_sum(const Value& value) {
  const auto* interval = std::get_if<sql::Interval>(&value);
  if ((interval != nullptr) != interval_.has_value() && count_ > 1) wrong_type(aggregate_.aggregate, value, place_);
  if (interval != nullptr) {
    interval_ = added(interval_.value_or(sql::Interval{}), *interval);
    return;
  }
  if (const auto* small = std::get_if<std::int32_t>(&value)) {
    if (__builtin_add_overflow(whole_, std::int64_t{*small}, &whole_)) {
      throw SqlError("numeric_value_out_of_range", "bigint out of range");
    }
    return;
  }
  only_small_ = false;
  if (const auto* large = std::get_if<std::int64_t>(&value)) {
    std::int64_t next = 0;
    if (!__builtin_add_overflow(whole_, *large, &next)) {
      whole_ = next;
    } else {
      sum_ = sum_.value_or(Decimal(0)) + Decimal(whole_);
      whole_ = *large;
    }
    return;
  }
  const auto* exact = std::get_if<Decimal>(&value);
  if (exact == nullptr) wrong_type(aggregate_.aggregate, value, place_);
  sum_ = sum_ ? *sum_ + *exact : *exact;
}

Value Accumulator::sum() const {
  if (interval_) return *interval_;
  if (only_small_) return whole_;
  return sum_ ? *sum_ + Decimal(whole_) : Decimal(whole_);
}

}  // namespace gapless::store
