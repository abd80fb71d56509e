// Read, print; and then trust nothing: the result is read and printed again, and compared with what was there.
#include "scenario/format/format.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "model/model.h"
#include "scenario/format/printer.h"
#include "scenario/format/tree.h"
#include "scenario/grammar.h"
#include "scenario/load.h"

namespace gapless::scenario {
namespace {

using format::Notation;
using format::Notations;

Notation notation_of(std::string_view kind) {
  if (kind == "redis") return Notation::redis;
  return kind == "mongodb" || kind == "dynamodb" ? Notation::document : Notation::sql;
}

Notations notations_of(const Source& source) {
  Notations notations;
  for (const auto& database : parse(source).databases) {
    notations[database.name.text] = notation_of(database.kind.text);
  }
  return notations;
}

std::string laid_out(const Source& source) {
  return format::print(source->text, format::read_items(source->text, notations_of(source)));
}

std::string without_space(std::string_view text) {
  std::string result;
  std::ranges::copy_if(text, std::back_inserter(result), [](char c) { return !format::is_space(c); });
  return result;
}

bool same_titles(const model::Model& a, const model::Model& b) {
  const auto same_property = [](const auto& x, const auto& y) { return x.kind == y.kind && x.title == y.title; };
  return a.scenario == b.scenario && a.title == b.title && a.variant_title == b.variant_title && a.story == b.story &&
         std::ranges::equal(a.properties, b.properties, same_property);
}

// Word by word where it is a command.
bool same_places(const model::Model& a, const model::Model& b) {
  const auto same_place = [](const auto& x, const auto& y) {
    return x.request == y.request && x.call == y.call && x.command == y.command &&
           without_space(x.text) == without_space(y.text);
  };
  const auto same_commands = [](const auto& x, const auto& y) { return x.name == y.name && x.commands == y.commands; };
  const auto same_role = [](const auto& x, const auto& y) {
    return x.request == y.request && x.arguments == y.arguments && x.until == y.until && x.job == y.job;
  };
  return a.actors == b.actors && std::ranges::equal(a.places, b.places, same_place) &&
         std::ranges::equal(a.keyvalues, b.keyvalues, same_commands) && std::ranges::equal(a.roles, b.roles, same_role);
}

// A digest is of SQL's tokens; where there is more than SQL, a blank that was not there changes it.
bool same_meaning(const model::Model& a, const model::Model& b, bool only_sql) {
  return a.variant == b.variant && a.isolation == b.isolation && a.faults == b.faults && a.expected == b.expected &&
         a.warnings.size() == b.warnings.size() && (a.digest == b.digest || !only_sql) && same_titles(a, b) &&
         same_places(a, b);
}

}  // namespace

std::string formatted(const Source& source) {
  const auto before = load(source, {});
  const Source result = make_source(source->name, laid_out(source));
  if (result->text == source->text) return result->text;
  check(without_space(source->text) == without_space(result->text), "layout changes white space only");
  const bool only_sql =
      std::ranges::all_of(notations_of(source), [](const auto& named) { return named.second == Notation::sql; });
  const auto same = [&](const auto& a, const auto& b) { return same_meaning(a, b, only_sql); };
  check(std::ranges::equal(before, load(result, {}), same), "layout changes no meaning");
  check(laid_out(result) == result->text, "what is laid out stays as it is");
  return result->text;
}

}  // namespace gapless::scenario
