// Items → text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenario/format/tree.h"

namespace gapless::scenario::format {

std::string print(std::string_view source, const std::vector<Item>& items);

}  // namespace gapless::scenario::format
