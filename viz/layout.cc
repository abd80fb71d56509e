// First what each step says, which gives the rows their heights; then everything is placed from the top.
#include "viz/layout.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "viz/builder.h"

namespace gapless::viz {
namespace {

constexpr std::array actor_colours = {Colours{"#1d4ed8", "#eff6ff"}, Colours{"#7c3aed", "#f5f3ff"},
                                      Colours{"#0f766e", "#f0fdfa"}, Colours{"#be185d", "#fdf2f8"},
                                      Colours{"#0369a1", "#f0f9ff"}, Colours{"#4d7c0f", "#f7fee7"},
                                      Colours{"#475569", "#f8fafc"}, Colours{"#a21caf", "#fdf4ff"}};

}  // namespace

Colours colours_of(std::size_t actor) { return actor_colours[(actor - 1) % actor_colours.size()]; }

void add_lines(std::vector<TextLine>& lines, std::string_view text, double width, double size, std::string_view colour,
               bool bold, std::size_t most_lines) {
  for (auto& line : wrap(text, width, size, bold, most_lines)) lines.push_back({std::move(line), colour, bold});
}

double height_of(const std::vector<TextLine>& lines, double size) {
  return static_cast<double>(lines.size()) * line_height(size);
}

Builder::Builder(const model::Execution& execution, const Caption& caption)
    : execution_(execution),
      caption_(caption),
      created_by_(execution.actors.size() + 1),
      begins_(execution.actors.size() + 1) {
  std::set<std::size_t> actors;
  for (std::size_t i = 0; i < execution.steps.size(); ++i) {
    const auto& step = execution.steps[i];
    check(step.actor <= execution.actors.size(), "a step's actor is one of the execution's");
    if (step.actor != 0) actors.insert(step.actor);
    if (!step.creates) continue;
    check(*step.creates >= 1 && *step.creates <= execution.actors.size() && *step.creates != step.actor,
          "a step makes an actor of the execution");
    created_by_[*step.creates] = i;
    actors.insert(*step.creates);
  }
  // Those who never step have nothing to show, unless nobody does.
  for (std::size_t actor = 1; actors.empty() && actor <= execution.actors.size(); ++actor) actors.insert(actor);
  actors_.assign(actors.begin(), actors.end());
  lane_width_ = actors_.size() <= 2 ? 250 : actors_.size() == 3 ? 215 : 195;
  const auto lanes = static_cast<double>(std::max<std::size_t>(actors_.size(), 1));
  page_.width = 2 * page_margin + number_width + lanes * lane_width_ + (lanes - 1) * lane_gap;
  page_.width = std::max(page_.width, 420.0);
}

Page Builder::make() {
  caption();
  headers();
  rows();
  lanes();
  time_arrow();
  verdict();
  legend();
  page_.height = y_ + page_margin;
  return std::move(page_);
}

double Builder::lane_left(std::size_t actor) const {
  const auto lane = std::ranges::find(actors_, actor) - actors_.begin();
  return page_margin + number_width + static_cast<double>(lane) * (lane_width_ + lane_gap);
}

// Text without a border, at the current height.
void Builder::paragraph(std::string name, std::string_view text, double size, std::string_view colour, bool bold) {
  Box box{.name = std::move(name), .corner = {page_margin, y_}, .width = inner_width(), .font_size = size};
  add_lines(box.lines, text, inner_width(), size, colour, bold, 4);
  if (box.lines.empty()) return;
  box.height = height_of(box.lines, size);
  y_ += box.height;
  page_.boxes.push_back(std::move(box));
}

void Builder::caption() {
  y_ = page_margin;
  paragraph("title", caption_.title, 14, ink, true);
  y_ += 3;
  paragraph("subtitle", caption_.subtitle, text_size, grey, false);
  y_ += 14;
}

// At the top those who are there from the beginning.
void Builder::headers() {
  double height = 0;
  const auto first = page_.boxes.size();
  for (const auto actor : actors_) {
    if (created_by_[actor]) continue;
    page_.boxes.push_back(header(actor));
    height = std::max(height, page_.boxes.back().height);
  }
  for (auto i = first; i < page_.boxes.size(); ++i) page_.boxes[i].height = height;
  y_ += height;
  lanes_top_ = y_;
  y_ += row_gap + 3;
}

Box Builder::header(std::size_t actor) const {
  Box box{.name = "actor " + std::to_string(actor),
          .corner = {lane_left(actor), y_},
          .width = lane_width_,
          .fill = colours_of(actor).strong,
          .border = colours_of(actor).strong,
          .rounded = true,
          .font_size = 11,
          .align = Align::centre};
  const auto text = std::to_string(actor) + "  " + execution_.actors[actor - 1];
  add_lines(box.lines, text, lane_width_ - 2 * padding, box.font_size, white, true, 2);
  box.height = height_of(box.lines, box.font_size) + 10;
  return box;
}

void Builder::verdict() {
  if (execution_.violated.empty()) return;
  y_ += 8;
  const auto width = inner_width() - 2 * padding - 4;
  Box box{.name = "violated",
          .corner = {page_margin, y_},
          .width = inner_width(),
          .fill = pale_red,
          .border = red,
          .border_width = 1.4,
          .rounded = true,
          .font_size = text_size};
  const auto when = execution_.steps.empty() ? std::string("before the first step")
                                             : "after step " + std::to_string(execution_.violated_at + 1);
  const auto* what = execution_.deadlocked ? ": nobody can go on " : ": broken ";
  add_lines(box.lines, "✗ " + execution_.violated + what + when, width, text_size, red, true, 3);
  for (const auto& [expression, value] : execution_.values) {
    add_lines(box.lines, expression + " = " + value, width, text_size, ink, false, 3);
  }
  box.height = height_of(box.lines, text_size) + 2 * padding;
  y_ += box.height;
  page_.boxes.push_back(std::move(box));
}

// Explains only what the picture has.
void Builder::legend() {
  const auto some_step = [&](auto&& condition) { return std::ranges::any_of(execution_.steps, condition); };
  std::string text;
  const auto entry = [&](std::string_view words) { text.append(text.empty() ? "" : "  ·  ").append(words); };
  if (some_step(&model::Step::commits)) entry("✓ others see its writes from here on");
  if (some_step(&model::Step::starts_waiting)) entry("hatched: waits");
  if (some_step([](const auto& step) { return step.actor == 0; })) entry("line across: nobody's step");
  if (some_step([](const auto& step) { return step.creates.has_value(); })) entry("dashed arrow: makes an actor");
  if (!execution_.stale.empty()) entry("red arrow: changes what the other goes by");
  if (text.empty()) return;
  y_ += 10;
  paragraph("legend", text, small_size, grey, false);
}

Page lay_out(const model::Execution& execution, const Caption& caption) { return Builder(execution, caption).make(); }

}  // namespace gapless::viz
