// The scenarios of templates/, built in: what `gapless new` writes. Made by templates/embed.py.
#pragma once

#include <span>
#include <string_view>

namespace gapless::cli {

struct Template {
  std::string_view money_path;  // "withdraw"
  std::string_view store;       // "postgres"
  std::string_view title;       // the scenario's
  std::string_view text;
};

// In the order in which they are listed: money path by money path.
std::span<const Template> templates();

}  // namespace gapless::cli
