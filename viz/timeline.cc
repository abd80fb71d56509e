// A placed page becomes a graph whose nodes and edges all have positions; Graphviz (engine `nop2`) only paints it.
#include "viz/timeline.h"

#include "viz/graph.h"
#include "viz/layout.h"

namespace gapless::viz {

std::optional<Format> format_of(std::string_view extension) {
  if (extension == "svg") return Format::svg;
  if (extension == "png") return Format::png;
  if (extension == "pdf") return Format::pdf;
  if (extension == "dot") return Format::dot;
  return std::nullopt;
}

std::string draw(const model::Execution& execution, const Caption& caption, Format format) {
  return paint(lay_out(execution, caption), format);
}

}  // namespace gapless::viz
