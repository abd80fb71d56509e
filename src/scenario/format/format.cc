// Read, print; and then trust nothing: the result is read and printed again, and compared with what was there.
#include "scenario/format/format.h"

#include <algorithm>
#include <map>
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

std::string laid_out(const Source& source) {
  std::map<std::string, Notation, std::less<>> notations;
  for (const auto& database : parse(source).databases) {
    notations[database.name.text] = database.kind.text == "redis"      ? Notation::redis
                                    : database.kind.text == "mongodb"  ? Notation::mongodb
                                    : database.kind.text == "dynamodb" ? Notation::dynamodb
                                                                       : Notation::sql;
  }
  return format::print(source->text, format::read_items(source->text, notations));
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

bool same_meaning(const std::vector<model::Model>& before, const std::vector<model::Model>& after) {
  return std::ranges::equal(before, after, [](const auto& a, const auto& b) {
    return a.variant == b.variant && a.digest == b.digest && a.isolation == b.isolation && a.faults == b.faults &&
           a.expected == b.expected && a.warnings.size() == b.warnings.size() && same_titles(a, b);
  });
}

}  // namespace

std::string formatted(const Source& source) {
  const auto before = load(source, {});
  const Source result = make_source(source->name, laid_out(source));
  if (result->text == source->text) return result->text;
  check(without_space(source->text) == without_space(result->text), "layout changes white space only");
  check(same_meaning(before, load(result, {})), "layout changes no meaning");
  check(laid_out(result) == result->text, "what is laid out stays as it is");
  return result->text;
}

}  // namespace gapless::scenario
