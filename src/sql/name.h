// Values that are only names: who an actor is (`me`), and the numbers that a serial column hands out.
//
// Which of them somebody drew means nothing, as long as a name is only stored, handed on, counted and compared for
// equality with its like; then states that differ by renaming are one (explore/naming.h). So that nobody need prove of
// a scenario that it does no more, such a value is a Name while states are explored this way, and whatever does more
// with one (`<`, arithmetic, a literal beside it) throws NameUsed: then names are numbers again, and all told apart.
//
// In a text (a word of a Redis command, what is read back from there) a name stands between two characters of control.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gapless::sql {

struct Name {
  std::uint32_t kind = 0;    // 0: actors; beyond: a serial column each
  std::uint32_t number = 0;  // as it would be without all this
  std::uint32_t first = 1;   // of its kind: all smaller numbers are none of these names

  auto operator<=>(const Name&) const = default;
};

// Something was done with a name that its number has a say in. It is no SqlError: no scenario can catch it.
struct NameUsed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string name_text(const Name& name);
inline bool has_name(std::string_view text) { return text.find('\x1e') != std::string_view::npos; }
// The text with each of its names replaced by what `replace` says of it.
std::string with_names(std::string_view text, const std::function<std::string(const Name&)>& replace);

// Whether two different texts differ for certain once their names are numbers; NameUsed where that depends on them.
void check_differ(std::string_view a, std::string_view b);
// The same of a name and a number.
void check_differs(const Name& name, std::int64_t number);

}  // namespace gapless::sql
