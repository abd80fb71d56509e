// First what each step says, which gives the rows their heights; then everything is placed from the top.
#include "viz/layout.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/check.h"
#include "viz/measure.h"

namespace gapless::viz {
namespace {

using model::Execution;
using model::Staleness;
using model::Step;

constexpr double margin = 26;
constexpr double number_width = 30;  // left of the first lane: the steps' numbers
constexpr double lane_gap = 26;
constexpr double row_gap = 13;
constexpr double font_size = 10;
constexpr double small_size = 8.5;

constexpr std::string_view ink = "#1f2937";
constexpr std::string_view grey = "#6b7280";
constexpr std::string_view pale = "#d1d5db";
constexpr std::string_view red = "#dc2626";
constexpr std::string_view pale_red = "#fef2f2";
constexpr std::string_view amber = "#b45309";
constexpr std::string_view green = "#15803d";
constexpr std::string_view white = "#ffffff";

struct Colours {
  std::string_view strong;
  std::string_view faint;
};
// Red is for what goes wrong, amber for waiting; neither is anybody's colour.
constexpr std::array actor_colours = {Colours{"#1d4ed8", "#eff6ff"}, Colours{"#7c3aed", "#f5f3ff"},
                                      Colours{"#0f766e", "#f0fdfa"}, Colours{"#be185d", "#fdf2f8"},
                                      Colours{"#0369a1", "#f0f9ff"}, Colours{"#4d7c0f", "#f7fee7"},
                                      Colours{"#475569", "#f8fafc"}, Colours{"#a21caf", "#fdf4ff"}};

Colours colours_of(std::size_t actor) { return actor_colours[(actor - 1) % actor_colours.size()]; }

std::string joined_numbers(const std::vector<std::size_t>& numbers) {
  std::string text;
  for (const auto number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text;
}

// Builds a page from the top down; `y_` is how far it has come.
class Layout {
 public:
  Layout(const Execution& execution, const Caption& caption) : execution_(execution), caption_(caption) {
    std::set<std::size_t> actors;
    for (const auto& step : execution.steps) {
      check(step.actor >= 1 && step.actor <= execution.actors.size(), "a step's actor is one of the execution's");
      actors.insert(step.actor);
    }
    // Those who never step have nothing to show, unless nobody does.
    for (std::size_t actor = 1; actors.empty() && actor <= execution.actors.size(); ++actor) actors.insert(actor);
    actors_.assign(actors.begin(), actors.end());
    lane_width_ = actors_.size() <= 2 ? 250 : actors_.size() == 3 ? 215 : 195;
    const auto lanes = static_cast<double>(std::max<std::size_t>(actors_.size(), 1));
    page_.width = 2 * margin + number_width + lanes * lane_width_ + (lanes - 1) * lane_gap;
    page_.width = std::max(page_.width, 420.0);
  }

  Page make() {
    caption();
    headers();
    rows();
    lanes();
    time_arrow();
    verdict();
    legend();
    page_.height = y_ + margin;
    return std::move(page_);
  }

 private:
  // ------------------------------------------------------------------------------------------ building blocks

  double inner_width() const { return page_.width - 2 * margin; }

  double lane_left(std::size_t actor) const {
    const auto lane = std::ranges::find(actors_, actor) - actors_.begin();
    return margin + number_width + static_cast<double>(lane) * (lane_width_ + lane_gap);
  }
  double lane_centre(std::size_t actor) const { return lane_left(actor) + lane_width_ / 2; }

  static void add(std::vector<TextLine>& lines, std::string_view text, double width, double size,
                  std::string_view colour, bool bold, std::size_t most_lines) {
    for (auto& line : wrap(text, width, size, bold, most_lines)) lines.push_back({std::move(line), colour, bold});
  }

  static double height_of(const std::vector<TextLine>& lines, double size) {
    return static_cast<double>(lines.size()) * line_height(size);
  }

  // Text without a border, at the current height.
  void paragraph(std::string name, std::string_view text, double size, std::string_view colour, bool bold) {
    Box box{.name = std::move(name), .corner = {margin, y_}, .width = inner_width(), .font_size = size};
    add(box.lines, text, inner_width(), size, colour, bold, 4);
    if (box.lines.empty()) return;
    box.height = height_of(box.lines, size);
    y_ += box.height;
    page_.boxes.push_back(std::move(box));
  }

  // ---------------------------------------------------------------------------------------- from top to bottom

  void caption() {
    y_ = margin;
    paragraph("title", caption_.title, 14, ink, true);
    y_ += 3;
    paragraph("subtitle", caption_.subtitle, font_size, grey, false);
    y_ += 14;
  }

  void headers() {
    double height = 0;
    for (const auto actor : actors_) {
      Box box{.name = "actor " + std::to_string(actor),
              .corner = {lane_left(actor), y_},
              .width = lane_width_,
              .fill = colours_of(actor).strong,
              .border = colours_of(actor).strong,
              .rounded = true,
              .font_size = 11,
              .align = Align::centre};
      const auto text = std::to_string(actor) + "  " + execution_.actors[actor - 1];
      add(box.lines, text, lane_width_ - 2 * padding, box.font_size, white, true, 2);
      height = std::max(height, height_of(box.lines, box.font_size) + 10);
      page_.boxes.push_back(std::move(box));
    }
    for (auto& box : page_.boxes) {
      if (box.align == Align::centre) box.height = height;
    }
    y_ += height;
    lanes_top_ = y_;
    y_ += row_gap + 3;
  }

  const Staleness* stale_use(std::size_t step) const { return find_stale(step, &Staleness::use); }
  const Staleness* stale_read(std::size_t step) const { return find_stale(step, &Staleness::read); }
  const Staleness* find_stale(std::size_t step, std::size_t Staleness::*which) const {
    for (const auto& stale : execution_.stale) {
      if (stale.*which == step) return &stale;
    }
    return nullptr;
  }

  std::vector<TextLine> words(std::size_t index) const {
    const auto& step = execution_.steps[index];
    const auto width = lane_width_ - 2 * padding;
    std::vector<TextLine> lines;
    if (step.resumes) {
      add(lines, "… goes on: " + step.operation, width, font_size, ink, false, 2);
    } else {
      add(lines, step.operation, width, font_size, ink, false, 4);
    }
    if (const auto* stale = stale_use(index); stale != nullptr) {
      add(lines, "relies on step " + std::to_string(stale->read + 1) + ", which is stale", width, font_size, red, true,
          2);
    }
    if (step.starts_waiting) {
      const auto whom = step.waits_for.empty() ? step.observation : "waits for " + joined_numbers(step.waits_for);
      add(lines, whom, width, font_size, amber, true, 2);
    } else if (!step.observation.empty()) {
      const bool alarming = step.failed || stale_read(index) != nullptr;
      add(lines, "→ " + step.observation, width, font_size, alarming ? red : grey, stale_read(index) != nullptr, 3);
    }
    for (const auto& effect : step.effects) add(lines, "+ " + effect, width, font_size, ink, true, 2);
    if (!step.response.empty()) add(lines, "⇒ " + step.response, width, font_size, ink, true, 1);
    return lines;
  }

  Box step_box(std::size_t index) const {
    const auto& step = execution_.steps[index];
    const auto colours = colours_of(step.actor);
    const bool relies_on_stale = stale_use(index) != nullptr;
    Box box{.name = "step " + std::to_string(index + 1),
            .corner = {lane_left(step.actor), y_},
            .width = lane_width_,
            .fill = relies_on_stale ? pale_red : colours.faint,
            .border = relies_on_stale ? red : colours.strong,
            .border_width = relies_on_stale ? 2.0 : 1.0,
            .rounded = true,
            .font_size = font_size};
    box.lines = words(index);
    box.height = height_of(box.lines, font_size) + 2 * padding;
    return box;
  }

  // What stands beside the arrow from the write to the lane of the reader.
  struct Arrow {
    std::size_t reader = 0;
    std::vector<TextLine> lines;
  };

  std::vector<Arrow> arrows_from(std::size_t write) const {
    std::vector<Arrow> arrows;
    for (const auto& stale : execution_.stale) {
      if (stale.write != write) continue;
      const auto reader = execution_.steps[stale.read].actor;
      if (reader == execution_.steps[write].actor) continue;
      if (std::ranges::find(arrows, reader, &Arrow::reader) != arrows.end()) continue;
      Arrow arrow{reader, {}};
      const auto width = lane_width_ / 2 - 10;
      add(arrow.lines, stale.value_read.empty() ? "nothing here" : stale.value_read, width, small_size, red, false, 2);
      add(arrow.lines, "→ " + (stale.value_written.empty() ? "deleted" : stale.value_written), width, small_size, red,
          true, 2);
      arrows.push_back(std::move(arrow));
    }
    return arrows;
  }

  void rows() {
    for (std::size_t i = 0; i < execution_.steps.size(); ++i) {
      auto box = step_box(i);
      const auto arrows = arrows_from(i);
      double height = box.height;
      for (const auto& arrow : arrows) height = std::max(height, 2 * height_of(arrow.lines, small_size) + 8);
      box.height = height;
      const auto middle = y_ + height / 2;
      number(i, middle);
      for (const auto& arrow : arrows) stale_arrow(i, arrow, middle);
      if (execution_.steps[i].commits) commit_mark(i, box);
      tops_.push_back(y_);
      page_.boxes.push_back(std::move(box));
      y_ += height;
      bottoms_.push_back(y_);
      const bool goes_on = i + 1 < execution_.steps.size();
      if (!execution_.violated.empty() && execution_.violated_at == i && goes_on) violation_line();
      y_ += row_gap;
    }
    lanes_bottom_ = y_;
  }

  void number(std::size_t index, double middle) {
    const bool broken = !execution_.violated.empty() && execution_.violated_at == index;
    Box box{.name = "number " + std::to_string(index + 1),
            .corner = {margin, middle - 9},
            .width = number_width - 10,
            .height = 18,
            .fill = white,
            .font_size = font_size,
            .align = Align::centre};
    box.lines = {{std::to_string(index + 1), broken ? red : grey, broken}};
    page_.boxes.push_back(std::move(box));
  }

  void stale_arrow(std::size_t write, const Arrow& arrow, double middle) {
    const auto writer = execution_.steps[write].actor;
    const auto target = lane_centre(arrow.reader);
    const bool rightward = target > lane_left(writer);
    const auto from = rightward ? lane_left(writer) + lane_width_ : lane_left(writer);
    page_.strokes.push_back({{from, middle}, {target + (rightward ? -2.0 : 2.0), middle}, red, 1.6, false, true});
    Box label{.name = "stale at step " + std::to_string(write + 1) + " for " + std::to_string(arrow.reader),
              .corner = {rightward ? lane_left(arrow.reader) : target + 8, 0},
              .width = lane_width_ / 2 - 8,
              .font_size = small_size};
    label.lines = arrow.lines;
    label.height = height_of(label.lines, small_size);
    label.corner.y = middle - label.height - 2;
    page_.boxes.push_back(std::move(label));
  }

  void commit_mark(std::size_t index, const Box& box) {
    constexpr double size = 13;
    Box mark{.name = "commit at step " + std::to_string(index + 1),
             .corner = {box.corner.x + box.width - size - 5, box.corner.y + box.height - size / 2},
             .width = size,
             .height = size,
             .fill = green,
             .border = white,
             .rounded = true,
             .font_size = 8,
             .align = Align::centre};
    mark.lines = {{"✓", white, true}};
    marks_.push_back(std::move(mark));
  }

  void violation_line() {
    const auto y = y_ + row_gap / 2;
    page_.strokes.push_back({{margin, y}, {page_.width - margin, y}, red, 1.2, true, false});
  }

  // ------------------------------------------------------------------------------------------------- the lanes

  void lanes() {
    for (const auto actor : actors_) lane(actor);
    for (auto& mark : marks_) page_.boxes.push_back(std::move(mark));
  }

  void lane(std::size_t actor) {
    double from = lanes_top_;
    std::optional<std::size_t> last;
    for (std::size_t i = 0; i < execution_.steps.size(); ++i) {
      if (execution_.steps[i].actor != actor) continue;
      segment(actor, last, i, from, tops_[i]);
      from = bottoms_[i];
      last = i;
    }
    const bool finished = last && !execution_.steps[*last].response.empty();
    if (!finished) segment(actor, last, execution_.steps.size(), from, lanes_bottom_);
  }

  // Between two boxes of one lane: waiting, going by what is stale, or just going on.
  void segment(std::size_t actor, std::optional<std::size_t> last, std::size_t next, double from, double to) {
    if (last && execution_.steps[*last].starts_waiting) return hatch(lane_centre(actor), from, to);
    const bool is_stale =
        last && std::ranges::any_of(execution_.stale, [&](const Staleness& stale) {
          return execution_.steps[stale.read].actor == actor && stale.read <= *last && next <= stale.use;
        });
    const Point top{lane_centre(actor), from};
    const Point bottom{lane_centre(actor), to};
    page_.strokes.push_back(
        {top, bottom, is_stale ? red : colours_of(actor).strong, is_stale ? 3.0 : 1.2, false, false});
  }

  void hatch(double centre, double from, double to) {
    constexpr double half_width = 6;
    constexpr double distance = 7;
    const auto stroke = [&](Point a, Point b) { page_.strokes.push_back({a, b, amber, 0.9, false, false}); };
    stroke({centre - half_width, from}, {centre - half_width, to});
    stroke({centre + half_width, from}, {centre + half_width, to});
    for (double y = from + 2 * half_width; y <= to; y += distance) {
      stroke({centre - half_width, y}, {centre + half_width, y - 2 * half_width});
    }
  }

  void time_arrow() {
    if (execution_.steps.empty()) return;
    const auto x = margin + (number_width - 10) / 2;
    page_.strokes.push_back({{x, lanes_top_ - 6}, {x, lanes_bottom_}, pale, 1, false, true});
  }

  // ------------------------------------------------------------------------------------------------ the bottom

  void verdict() {
    if (execution_.violated.empty()) return;
    y_ += 8;
    const auto width = inner_width() - 2 * padding - 4;
    Box box{.name = "violated",
            .corner = {margin, y_},
            .width = inner_width(),
            .fill = pale_red,
            .border = red,
            .border_width = 1.4,
            .rounded = true,
            .font_size = font_size};
    const auto when = execution_.steps.empty() ? std::string("before the first step")
                                               : "after step " + std::to_string(execution_.violated_at + 1);
    const auto* what = execution_.deadlocked ? ": nobody can go on " : ": broken ";
    add(box.lines, "✗ " + execution_.violated + what + when, width, font_size, red, true, 3);
    for (const auto& [expression, value] : execution_.values) {
      add(box.lines, expression + " = " + value, width, font_size, ink, false, 3);
    }
    box.height = height_of(box.lines, font_size) + 2 * padding;
    y_ += box.height;
    page_.boxes.push_back(std::move(box));
  }

  // Explains only what the picture has.
  void legend() {
    const auto some_step = [&](auto&& condition) { return std::ranges::any_of(execution_.steps, condition); };
    std::string text;
    const auto entry = [&](std::string_view words) { text.append(text.empty() ? "" : "  ·  ").append(words); };
    if (some_step(&Step::commits)) entry("✓ others see its writes from here on");
    if (some_step(&Step::starts_waiting)) entry("hatched: waits");
    if (!execution_.stale.empty()) entry("red arrow: changes what the other goes by");
    if (text.empty()) return;
    y_ += 10;
    paragraph("legend", text, small_size, grey, false);
  }

  const Execution& execution_;
  const Caption& caption_;
  std::vector<std::size_t> actors_;
  double lane_width_ = 0;
  double y_ = 0;
  double lanes_top_ = 0;
  double lanes_bottom_ = 0;
  std::vector<double> tops_;  // of the steps' boxes
  std::vector<double> bottoms_;
  std::vector<Box> marks_;  // over the boxes
  Page page_;
};

}  // namespace

Page lay_out(const model::Execution& execution, const Caption& caption) { return Layout(execution, caption).make(); }

}  // namespace gapless::viz
