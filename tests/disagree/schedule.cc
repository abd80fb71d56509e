// Marked texts are few and short: everything goes through them byte by byte.
#include "schedule.h"

#include <algorithm>

namespace gapless::disagree {

std::string optional_part(std::string_view text) {
  std::string marked(1, mark_open);
  marked += text;
  marked += mark_close;
  return marked;
}

std::string plain(std::string_view marked) {
  std::string text(marked);
  std::erase_if(text, [](char c) { return c == mark_open || c == mark_close; });
  return text;
}

std::vector<std::string> with_one_part_less(std::string_view marked) {
  std::vector<std::pair<std::size_t, std::string>> found;  // by depth
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < marked.size(); ++i) {
    if (marked[i] == mark_open) open.push_back(i);
    if (marked[i] != mark_close) continue;
    const auto begin = open.back();
    open.pop_back();
    found.emplace_back(open.size(), std::string(marked.substr(0, begin)) + std::string(marked.substr(i + 1)));
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> texts;
  for (auto& [depth, text] : found) texts.push_back(std::move(text));
  return texts;
}

bool ordered(std::string_view statement) {
  int depth = 0;
  for (std::size_t i = 0; i < statement.size(); ++i) {
    if (statement[i] == '(') ++depth;
    if (statement[i] == ')') --depth;
    if (depth == 0 && statement.substr(i).starts_with(" ORDER BY ")) return true;
  }
  return false;
}

std::string setup_script(const Schedule& schedule) {
  std::string script;
  for (const auto& table : schedule.tables) script += plain(table) + ";\n";
  for (const auto& row : schedule.rows) script += plain(row) + ";\n";
  return script;
}

}  // namespace gapless::disagree
