#include "store/document/dynamo/arguments.h"

#include <algorithm>
#include <map>

#include "sql/bind.h"

namespace gapless::store::document::dynamo {
namespace {

// Real parameters that are not simulated, with what to write instead.
const std::map<std::string_view, std::string_view>& refused() {
  static const std::map<std::string_view, std::string_view> all = {
      {"Expected", "is the legacy form; write ConditionExpression"},
      {"ConditionalOperator", "is the legacy form; write AND and OR in an expression"},
      {"AttributeUpdates", "is the legacy form; write UpdateExpression"},
      {"KeyConditions", "is the legacy form; write KeyConditionExpression"},
      {"QueryFilter", "is the legacy form; write FilterExpression"},
      {"ScanFilter", "is the legacy form; write FilterExpression"},
      {"AttributesToGet", "is the legacy form; write ProjectionExpression"},
      {"Segment", "is of a parallel scan, which is not simulated; leave it out"},
      {"TotalSegments", "is of a parallel scan, which is not simulated; leave it out"},
      {"NextToken", "is of a statement's pages, which are not simulated; write Query with ExclusiveStartKey"},
  };
  return all;
}

constexpr std::string_view without_effect[] = {"ReturnConsumedCapacity", "ReturnItemCollectionMetrics",
                                               "ReturnValuesOnConditionCheckFailure"};

std::string quoted(std::string_view name) { return "`" + std::string(name) + "`"; }

}  // namespace

Arguments::Arguments(std::string action, const Value& given, std::span<const std::string_view> known)
    : action_(std::move(action)), given_(get<Object>(given)) {
  if (given_ == nullptr) throw Refusal(action_ + " takes its parameters in braces: " + action_ + " {TableName: …}");
  for (const auto& [name, value] : *given_) {
    const bool is_known = std::ranges::find(known, name) != known.end() ||
                          std::ranges::find(without_effect, name) != std::end(without_effect);
    if (is_known) continue;
    const auto found = refused().find(name);
    if (found != refused().end()) throw Refusal(name + " " + std::string(found->second));
    const std::vector<std::string> names(known.begin(), known.end());
    const std::string near = sql::did_you_mean(name, names);
    throw Refusal(quoted(name) + " is no parameter of " + action_ +
                  (near.empty() ? "" : "; did you mean `" + near + "`?"));
  }
}

const Value* Arguments::find(std::string_view name) const { return document::find(*given_, name); }

const Value& Arguments::need(std::string_view name) const {
  const Value* value = find(name);
  if (value == nullptr) throw Refusal(action_ + " needs " + std::string(name));
  return *value;
}

void Arguments::refuse_unknown(std::string_view name) const {
  throw Refusal(std::string(name) + " of " + action_ + " must be written out: it cannot come from a variable");
}

std::string Arguments::text(std::string_view name) const {
  const Value& value = need(name);
  if (is_unknown(value)) refuse_unknown(name);
  const auto* held = get<std::string>(value);
  if (held == nullptr) throw Refusal(std::string(name) + " of " + action_ + " is a text");
  return *held;
}

std::optional<std::string> Arguments::text_if_any(std::string_view name) const {
  return find(name) == nullptr ? std::nullopt : std::optional(text(name));
}

bool Arguments::flag(std::string_view name, bool otherwise) const {
  const Value* value = find(name);
  if (value == nullptr) return otherwise;
  if (is_unknown(*value)) refuse_unknown(name);
  const auto* held = get<bool>(*value);
  if (held == nullptr) throw Refusal(std::string(name) + " of " + action_ + " is true or false");
  return *held;
}

std::optional<std::size_t> Arguments::whole(std::string_view name) const {
  const Value* value = find(name);
  if (value == nullptr || is_unknown(*value)) return std::nullopt;
  const auto* number = get<Decimal>(*value);
  const auto held = number == nullptr ? std::nullopt : number->to_int64();
  const bool fits = held && compare(Decimal(*held), *number) == 0 && *held >= 1;
  if (!fits) throw Refusal(std::string(name) + " of " + action_ + " is a whole number from 1 on");
  return static_cast<std::size_t>(*held);
}

const Object& Arguments::object(std::string_view name) const {
  const Value& value = need(name);
  if (is_unknown(value)) refuse_unknown(name);
  const auto* held = get<Object>(value);
  if (held == nullptr)
    throw Refusal(std::string(name) + " of " + action_ + " is an object: " + std::string(name) + ": {…}");
  return *held;
}

const Array& Arguments::list(std::string_view name, std::size_t most) const {
  const Value& value = need(name);
  if (is_unknown(value)) refuse_unknown(name);
  const auto* held = get<Array>(value);
  if (held == nullptr)
    throw Refusal(std::string(name) + " of " + action_ + " is a list: " + std::string(name) + ": […]");
  if (held->empty() || held->size() > most) {
    throw Refusal(std::string(name) + " of " + action_ + " has 1 to " + std::to_string(most) + " members, not " +
                  std::to_string(held->size()));
  }
  return *held;
}

Terms Arguments::terms() const {
  Terms terms;
  for (const bool of_names : {true, false}) {
    const std::string name = of_names ? "ExpressionAttributeNames" : "ExpressionAttributeValues";
    if (find(name) == nullptr) continue;
    const Object& all = object(name);
    if (all.empty()) throw Refusal(name + " must not be empty");
    for (const auto& [key, value] : all) {
      const bool fits = key.size() > 1 && key.front() == (of_names ? '#' : ':');
      if (!fits) {
        throw Refusal(name + " contains invalid key: Syntax error; key: \"" + key + "\" (it begins with " +
                      (of_names ? "#" : ":") + ")");
      }
      if (of_names && is_unknown(value)) refuse_unknown(name);
      if (of_names && get<std::string>(value) == nullptr)
        throw Refusal(name + ": " + key + " is the name of an attribute, a text");
      if (!of_names) canonical(value);
    }
    (of_names ? terms.names : terms.values) = &all;
  }
  return terms;
}

void Arguments::check_all_used(const Terms& terms) const {
  const auto check = [&](const std::string& name, const Object* given, const std::set<std::string>& used) {
    if (given == nullptr) return;
    std::string unused;
    for (const auto& [key, value] : *given) {
      if (!used.contains(key)) unused += (unused.empty() ? "" : ", ") + key;
    }
    if (unused.empty()) return;
    const bool none = find("UpdateExpression") == nullptr && find("ConditionExpression") == nullptr &&
                      find("KeyConditionExpression") == nullptr && find("FilterExpression") == nullptr &&
                      find("ProjectionExpression") == nullptr;
    if (none) throw Refusal(name + " can only be specified when using expressions");
    throw Refusal("Value provided in " + name + " unused in expressions: keys: {" + unused + "}");
  };
  check("ExpressionAttributeNames", terms.names, terms.used_names);
  check("ExpressionAttributeValues", terms.values, terms.used_values);
}

std::optional<Expression> Arguments::condition(std::string_view name, Terms& terms) const {
  const auto expression = text_if_any(name);
  if (!expression) return std::nullopt;
  return Parser(Notation::expression, std::string(name), *expression, terms).whole_condition();
}

std::optional<std::vector<Change>> Arguments::changes(Terms& terms) const {
  const auto expression = text_if_any("UpdateExpression");
  if (!expression) return std::nullopt;
  return Parser(Notation::expression, "UpdateExpression", *expression, terms).whole_changes();
}

std::optional<std::vector<DocumentPath>> Arguments::projection(Terms& terms) const {
  const auto expression = text_if_any("ProjectionExpression");
  if (!expression) return std::nullopt;
  return Parser(Notation::expression, "ProjectionExpression", *expression, terms).whole_projection();
}

}  // namespace gapless::store::document::dynamo
