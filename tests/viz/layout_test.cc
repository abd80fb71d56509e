#include "viz/layout.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "../report/runs.h"
#include "executions.h"
#include "viz/measure.h"

using namespace gapless;
using namespace gapless::viz;

namespace {

const Box& box_named(const Page& page, const std::string& name) {
  const auto box = std::ranges::find(page.boxes, name, &Box::name);
  REQUIRE_MESSAGE(box != page.boxes.end(), "no box " << name);
  return *box;
}

double bottom(const Box& box) { return box.corner.y + box.height; }
double right(const Box& box) { return box.corner.x + box.width; }
double centre(const Box& box) { return box.corner.x + box.width / 2; }

bool overlap(const Box& a, const Box& b) {
  return a.corner.x < right(b) && b.corner.x < right(a) && a.corner.y < bottom(b) && b.corner.y < bottom(a);
}

std::vector<std::string> texts(const Box& box) {
  std::vector<std::string> result;
  for (const auto& line : box.lines) result.push_back(line.text);
  return result;
}

bool is_mark(const Box& box) { return box.name.starts_with("commit"); }  // sits on a step's border on purpose

// What makes a page readable, whatever is on it.
void check_readable(const Page& page) {
  std::set<std::string> names;
  for (const auto& box : page.boxes) {
    CAPTURE(box.name);
    CHECK(names.insert(box.name).second);
    CHECK(box.corner.x >= 0);
    CHECK(box.corner.y >= 0);
    CHECK(right(box) <= page.width);
    CHECK(bottom(box) <= page.height);
    CHECK(static_cast<double>(box.lines.size()) * line_height(box.font_size) <= box.height + 8.01);
    for (const auto& line : box.lines) {
      if (!is_mark(box)) CHECK(text_width(line.text, box.font_size, line.bold) <= box.width);
    }
  }
  for (std::size_t i = 0; i < page.boxes.size(); ++i) {
    for (std::size_t j = i + 1; j < page.boxes.size(); ++j) {
      if (is_mark(page.boxes[i]) || is_mark(page.boxes[j])) continue;
      CAPTURE(page.boxes[i].name);
      CAPTURE(page.boxes[j].name);
      CHECK_FALSE(overlap(page.boxes[i], page.boxes[j]));
    }
  }
}

}  // namespace

TEST_CASE("a lane an actor, time downward") {
  const auto page = lay_out(testing::stale_read(), {"title", "subtitle"});
  check_readable(page);
  CHECK(centre(box_named(page, "step 1")) == centre(box_named(page, "actor 1")));
  CHECK(centre(box_named(page, "step 4")) == centre(box_named(page, "actor 1")));
  CHECK(centre(box_named(page, "step 2")) == centre(box_named(page, "actor 2")));
  CHECK(right(box_named(page, "actor 1")) < box_named(page, "actor 2").corner.x);
  for (int i = 1; i < 4; ++i) {
    CHECK(bottom(box_named(page, "step " + std::to_string(i))) <
          box_named(page, "step " + std::to_string(i + 1)).corner.y);
  }
  CHECK(bottom(box_named(page, "step 4")) < box_named(page, "violated").corner.y);
}

TEST_CASE("each box says what was done and what came of it") {
  const auto page = lay_out(testing::stale_read(), {"title", "subtitle"});
  CHECK(texts(box_named(page, "title")) == std::vector<std::string>{"title"});
  CHECK(texts(box_named(page, "actor 2")) == std::vector<std::string>{"2 withdraw(50)"});
  CHECK(texts(box_named(page, "step 1")) ==
        std::vector<std::string>{"SELECT balance FROM users WHERE id = 1", "→ balance = 100"});
  const auto last = texts(box_named(page, "step 4"));
  CHECK(std::ranges::count(last, "relies on step 1, which is stale") == 1);
  CHECK(std::ranges::count(last, "⇒ 200") == 1);
  CHECK(texts(box_named(page, "violated")) ==
        std::vector<std::string>{"✗ what was paid left the balance: broken after step 4", "min(balance) = -50"});
}

