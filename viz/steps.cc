// A row a step: its box in the lane of who takes it. What is nobody's step goes across all lanes.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "model/words.h"
#include "viz/builder.h"

namespace gapless::viz {
namespace {

using model::Staleness;
using model::Step;

std::string joined_numbers(const std::vector<std::size_t>& numbers) {
  std::string text;
  for (const auto number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text;
}

}  // namespace

// ------------------------------------------------------------------------------------------------------- rows

void Builder::rows() {
  for (std::size_t i = 0; i < execution_.steps.size(); ++i) {
    tops_.push_back(y_);
    y_ += row(i);
    bottoms_.push_back(y_);
    const bool goes_on = i + 1 < execution_.steps.size();
    if (!execution_.violated.empty() && execution_.violated_at == i && goes_on) violation_line();
    y_ += row_gap;
  }
  lanes_bottom_ = y_;
}

double Builder::row(std::size_t index) {
  if (execution_.steps[index].actor == 0) return world_row(index);
  return execution_.steps[index].kind == Step::Kind::crash ? crash_row(index) : step_row(index);
}

double Builder::step_row(std::size_t index) {
  auto box = step_box(index);
  const auto arrows = arrows_from(index);
  for (const auto& arrow : arrows) box.height = std::max(box.height, 2 * height_of(arrow.lines, small_size) + 8);
  const auto creates = execution_.steps[index].creates;
  auto head = creates ? std::optional(header(*creates)) : std::nullopt;
  const auto height = std::max(box.height, head ? head->height : 0);
  box.height = height;
  const auto middle = y_ + height / 2;
  number(index, middle);
  for (const auto& arrow : arrows) stale_arrow(index, arrow, middle);
  if (head) created(index, *std::move(head), middle);
  if (execution_.steps[index].commits) commit_mark(index, box);
  page_.boxes.push_back(std::move(box));
  return height;
}

// The head of a lane that begins here, with an arrow from the step that made it.
void Builder::created(std::size_t index, Box head, double middle) {
  const auto actor = *execution_.steps[index].creates;
  const auto maker = execution_.steps[index].actor;
  head.corner.y = middle - head.height / 2;
  begins_[actor] = head.corner.y + head.height;
  const bool rightward = lane_left(actor) > lane_left(maker);
  const auto from = rightward ? lane_left(maker) + lane_width_ : lane_left(maker);
  const auto to = rightward ? lane_left(actor) : lane_left(actor) + lane_width_;
  page_.strokes.push_back({{from, middle}, {to, middle}, colours_of(actor).strong, 1.4, true, true});
  page_.boxes.push_back(std::move(head));
}

// A line across all lanes, with the words in its middle.
double Builder::world_row(std::size_t index) {
  const auto left = page_margin + number_width;
  const auto right = page_.width - page_margin;
  Box box{.name = "step " + std::to_string(index + 1),
          .corner = {left, y_},
          .fill = pale_amber,
          .border = amber,
          .border_width = 1.4,
          .font_size = text_size,
          .align = Align::centre};
  add_lines(box.lines, model::words(execution_.steps[index]), right - left - 2 * padding, text_size, amber, true, 3);
  double width = 0;
  for (const auto& line : box.lines) width = std::max(width, text_width(line.text, text_size, true));
  box.width = width + 2 * padding;
  box.corner.x = (left + right - box.width) / 2;
  box.height = height_of(box.lines, text_size) + padding;
  const auto middle = y_ + box.height / 2;
  page_.strokes.push_back({{left - 4, middle}, {right, middle}, amber, 1.8, true, false});
  number(index, middle);
  const auto height = box.height;
  page_.boxes.push_back(std::move(box));
  return height;
}

// A cross on the lane, which ends there.
double Builder::crash_row(std::size_t index) {
  constexpr double half = 8;
  constexpr double height = 24;
  const auto x = lane_centre(execution_.steps[index].actor);
  const auto middle = y_ + height / 2;
  page_.strokes.push_back({{x - half, middle - half}, {x + half, middle + half}, red, 3, false, false});
  page_.strokes.push_back({{x - half, middle + half}, {x + half, middle - half}, red, 3, false, false});
  Box label{.name = "step " + std::to_string(index + 1),
            .corner = {x + half + 6, middle - line_height(text_size) / 2},
            .width = lane_width_ / 2 - half - 6,
            .height = line_height(text_size),
            .font_size = text_size};
  label.lines = {{model::words(execution_.steps[index]), red, true}};
  number(index, middle);
  page_.boxes.push_back(std::move(label));
  return height;
}

// ------------------------------------------------------------------------------------------------ a step's box

Box Builder::step_box(std::size_t index) const {
  const auto& step = execution_.steps[index];
  const auto colours = colours_of(step.actor);
  const bool is_operation = step.kind == Step::Kind::operation;
  const bool relies_on_stale = find_stale(index, &Staleness::use) != nullptr;
  Box box{.name = "step " + std::to_string(index + 1),
          .corner = {lane_left(step.actor), y_},
          .width = lane_width_,
          .fill = relies_on_stale ? pale_red
                  : is_operation  ? colours.faint
                                  : white,
          .border = relies_on_stale ? red : colours.strong,
          .border_width = relies_on_stale || !is_operation ? 2.0 : 1.0,
          .rounded = true,
          .font_size = text_size};
  box.lines = is_operation ? operation_words(index) : words(index);
  box.height = height_of(box.lines, text_size) + 2 * padding;
  return box;
}

// Of something that happens to the actor: it is run again, it is received twice.
std::vector<TextLine> Builder::words(std::size_t index) const {
  const auto& step = execution_.steps[index];
  const auto sign = step.kind == Step::Kind::duplicate ? "" : "↻ ";
  std::vector<TextLine> lines;
  add_lines(lines, sign + model::words(step), lane_width_ - 2 * padding, text_size, colours_of(step.actor).strong, true,
            2);
  return lines;
}

std::vector<TextLine> Builder::operation_words(std::size_t index) const {
  const auto& step = execution_.steps[index];
  const auto width = lane_width_ - 2 * padding;
  std::vector<TextLine> lines;
  if (step.resumes) {
    add_lines(lines, "… goes on: " + step.operation, width, text_size, ink, false, 2);
  } else {
    add_lines(lines, step.operation, width, text_size, ink, false, 4);
  }
  if (const auto* stale = find_stale(index, &Staleness::use); stale != nullptr) {
    add_lines(lines, "relies on step " + std::to_string(stale->read + 1) + ", which is stale", width, text_size, red,
              true, 2);
  }
  if (step.starts_waiting) {
    const auto whom = step.waits_for.empty() ? step.observation : "waits for " + joined_numbers(step.waits_for);
    add_lines(lines, whom, width, text_size, amber, true, 2);
  } else if (!step.observation.empty()) {
    const bool alarming = step.failed || find_stale(index, &Staleness::read) != nullptr;
    add_lines(lines, "→ " + step.observation, width, text_size, alarming ? red : grey,
              find_stale(index, &Staleness::read) != nullptr, 3);
  }
  for (const auto& effect : step.effects) add_lines(lines, "+ " + effect, width, text_size, ink, true, 2);
  if (!step.response.empty()) add_lines(lines, "⇒ " + step.response, width, text_size, ink, true, 1);
  return lines;
}

const model::Staleness* Builder::find_stale(std::size_t step, std::size_t Staleness::*which) const {
  for (const auto& stale : execution_.stale) {
    if (stale.*which == step) return &stale;
  }
  return nullptr;
}

// ---------------------------------------------------------------------------------------------- beside the box

// What stands beside the arrow from the write to the lane of the reader.
std::vector<Builder::Arrow> Builder::arrows_from(std::size_t write) const {
  std::vector<Arrow> arrows;
  for (const auto& stale : execution_.stale) {
    if (stale.write != write) continue;
    const auto reader = execution_.steps[stale.read].actor;
    if (reader == execution_.steps[write].actor) continue;
    if (std::ranges::find(arrows, reader, &Arrow::reader) != arrows.end()) continue;
    Arrow arrow{reader, {}};
    const auto width = lane_width_ / 2 - 10;
    add_lines(arrow.lines, stale.value_read.empty() ? "nothing here" : stale.value_read, width, small_size, red, false,
              2);
    add_lines(arrow.lines, "→ " + (stale.value_written.empty() ? "deleted" : stale.value_written), width, small_size,
              red, true, 2);
    arrows.push_back(std::move(arrow));
  }
  return arrows;
}

void Builder::stale_arrow(std::size_t write, const Arrow& arrow, double middle) {
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

void Builder::number(std::size_t index, double middle) {
  const bool broken = !execution_.violated.empty() && execution_.violated_at == index;
  Box box{.name = "number " + std::to_string(index + 1),
          .corner = {page_margin, middle - 9},
          .width = number_width - 10,
          .height = 18,
          .fill = white,
          .font_size = text_size,
          .align = Align::centre};
  box.lines = {{std::to_string(index + 1), broken ? red : grey, broken}};
  page_.boxes.push_back(std::move(box));
}

void Builder::commit_mark(std::size_t index, const Box& box) {
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

void Builder::violation_line() {
  const auto y = y_ + row_gap / 2;
  page_.strokes.push_back({{page_margin, y}, {page_.width - page_margin, y}, red, 1.2, true, false});
}

}  // namespace gapless::viz
