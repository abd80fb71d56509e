// What to do when one of our own beliefs turns out false.
//
// There are three kinds of wrong, told apart everywhere: the user's input is a Diagnostic (source.h), the
// model's bug is a verdict, and our own mistake is a failed check. A check stays on in every build; it throws
// InternalError, which the command line turns into exit status 4.
#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gapless {

class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void check_failed(std::string_view belief, std::source_location where);

// Example: check(row < rows.size(), "a row lock names an existing row").
inline void check(bool holds, std::string_view belief, std::source_location where = std::source_location::current()) {
  if (!holds) check_failed(belief, where);
}

}  // namespace gapless