TEST_CASE("an arrow leads from the write to the lane of the reader, which is red from read to use") {
  const auto page = lay_out(testing::stale_read(), {"", ""});
  const auto& write = box_named(page, "step 3");
  const auto& read = box_named(page, "step 1");
  const auto& use = box_named(page, "step 4");
  const auto arrow = std::ranges::find_if(page.strokes, [](const Stroke& s) { return s.arrow && s.from.y == s.to.y; });
  REQUIRE(arrow != page.strokes.end());
  CHECK(arrow->from.x == write.corner.x);
  CHECK(arrow->from.y == write.corner.y + write.height / 2);
  CHECK(arrow->to.x == doctest::Approx(centre(read)).epsilon(0.02));
  const auto red_lane = std::ranges::find_if(page.strokes, [&](const Stroke& s) {
    return s.colour == arrow->colour && s.from.x == centre(read) && s.from.y == bottom(read) && s.to.y == use.corner.y;
  });
  CHECK(red_lane != page.strokes.end());
  CHECK(box_named(page, "step 1").lines.back().colour == arrow->colour);
  CHECK(use.border == arrow->colour);
  CHECK(texts(box_named(page, "stale at step 3 for 1")) == std::vector<std::string>{"balance = 100", "→ balance = 50"});
}

TEST_CASE("a wait is hatched from its start to where it goes on, and there is no lane under it") {
  const auto page = lay_out(testing::a_wait(), {"", ""});
  const auto& start = box_named(page, "step 2");
  const auto& resume = box_named(page, "step 4");
  std::size_t slanted = 0;
  for (const auto& stroke : page.strokes) {
    const bool is_slanted = stroke.from.x != stroke.to.x && stroke.from.y != stroke.to.y;
    if (is_slanted) {
      ++slanted;
      CHECK(stroke.to.y >= bottom(start) - 0.01);
      CHECK(stroke.from.y <= resume.corner.y + 0.01);
    }
    const bool is_lane = stroke.from.x == centre(start) && stroke.to.x == centre(start);
    if (is_lane) CHECK((stroke.to.y <= start.corner.y || stroke.from.y >= bottom(resume)));
  }
  CHECK(slanted >= 5);
  CHECK(texts(start).back() == "waits for 1");
  CHECK(texts(resume).front() == "… goes on: SELECT 1 FOR UPDATE");
}

TEST_CASE("who commits is marked") {
  const auto page = lay_out(testing::stale_read(), {"", ""});
  CHECK(std::ranges::count_if(page.boxes, is_mark) == 2);
  CHECK(box_named(page, "commit at step 3").corner.x > centre(box_named(page, "step 3")));
}

TEST_CASE("a violation in the middle has a line under its step") {
  auto execution = testing::stale_read();
  execution.violated_at = 1;
  const auto page = lay_out(execution, {"", ""});
  const auto line = std::ranges::find(page.strokes, true, &Stroke::dashed);
  REQUIRE(line != page.strokes.end());
  CHECK(line->from.y > bottom(box_named(page, "step 2")));
  CHECK(line->from.y < box_named(page, "step 3").corner.y);
}

TEST_CASE("only actors that step have a lane") {
  auto execution = testing::stale_read();
  execution.actors.resize(50, "withdraw(50)");
  const auto page = lay_out(execution, {"", ""});
  CHECK(std::ranges::count_if(page.boxes, [](const Box& box) { return box.name.starts_with("actor"); }) == 2);
}

TEST_CASE("what happens to the world is a line across all lanes, between the steps before and after it") {
  const auto page = lay_out(testing::lease_execution(), {"title", ""});
  check_readable(page);
  const auto& world = box_named(page, "step 3");
  CHECK(texts(world) == std::vector<std::string>{"lock:SAVE50 expires"});
  const auto line = std::ranges::find_if(page.strokes, [&](const Stroke& stroke) {
    return stroke.from.y == stroke.to.y && stroke.from.y == world.corner.y + world.height / 2;
  });
  REQUIRE(line != page.strokes.end());
  CHECK(line->from.x < box_named(page, "actor 1").corner.x);
  CHECK(line->to.x == right(box_named(page, "actor 2")));
  CHECK(bottom(box_named(page, "step 2")) < world.corner.y);
  CHECK(bottom(world) < box_named(page, "step 4").corner.y);
  const auto legend = texts(box_named(page, "legend"));
  CHECK(std::ranges::count(legend, "line across: nobody's step") == 1);
  CHECK(lay_out(testing::only_the_world_moves(), {"", ""}).height > 0);
}

