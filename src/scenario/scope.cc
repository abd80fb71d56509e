#include "scenario/scope.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "scenario/name.h"
#include "sql/bind.h"

namespace gapless::scenario {
namespace {

// As locals these would change how an expression reads.
constexpr std::array<std::string_view, 38> not_names = {
    "all",      "and",      "any",       "array", "as",     "asc",     "between", "case", "cast",  "collate",
    "desc",     "distinct", "else",      "end",   "escape", "exists",  "false",   "from", "ilike", "in",
    "interval", "is",       "isnull",    "like",  "not",    "notnull", "null",    "or",   "row",   "select",
    "similar",  "some",     "symmetric", "then",  "true",   "unknown", "when",    "where"};

// Of a document capitals do not matter.
std::string meant_field(const Local& local, const std::string& wanted, const std::vector<std::string>& candidates) {
  if (!local.is_document) return meant(wanted, candidates);
  std::vector<std::string> folded;
  for (const auto& each : candidates) folded.push_back(to_lower(each));
  const std::string near = sql::did_you_mean(to_lower(wanted), folded);
  const auto found = std::ranges::find(folded, near);
  if (near.empty() || found == folded.end()) return "";
  return "; did you mean `" + candidates[static_cast<std::size_t>(found - folded.begin())] + "`?";
}

// The column that `field` means: itself, but for a document.
std::string meant_column(const Local& local, std::string field) {
  if (!local.is_document) return field;
  std::ranges::replace(field, '.', '_');
  const auto found =
      std::ranges::find_if(local.columns, [&](const auto& each) { return to_lower(each) == to_lower(field); });
  return found == local.columns.end() ? field : *found;
}

}  // namespace

std::size_t Scope::declare(Local local) {
  const Name& name = local.name;
  if (std::ranges::find(not_names, to_lower(name.text)) != not_names.end()) {
    throw ModelError(source_, name.at, "`" + name.text + "` is a word of SQL and no name for a local");
  }
  static const std::map<std::string, std::string> reserved = {
      {"me", "the actor's number"}, {"process", "the number of the process"}, {"attempt", "the number of the attempt"}};
  if (const auto taken = reserved.find(name.text); taken != reserved.end() && !local.read_only) {
    throw ModelError(source_, name.at, "`" + name.text + "` is " + taken->second + " and cannot be another local");
  }
  const Local* other = find(name.text);
  if (other != nullptr && !lingering_.contains(static_cast<std::size_t>(other - locals_.data()))) {
    throw ModelError(source_, name.at,
                     "`" + name.text + "` is already defined in line " +
                         std::to_string(diagnostic_at(source_, other->name.at, "").line) +
                         "; choose another name, or give it a new value with `set`");
  }
  locals_.push_back(std::move(local));
  visible_.push_back(locals_.size() - 1);
  return visible_.back();
}

std::size_t Scope::declare_scalar(const Name& name, bool read_only) {
  Local local{name, Local::Kind::scalar, read_only, variables_.size(), {}, {}, {}, false, false, false};
  const std::size_t number = declare(std::move(local));
  variables_.push_back(name.text);
  return number;
}

std::size_t Scope::declare_result(const Name& name, Local::Kind kind, std::vector<std::string> columns) {
  return declare({name, kind, false, 0, std::move(columns), {}, {}, false, false, false});
}

const Local* Scope::find(std::string_view name) const {
  for (std::size_t i = visible_.size(); i-- > 0;) {
    if (locals_[visible_[i]].name.text == name) return &locals_[visible_[i]];
  }
  return nullptr;
}

std::size_t Scope::number_of(const Name& name) const {
  if (const Local* local = find(name.text)) return static_cast<std::size_t>(local - locals_.data());
  std::vector<std::string> names;
  for (const std::size_t number : visible_) names.push_back(locals_[number].name.text);
  const bool called = source_.text.find("call " + name.text + "(") != std::string::npos;
  if (called) {
    throw ModelError(source_, name.at,
                     "`" + name.text + "` is not defined here: `let r = call " + name.text +
                         "(…)` keeps what became of the call, and `r.outcome` reads it");
  }
  if (source_.text.find("> SET " + name.text + " ") != std::string::npos) {
    throw ModelError(source_, name.at,
                     "`" + name.text + "` is not defined here: `let r = redis> SET " + name.text +
                         " …` keeps the reply, and `r.found` and `r.value` read it");
  }
  const bool later = std::ranges::any_of(locals_, [&](const Local& local) { return local.name.text == name.text; });
  throw ModelError(source_, name.at,
                   "`" + name.text + "` is not defined here" +
                       (later ? ": a name ends with the block that its `let` stands in" : meant(name.text, names)));
}

Variable Scope::variable_of(const Name& path) {
  const auto point = path.text.find('.');
  const std::string name = path.text.substr(0, point);
  Local& local = locals_[number_of({name, path.at})];
  if (point != std::string::npos) return field_of(local, path.text.substr(point + 1), path.at);
  if (local.kind == Local::Kind::scalar) return local.variable;
  const std::string example = local.columns.empty() ? "count" : local.columns.front();
  throw ModelError(source_, path.at,
                   "`" + name + "` is the result of a statement: say which of its fields is meant, as in `" + name +
                       "." + example + "`");
}

Variable Scope::field_of(Local& local, std::string field, Offset at) {
  const std::string path = local.name.text + "." + field;
  if (local.kind == Local::Kind::scalar) {
    throw ModelError(source_, at, "`" + local.name.text + "` is a single value and has no field `" + field + "`");
  }
  field = meant_column(local, std::move(field));
  const bool whole = local.kind == Local::Kind::result;  // has count, found and rows
  const auto column = std::ranges::find(local.columns, field);
  const bool named_so = column != local.columns.end();
  if (std::count(local.columns.begin(), local.columns.end(), field) > 1) {
    throw ModelError(source_, at, "`" + path + "` is ambiguous: two columns have this name; name one of them with AS");
  }
  if (whole && field == "rows" && !named_so) {
    throw ModelError(source_, at, "`" + path + "` is no value; it stands only in `for p in " + path + " { }`");
  }
  const bool special = whole && (field == "count" || field == "found");
  if (!named_so && !special) {
    std::vector<std::string> candidates = local.columns;
    if (whole) candidates.insert(candidates.end(), {"count", "found", "rows"});
    std::string all;
    for (const auto& each : candidates) all += (all.empty() ? "" : ", ") + each;
    throw ModelError(source_, at,
                     "`" + local.name.text + "` has no field `" + field + "`; it has " + all +
                         meant_field(local, field, candidates));
  }
  if (named_so && special && !local.fields.contains(field)) {
    warnings_.push_back(diagnostic_at(source_, at,
                                      "`" + path + "` is the column of that name, not what `." + field +
                                          "` means otherwise; name the column with AS to make this clear"));
  }
  if (special && !named_so && field == "found" && local.is_number && !local.fields.contains(field)) {
    warnings_.push_back(diagnostic_at(
        source_, at,
        "`" + path + "` is always true: this command replies with a number; look at `" + local.name.text + ".value`"));
  }
  if (special && !named_so && local.always_found && !local.fields.contains(field)) {
    warnings_.push_back(diagnostic_at(
        source_, at,
        "`" + path + "` is always " + (field == "found" ? "true" : "1") +
            ": without a condition this change is always made, and one that fails is an error (catch it with `try`)"));
  }
  const auto [known, added] = local.fields.try_emplace(field);
  if (added) {
    Keep& keep = known->second;
    keep.what = named_so ? Keep::What::column : field == "count" ? Keep::What::count : Keep::What::found;
    keep.column = static_cast<std::size_t>(column - local.columns.begin());
    keep.variable = fresh(path);
  }
  return known->second.variable;
}

Variable Scope::rows_of(std::size_t number) {
  Local& local = locals_[number];
  const auto [known, added] = local.fields.try_emplace(".rows");
  if (added) {
    known->second.what = Keep::What::rows;
    for (std::size_t i = 0; i < local.columns.size(); ++i) known->second.columns.push_back(i);
    known->second.variable = fresh(local.name.text + ".rows");
  }
  return known->second.variable;
}

Variable Scope::fresh(std::string name) {
  variables_.push_back(std::move(name));
  return variables_.size() - 1;
}

}  // namespace gapless::scenario
