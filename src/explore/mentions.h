// How often a name stands in what a request says, whatever it means there: where it does not stand, nothing is said of
// it.
#pragma once

#include <cstddef>
#include <string_view>

namespace gapless::explore {

std::size_t mentions(std::string_view text, std::string_view word);

}  // namespace gapless::explore
