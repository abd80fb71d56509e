#include "sql/name.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/check.h"

namespace gapless::sql {
namespace {

constexpr char begin_mark = '\x1e';
constexpr char end_mark = '\x1f';

Name parsed(std::string_view text) {
  std::array<std::uint32_t, 3> parts{};
  const char* at = text.data();
  for (auto& part : parts) {
    const auto [stop, error] = std::from_chars(at, text.data() + text.size(), part);
    check(error == std::errc(), "a name in a text is three numbers");
    at = stop + 1;
  }
  return {parts[0], parts[1], parts[2]};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What is left where numbers may be anything.
std::string without_numbers(std::string_view text) {
  auto bare = with_names(text, [](const Name&) { return std::string(); });
  std::erase_if(bare, is_digit);
  return bare;
}

// A name beside a digit, or beside another name: `1` and `12` is `11` and `2`.
bool is_ambiguous(std::string_view text) {
  const auto shape = with_names(text, [](const Name&) { return std::string("0"); });
  return std::ranges::adjacent_find(shape, [](char a, char b) { return is_digit(a) && is_digit(b); }) != shape.end() &&
         has_name(text);
}

}  // namespace

std::string name_text(const Name& name) {
  // All of one length, so that a text's length says nothing of the names in it.
  const auto padded = [](std::uint32_t number) {
    auto text = std::to_string(number);
    return std::string(10 - text.size(), '0') + text;
  };
  return begin_mark + padded(name.kind) + "." + padded(name.number) + "." + padded(name.first) + end_mark;
}

std::string with_names(std::string_view text, const std::function<std::string(const Name&)>& replace) {
  std::string result;
  while (true) {
    const auto begin = text.find(begin_mark);
    result += text.substr(0, begin);
    if (begin == std::string_view::npos) return result;
    const auto end = text.find(end_mark, begin);
    check(end != std::string_view::npos, "a name in a text has an end");
    result += replace(parsed(text.substr(begin + 1, end - begin - 1)));
    text.remove_prefix(end + 1);
  }
}

void check_differ(std::string_view a, std::string_view b) {
  if (!has_name(a) && !has_name(b)) return;
  const auto shape = [](std::string_view text) {
    return with_names(text, [](const Name& name) { return name_text({name.kind, 0, 0}); });
  };
  const bool is_sure =
      without_numbers(a) != without_numbers(b) || (shape(a) == shape(b) && !is_ambiguous(a) && !is_ambiguous(b));
  if (!is_sure) throw NameUsed("it is compared with a text that may look like it");
}

void check_differs(const Name& name, std::int64_t number) {
  if (number >= name.first) throw NameUsed("it is compared with a number that was not drawn");
}

}  // namespace gapless::sql
