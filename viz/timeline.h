// An execution as a picture: one lane an actor, time downward. With the other files of this folder the only door to
// Graphviz.
//
//   const auto svg = viz::draw(execution, {"withdraw: naive", "2 actors, read committed"}, viz::Format::svg);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/execution.h"

namespace gapless::viz {

enum class Format : std::uint8_t { svg, png, pdf, dot };

// "svg", "png", "pdf", "dot", as in a file's name.
std::optional<Format> format_of(std::string_view extension);

// What stands above the picture.
struct Caption {
  std::string title;
  std::string subtitle;
};

// The picture's bytes; the same each time, but for PDF, which holds its date. May be called from several threads (they
// take turns, since Graphviz cannot). Throws std::runtime_error where Graphviz cannot make the format.
std::string draw(const model::Execution& execution, const Caption& caption, Format format);

}  // namespace gapless::viz
