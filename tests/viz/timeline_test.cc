#include "viz/timeline.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "executions.h"

using namespace gapless;
using viz::Format;

namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("formats are known by their file's ending") {
  CHECK(viz::format_of("svg") == Format::svg);
  CHECK(viz::format_of("png") == Format::png);
  CHECK(viz::format_of("pdf") == Format::pdf);
  CHECK(viz::format_of("dot") == Format::dot);
  CHECK_FALSE(viz::format_of("gif"));
  CHECK_FALSE(viz::format_of(""));
}

TEST_CASE("svg holds all words, as text") {
  const auto svg = viz::draw(testing::stale_read(), {"withdraw: naive", "2 actors"}, Format::svg);
  CHECK(svg.starts_with("<?xml"));
  CHECK(svg.ends_with("</svg>\n"));
  for (const auto* words :
       {">withdraw: naive</text>", ">2 actors</text>", ">SELECT balance FROM users WHERE id = 1</text>",
        "balance = 100</text>", ">relies on step 1, which is stale</text>",
        ">min(balance) = ", "what was paid left the balance: broken after step 4</text>"}) {
    CAPTURE(words);
    CHECK(contains(svg, words));
  }
  CHECK_FALSE(contains(svg, "transparent"));  // not valid in SVG 1.1
}

TEST_CASE("the page has its margins") {
  const auto svg = viz::draw(testing::stale_read(), {"", ""}, Format::svg);
  // Two lanes: 2 * 26 margin + 30 numbers + 2 * 250 lanes + 26 between them.
  CHECK(contains(svg, "<svg width=\"608pt\""));
}

TEST_CASE("words of markup stay words") {
  auto execution = testing::stale_read();
  execution.steps[0].operation = "SELECT '<b>&amp;\"\\N\\G' <> 'x' && y";
  const auto svg = viz::draw(execution, {"a < b & \"c\"", "\xFF\x01"}, Format::svg);
  CHECK(contains(svg, "&lt;b&gt;&amp;amp;"));
  CHECK(contains(svg, "\\</text>"));  // "\N" is cut in two, so that Graphviz does not make "step 1" of it
  CHECK(contains(svg, ">N\\</text>"));
  CHECK_FALSE(contains(svg, "&quot;step 1"));
  CHECK(contains(svg, "a &lt; b &amp; "));
  CHECK_FALSE(contains(svg, "\xFF"));
  CHECK_FALSE(contains(svg, "\x01"));
}

TEST_CASE("the other formats are what they say") {
  const auto execution = testing::a_wait();
  CHECK(viz::draw(execution, {"", ""}, Format::png).starts_with("\x89PNG"));
  CHECK(viz::draw(execution, {"", ""}, Format::pdf).starts_with("%PDF"));
  const auto dot = viz::draw(execution, {"", ""}, Format::dot);
  CHECK(dot.starts_with("digraph timeline {"));
  CHECK(contains(dot, "\"step 1\""));
}

TEST_CASE("same execution, same bytes") {
  for (const auto format : {Format::svg, Format::png, Format::dot}) {
    CHECK(viz::draw(testing::stale_read(), {"t", "s"}, format) == viz::draw(testing::stale_read(), {"t", "s"}, format));
  }
}

TEST_CASE("several threads draw at the same time") {
  const auto expected = viz::draw(testing::a_wait(), {"t", "s"}, Format::svg);
  std::vector<std::string> pictures(6);
  {
    std::vector<std::jthread> threads;
    for (auto& picture : pictures) {
      threads.emplace_back([&picture] { picture = viz::draw(testing::a_wait(), {"t", "s"}, Format::svg); });
    }
  }
  for (const auto& picture : pictures) CHECK(picture == expected);
}

TEST_CASE("a very long execution still fits an image") {
  const auto png = viz::draw(testing::made_up(3, 4, 700), {"long", ""}, Format::png);
  REQUIRE(png.size() > 24);
  // Bytes 20 to 23 are the height, most significant first; Cairo refuses more than 32,767.
  std::uint32_t height = 0;
  for (std::size_t i = 20; i < 24; ++i) height = height << 8U | static_cast<unsigned char>(png[i]);
  CHECK(height > 10'000);
  CHECK(height <= 32'767);
}
