// An execution laid out on a page: boxes of text and lines, all placed. Plain values; nothing here knows of Graphviz.
//
// A lane an actor from left to right, a row a step from top to bottom. Only one actor steps in a row, so whatever
// stands in the other lanes there (the arrow that makes a read stale, its words) is in nobody's way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/execution.h"
#include "viz/timeline.h"

namespace gapless::viz {

// In points, from the top left corner, y downward.
struct Point {
  double x = 0;
  double y = 0;
};

struct TextLine {
  std::string text;
  std::string_view colour;  // "#rrggbb"
  bool bold = false;
};

enum class Align : std::uint8_t { left, centre };

struct Box {
  std::string name;  // unique: what the picture calls it
  Point corner;      // top left
  double width = 0;
  double height = 0;
  std::string_view fill = {};    // empty: none
  std::string_view border = {};  // empty: none
  double border_width = 1;
  bool rounded = false;
  double font_size = 10;
  Align align = Align::left;
  std::vector<TextLine> lines = {};
};

struct Stroke {
  Point from;
  Point to;
  std::string_view colour;
  double width = 1;
  bool dashed = false;
  bool arrow = false;
};

struct Page {
  double width = 0;
  double height = 0;
  std::vector<Stroke> strokes;  // under the boxes
  std::vector<Box> boxes;
};

Page lay_out(const model::Execution& execution, const Caption& caption);

// The room between a box's border and its text.
inline constexpr double padding = 7;

}  // namespace gapless::viz
