// Boxes are nodes with positions, strokes are edges with positions, in points (engine `nop2`). A stroke's ends are two
// invisible nodes of no size, since an edge needs nodes; its course is its own `pos`.
//
// Graphviz keeps state outside its contexts: one mutex for all of it. Its messages go nowhere, since a label that is a
// point too wide is no reason to write on somebody's terminal; what cannot be drawn is thrown.
#include "viz/graph.h"

#include <fmt/core.h>
#include <graphviz/cgraph.h>
#include <graphviz/gvc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "base/check.h"
#include "viz/measure.h"

namespace gapless::viz {
namespace {

// The C interface takes char* where it means const char*.
char* writable(const char* text) { return const_cast<char*>(text); }

struct CloseContext {
  void operator()(GVC_t* context) const { gvFreeContext(context); }
};
struct CloseGraph {
  void operator()(Agraph_t* graph) const { agclose(graph); }
};
using Context = std::unique_ptr<GVC_t, CloseContext>;
using Graph = std::unique_ptr<Agraph_t, CloseGraph>;

void set(void* object, const char* name, const std::string& value) {
  agsafeset(object, writable(name), writable(value.c_str()), writable(""));
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

// One line of a label. It is cut after each backslash, since Graphviz would replace \N and its like by the node's name,
// and knows no way to write a backslash that it leaves alone here.
std::string line_of(const TextLine& line) {
  std::string label;
  std::string_view rest = line.text;
  while (!rest.empty()) {
    const auto part = rest.substr(0, std::min(rest.find('\\'), rest.size() - 1) + 1);
    rest.remove_prefix(part.size());
    label += fmt::format(R"(<FONT COLOR="{}">{}{}{}</FONT>)", line.colour, line.bold ? "<B>" : "", escaped(part),
                         line.bold ? "</B>" : "");
  }
  return label;
}

// An HTML-like label: a table of the box's inner size with a row a line, so that lines stand where they were measured.
std::string label_of(const Box& box) {
  const auto* align = box.align == Align::left ? "LEFT" : "CENTER";
  const auto room = box.border.empty() ? box.width : box.width - 2 * padding;
  std::string label = R"(<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0">)";
  for (const auto& line : box.lines) {
    label += fmt::format(R"(<TR><TD ALIGN="{}" WIDTH="{:.0f}" HEIGHT="{:.0f}">{}</TD></TR>)", align,
                         std::max(room, 1.0), line_height(box.font_size), line_of(line));
  }
  return label + "</TABLE>";
}

class Painter {
 public:
  Painter(const Page& page, Format format) : page_(page), graph_(agopen(writable("timeline"), Agdirected, nullptr)) {
    check(graph_ != nullptr, "a graph can be made");
    set(graph_.get(), "outputorder", "edgesfirst");
    set(graph_.get(), "bb", fmt::format("0,0,{:.2f},{:.2f}", page.width, page.height));
    set(graph_.get(), "pad", "0");
    set(graph_.get(), "bgcolor", "#ffffff");
    set(graph_.get(), "fontname", "DejaVu Sans");
    if (format == Format::png) set(graph_.get(), "dpi", fmt::format("{:.0f}", dots_per_inch()));
    corner("top left", {0, 0});
    corner("bottom right", {page.width, page.height});
    for (const auto& stroke : page.strokes) add(stroke);
    for (const auto& box : page.boxes) add(box);
  }

  Agraph_t* graph() { return graph_.get(); }

 private:
  // Cairo refuses images with more than 32,767 pixels a side.
  double dots_per_inch() const {
    constexpr double usual = 96;
    constexpr double most_pixels = 30'000;
    return std::min(usual, most_pixels / std::max(page_.width, page_.height) * 72);
  }

  // Graphviz counts from the bottom.
  std::string position(Point point) const { return fmt::format("{:.2f},{:.2f}", point.x, page_.height - point.y); }

  Agnode_t* node(const std::string& name) { return agnode(graph_.get(), writable(name.c_str()), 1); }

  // Keeps the page's margins, which Graphviz would cut off otherwise.
  void corner(const std::string& name, Point at) { invisible(name, at); }

  Agnode_t* invisible(const std::string& name, Point at) {
    auto* made = node(name);
    set(made, "pos", position(at));
    set(made, "style", "invis");
    set(made, "shape", "point");
    set(made, "width", "0");
    set(made, "height", "0");
    set(made, "label", "");
    return made;
  }

