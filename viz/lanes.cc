// What runs from row to row: each actor's line, hatched while it waits, red while it goes by what is stale. It ends
// where the request responds or crashes, and begins again where it is run again.
#include <algorithm>
#include <utility>

#include "model/words.h"
#include "viz/builder.h"

namespace gapless::viz {

using model::Staleness;

void Builder::lanes() {
  for (const auto actor : actors_) lane(actor);
  for (auto& mark : marks_) page_.boxes.push_back(std::move(mark));
}

void Builder::lane(std::size_t actor) {
  double from = created_by_[actor] ? begins_[actor] : lanes_top_;
  std::optional<std::size_t> last;
  for (std::size_t i = 0; i < execution_.steps.size(); ++i) {
    if (execution_.steps[i].actor != actor) continue;
    const bool crashes = execution_.steps[i].kind == model::Step::Kind::crash;
    segment(actor, last, i, from, crashes ? (tops_[i] + bottoms_[i]) / 2 : tops_[i]);  // up to the cross
    from = bottoms_[i];
    last = i;
  }
  const bool finished = last && model::ends_lane(execution_.steps[*last]);
  if (!finished) segment(actor, last, execution_.steps.size(), from, lanes_bottom_);
}

// Between two boxes of one lane: waiting, going by what is stale, or just going on.
void Builder::segment(std::size_t actor, std::optional<std::size_t> last, std::size_t next, double from, double to) {
  if (last && model::ends_lane(execution_.steps[*last])) return;
  if (last && execution_.steps[*last].starts_waiting) return hatch(lane_centre(actor), from, to);
  const bool is_stale =
      last && std::ranges::any_of(execution_.stale, [&](const Staleness& stale) {
        return execution_.steps[stale.read].actor == actor && stale.read <= *last && next <= stale.use;
      });
  const Point top{lane_centre(actor), from};
  const Point bottom{lane_centre(actor), to};
  page_.strokes.push_back({top, bottom, is_stale ? red : colours_of(actor).strong, is_stale ? 3.0 : 1.2, false, false});
}

void Builder::hatch(double centre, double from, double to) {
  constexpr double half_width = 6;
  constexpr double distance = 7;
  const auto stroke = [&](Point a, Point b) { page_.strokes.push_back({a, b, amber, 0.9, false, false}); };
  stroke({centre - half_width, from}, {centre - half_width, to});
  stroke({centre + half_width, from}, {centre + half_width, to});
  for (double y = from + 2 * half_width; y <= to; y += distance) {
    stroke({centre - half_width, y}, {centre + half_width, y - 2 * half_width});
  }
}

void Builder::time_arrow() {
  if (execution_.steps.empty()) return;
  const auto x = page_margin + (number_width - 10) / 2;
  page_.strokes.push_back({{x, lanes_top_ - 6}, {x, lanes_bottom_}, pale, 1, false, true});
}

}  // namespace gapless::viz