TEST_CASE("a crash is a cross, where the lane ends; it begins again where the request is run again") {
  const auto page = lay_out(testing::lease_execution(), {"title", ""});
  const auto& crash = box_named(page, "step 5");
  const auto& again = box_named(page, "step 7");
  CHECK(texts(crash) == std::vector<std::string>{"crashes"});
  CHECK(texts(again) == std::vector<std::string>{"↻ is sent again by its client"});
  const auto x = centre(box_named(page, "actor 2"));
  const auto middle = crash.corner.y + crash.height / 2;
  std::size_t cross = 0;
  bool goes_in = false;
  bool goes_out = false;
  for (const auto& stroke : page.strokes) {
    const bool is_slanted = stroke.from.x != stroke.to.x && stroke.from.y != stroke.to.y;
    if (is_slanted && (stroke.from.x + stroke.to.x) / 2 == x && (stroke.from.y + stroke.to.y) / 2 == middle) ++cross;
    if (stroke.from.x != x || stroke.to.x != x) continue;
    goes_in = goes_in || stroke.to.y == middle;
    goes_out = goes_out || (stroke.from.y >= middle && stroke.from.y < again.corner.y);
  }
  CHECK(cross == 2);
  CHECK(goes_in);
  CHECK_FALSE(goes_out);
  CHECK(crash.corner.x > x);
}

TEST_CASE("a lane of an actor that comes into being begins there, with an arrow from the step that made it") {
  const auto page = lay_out(testing::messages_execution(), {"title", ""});
  check_readable(page);
  const std::pair<const char*, const char*> made[] = {{"step 2", "actor 2"}, {"step 3", "actor 3"}};
  for (const auto& [step_name, actor_name] : made) {
    const auto& step = box_named(page, step_name);
    const auto& actor = box_named(page, actor_name);
    CHECK(actor.corner.y >= step.corner.y);
    CHECK(bottom(actor) <= bottom(step));
    const auto arrow = std::ranges::find_if(page.strokes, [&](const Stroke& stroke) {
      return stroke.arrow && stroke.dashed && stroke.from.x == right(step) && stroke.to.x == actor.corner.x;
    });
    CHECK(arrow != page.strokes.end());
    for (const auto& stroke : page.strokes) {
      const bool is_lane = stroke.from.x == centre(actor) && stroke.to.x == centre(actor);
      if (is_lane) CHECK(stroke.from.y >= bottom(actor));
    }
  }
  CHECK(box_named(page, "actor 1").corner.y < box_named(page, "step 1").corner.y);
  CHECK(texts(box_named(page, "step 3")) == std::vector<std::string>{"is received twice"});
  CHECK(std::ranges::count(texts(box_named(page, "step 1")), "→ unknown (lost_done)") == 1);
}

TEST_CASE("an execution without steps") {
  model::Execution execution;
  execution.actors = {"a", "b"};
  execution.violated = "never";
  const auto page = lay_out(execution, {"title", ""});
  check_readable(page);
  CHECK(texts(box_named(page, "violated")).front() == "✗ never: broken before the first step");
}

TEST_CASE("readable at 4 actors with 8 steps each, and at anything else") {
  check_readable(lay_out(testing::made_up(1, 4, 32), {"title", "subtitle"}));
  for (std::uint64_t seed = 2; seed < 30; ++seed) {
    CAPTURE(seed);
    check_readable(lay_out(testing::made_up(seed, 1 + seed % 7, seed % 13), {"a title", "a subtitle"}));
  }
}
