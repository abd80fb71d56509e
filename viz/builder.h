// How a page comes about, from the top down. Internal to layout.cc (what stands above and below the lanes), steps.cc
// (a row a step) and lanes.cc (what runs from row to row).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "viz/layout.h"
#include "viz/measure.h"

namespace gapless::viz {

inline constexpr double page_margin = 26;
inline constexpr double number_width = 30;  // left of the first lane: the steps' numbers
inline constexpr double lane_gap = 26;
inline constexpr double row_gap = 13;
inline constexpr double text_size = 10;
inline constexpr double small_size = 8.5;

inline constexpr std::string_view ink = "#1f2937";
inline constexpr std::string_view grey = "#6b7280";
inline constexpr std::string_view pale = "#d1d5db";
inline constexpr std::string_view red = "#dc2626";
inline constexpr std::string_view pale_red = "#fef2f2";
inline constexpr std::string_view amber = "#b45309";
inline constexpr std::string_view pale_amber = "#fffbeb";
inline constexpr std::string_view green = "#15803d";
inline constexpr std::string_view white = "#ffffff";

struct Colours {
  std::string_view strong;
  std::string_view faint;
};
// Red is for what goes wrong, amber for waiting and for what the world does; neither is anybody's colour.
Colours colours_of(std::size_t actor);

void add_lines(std::vector<TextLine>& lines, std::string_view text, double width, double size, std::string_view colour,
               bool bold, std::size_t most_lines);
double height_of(const std::vector<TextLine>& lines, double size);

class Builder {
 public:
  Builder(const model::Execution& execution, const Caption& caption);
  Page make();

 private:
  double inner_width() const { return page_.width - 2 * page_margin; }
  double lane_left(std::size_t actor) const;
  double lane_centre(std::size_t actor) const { return lane_left(actor) + lane_width_ / 2; }

  // layout.cc
  void paragraph(std::string name, std::string_view text, double size, std::string_view colour, bool bold);
  void caption();
  void headers();
  Box header(std::size_t actor) const;
  void verdict();
  void legend();

  // steps.cc
  struct Arrow {
    std::size_t reader = 0;
    std::vector<TextLine> lines;
  };
  void rows();
  double row(std::size_t index);  // its height
  double world_row(std::size_t index);
  double crash_row(std::size_t index);
  double step_row(std::size_t index);
  void created(std::size_t index, Box header, double middle);
  void number(std::size_t index, double middle);
  void violation_line();
  Box step_box(std::size_t index) const;
  std::vector<TextLine> words(std::size_t index) const;
  std::vector<TextLine> operation_words(std::size_t index) const;
  std::vector<Arrow> arrows_from(std::size_t write) const;
  void stale_arrow(std::size_t write, const Arrow& arrow, double middle);
  void commit_mark(std::size_t index, const Box& box);
  const model::Staleness* find_stale(std::size_t step, std::size_t model::Staleness::*which) const;

  // lanes.cc
  void lanes();
  void lane(std::size_t actor);
  void segment(std::size_t actor, std::optional<std::size_t> last, std::size_t next, double from, double to);
  void hatch(double centre, double from, double to);
  void time_arrow();

  const model::Execution& execution_;
  const Caption& caption_;
  std::vector<std::size_t> actors_;
  std::vector<std::optional<std::size_t>> created_by_;  // for each actor, from 1: the step that made it
  double lane_width_ = 0;
  double y_ = 0;
  double lanes_top_ = 0;
  double lanes_bottom_ = 0;
  std::vector<double> tops_;  // of the steps' boxes
  std::vector<double> bottoms_;
  std::vector<double> begins_;  // where the lane of an actor that was made begins, by actor
  std::vector<Box> marks_;      // over the boxes
  Page page_;
};

}  // namespace gapless::viz