  void add(const Stroke& stroke) {
    const auto number = std::to_string(++strokes_);
    auto* from = invisible("from " + number, stroke.from);
    auto* to = invisible("to " + number, stroke.to);
    auto* edge = agedge(graph_.get(), from, to, nullptr, 1);
    set(edge, "color", std::string(stroke.colour));
    set(edge, "penwidth", fmt::format("{:.2f}", stroke.width));
    if (stroke.dashed) set(edge, "style", "dashed");
    set(edge, "arrowhead", stroke.arrow ? "normal" : "none");
    set(edge, "arrowsize", "0.7");
    set(edge, "pos", course(stroke));
  }

  // A straight line as a Bézier curve; an arrow's line ends where its head begins.
  std::string course(const Stroke& stroke) const {
    auto end = stroke.to;
    std::string head;
    if (stroke.arrow) {
      constexpr double head_length = 7;
      const bool horizontal = stroke.from.y == stroke.to.y;
      if (horizontal) end.x -= stroke.to.x > stroke.from.x ? head_length : -head_length;
      if (!horizontal) end.y -= stroke.to.y > stroke.from.y ? head_length : -head_length;
      head = "e," + position(stroke.to) + " ";
    }
    const auto at = [&](double share) {
      return position(
          {stroke.from.x + share * (end.x - stroke.from.x), stroke.from.y + share * (end.y - stroke.from.y)});
    };
    return head + at(0) + " " + at(1.0 / 3) + " " + at(2.0 / 3) + " " + at(1);
  }

  void add(const Box& box) {
    auto* made = node(box.name);
    set(made, "shape", "box");
    set(made, "fixedsize", "true");
    set(made, "margin", "0");
    set(made, "pos", position({box.corner.x + box.width / 2, box.corner.y + box.height / 2}));
    set(made, "width", fmt::format("{:.4f}", box.width / 72));
    set(made, "height", fmt::format("{:.4f}", box.height / 72));
    set(made, "fontname", "DejaVu Sans");
    set(made, "fontsize", fmt::format("{:.1f}", box.font_size));
    // Never an invisible colour: Graphviz would write stroke="transparent", which is not valid SVG.
    const bool painted = !box.fill.empty() || !box.border.empty();
    if (!painted) set(made, "shape", "plaintext");
    if (painted) set(made, "style", box.rounded ? "filled,rounded" : "filled");
    if (painted) set(made, "fillcolor", std::string(box.fill.empty() ? "#ffffff" : box.fill));
    if (painted) set(made, "color", std::string(box.border.empty() ? box.fill : box.border));
    if (painted) set(made, "penwidth", fmt::format("{:.2f}", box.border_width));
    if (box.lines.empty()) return set(made, "label", "");
    auto* html = agstrdup_html(graph_.get(), writable(label_of(box).c_str()));
    agsafeset(made, writable("label"), html, writable(""));
    agstrfree(graph_.get(), html);
  }

  const Page& page_;
  Graph graph_;
  std::size_t strokes_ = 0;
};

const char* name_of(Format format) {
  switch (format) {
    case Format::svg:
      return "svg";
    case Format::png:
      return "png";
    case Format::pdf:
      return "pdf";
    case Format::dot:
      return "dot";
  }
  return "svg";
}

int say_nothing(char*) { return 0; }

// Graphviz writes the page's border in no colour as stroke="transparent", which is not valid SVG 1.1.
void make_valid(std::string& svg) {
  constexpr std::string_view wrong = "stroke=\"transparent\"";
  for (auto at = svg.find(wrong); at != std::string::npos; at = svg.find(wrong, at)) {
    svg.replace(at, wrong.size(), "stroke=\"none\"");
  }
}

}  // namespace

std::string paint(const Page& page, Format format) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  agseterrf(say_nothing);

  // One context for the whole process: Graphviz 2.42's pango plug-in remembers a font by a pointer that is freed with
  // the context it came from, and would read it in the next one (found by AddressSanitizer).
  static const Context context(gvContext());
  check(context != nullptr, "Graphviz has a context");
  Painter painter(page, format);
  if (gvLayout(context.get(), painter.graph(), "nop2") != 0)
    throw std::runtime_error("Graphviz cannot place the timeline");
  char* bytes = nullptr;
  unsigned int length = 0;
  const int failed = gvRenderData(context.get(), painter.graph(), name_of(format), &bytes, &length);
  std::string picture(bytes == nullptr ? "" : bytes, bytes == nullptr ? 0 : length);
  gvFreeRenderData(bytes);
  gvFreeLayout(context.get(), painter.graph());
  if (failed != 0 || picture.empty()) {
    throw std::runtime_error(std::string("Graphviz cannot draw ") + name_of(format));
  }
  if (format == Format::svg) make_valid(picture);
  return picture;
}

}  // namespace gapless::viz
