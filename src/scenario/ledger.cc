#include "scenario/ledger.h"

#include <algorithm>
#include <optional>

#include "sql/scan.h"

namespace gapless::scenario {
namespace {

bool is_name_character(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name(std::string_view text) {
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') && std::ranges::all_of(text, is_name_character);
}

// The last word of a text and where it begins, if it ends with one.
std::optional<std::size_t> last_word(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && is_name_character(text[begin - 1])) --begin;
  if (begin == text.size()) return std::nullopt;
  return begin;
}

void trim_right(std::string_view& text) {
  while (!text.empty() && (text.back() == ' ' || (text.back() >= '\t' && text.back() <= '\r'))) text.remove_suffix(1);
}

// The name of a bare local or field; empty for anything else.
std::string name_of(const std::string& text) {
  if (is_name(text)) return to_lower(text);
  const auto point = text.find('.');
  if (point == std::string::npos || !is_name(std::string_view(text).substr(0, point))) return {};
  const auto field = std::string_view(text).substr(point + 1);
  return is_name(field) ? to_lower(field) : "";
}

std::string list_of(const std::vector<std::string>& columns) {
  std::string result;
  for (const auto& column : columns) result += (result.empty() ? "" : ", ") + column;
  return "(" + result + ")";
}

}  // namespace

std::vector<LedgerArgument> Ledgers::add(const Name& name, const std::vector<sql::Range>& arguments) {
  std::vector<LedgerArgument> result;
  model::Ledger table{to_lower(name.text), {}};
  for (const auto& range : arguments) {
    result.push_back(argument(range, result.size() + 1));
    const std::string& column = result.back().column;
    if (std::ranges::find(table.columns, column) != table.columns.end()) {
      throw ModelError(source_, range.begin,
                       "a second column `" + column + "` of `" + table.name + "`: give it another name with `AS`");
    }
    table.columns.push_back(column);
  }
  const auto [use, first] = uses_.try_emplace(table.name, Use{name.at, tables_.size()});
  if (first) {
    tables_.push_back(std::move(table));
  } else if (const auto& known = tables_[use->second.table].columns; known != table.columns) {
    throw ModelError(source_, name.at,
                     "`" + table.name + "` has the columns " + list_of(table.columns) + " here and " + list_of(known) +
                         " at its first use, line " + std::to_string(diagnostic_at(source_, use->second.at, "").line) +
                         "; name columns with `AS`");
  }
  return result;
}

LedgerArgument Ledgers::argument(sql::Range range, std::size_t number) const {
  std::string_view text = std::string_view(source_.text).substr(range.begin, range.end - range.begin);
  trim_right(text);
  if (const auto name = last_word(text)) {
    std::string_view before = text.substr(0, *name);
    trim_right(before);
    const auto as = last_word(before);
    if (before.size() < *name && as && *as > 0 && to_lower(before.substr(*as)) == "as") {
      return {{range.begin, range.begin + static_cast<Offset>(*as)}, to_lower(text.substr(*name))};
    }
  }
  const std::string name = name_of(sql::fold_space(text));
  return {range, name.empty() ? "arg" + std::to_string(number) : name};
}

}  // namespace gapless::scenario
