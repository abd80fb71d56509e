// How wide text is in DejaVu Sans, and where it breaks. Measured here, not by Graphviz, because boxes are placed before
// Graphviz sees them; and so that a picture's layout is the same on machines without the font.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gapless::viz {

// In points.
double text_width(std::string_view text, double font_size, bool bold);

// Lines of at most `width` points, broken at blanks, and within a word only where it alone is too wide; at most
// `most_lines`, the last one ending in … where something was left out. Control characters become blanks and bytes that
// are no UTF-8 become `?`. No text, no lines. REQUIRES: most_lines > 0.
std::vector<std::string> wrap(std::string_view text, double width, double font_size, bool bold, std::size_t most_lines);

// Rather more than the font's own line spacing (1.164), which Graphviz would not go below.
constexpr double line_height(double font_size) { return 1.35 * font_size; }

}  // namespace gapless::viz
