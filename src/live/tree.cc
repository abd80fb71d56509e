#include "live/tree.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "live/compare.h"
#include "live/keyspace.h"

namespace gapless::live {
namespace {

// An interleaving may end before it.
bool is_fault(const model::Move& move) {
  using Way = model::Move::Way;
  return move.way == Way::crash || move.way == Way::duplicate || (move.way == Way::again && move.what == "!retry");
}

}  // namespace

std::string text_of(const model::Move& move) {
  if (move.way > model::Move::Way::time_out) return move.what;
  const auto is_call = move.operation.kind == store::Operation::Kind::call;
  return store::to_string(move.operation) + (is_call ? move.what : "");
}

Tree::Tree(const model::Model& model, std::unique_ptr<model::Position> first) : model_(model) {
  root_.position = std::move(first);
}

void Tree::expand(Node& node) {
  if (node.expanded) return;
  const auto& moves = node.position->moves();
  actors_ = std::max(actors_, node.position->actors());
  if (std::ranges::all_of(moves, is_fault)) {
    auto tables = tables_of(model_, *node.position);
    auto& known = known_tables_[tables];
    if (!known) known = std::make_shared<const Tables>(std::move(tables));
    auto* end = &node;
    if (!moves.empty()) {
      end = node.children.emplace_back(std::make_unique<Node>()).get();
      end->parent = &node;
      end->stops = true;
      end->expanded = true;
    }
    end->tables = known;
  }
  for (std::size_t move = 0; move < moves.size(); ++move) {
    auto child = std::make_unique<Node>();
    child->parent = &node;
    child->move = moves[move];
    child->position = node.position->after(move);
    node.children.push_back(std::move(child));
  }
  node.expanded = true;
  node.position.reset();
}

bool Tree::grow(std::uint64_t most) { return grow(root_, most); }

bool Tree::grow(Node& node, std::uint64_t most) {
  expand(node);
  if (node.is_end()) {
    for (auto* above = &node; above != nullptr; above = above->parent) ++above->open;
    return root_.open <= most;
  }
  return std::ranges::all_of(node.children, [&](const auto& child) { return grow(*child, most); });
}

std::vector<Node*> Tree::calm_places(Node& started) {
  expand(started);
  if (started.is_calm()) return {&started};
  std::vector<Node*> places;
  for (auto& child : started.children) std::ranges::copy(calm_places(*child), std::back_inserter(places));
  return places;
}

Tables Tree::tables_of(const model::Model& model, const model::Position& position) {
  Tables tables;
  for (std::size_t database = 0; database < model.databases.size(); ++database) {
    auto& lines = tables.emplace_back();
    const auto& catalog = model.databases[database].catalog;
    const auto rows = position.tables(database);
    for (std::size_t table = 0; table < catalog.tables.size(); ++table) {
      lines.push_back(sorted_lines(catalog.tables[table], rows[table]));
    }
  }
  for (std::size_t number = 0; number < model.keyvalues.size(); ++number) {
    tables.push_back({Keyspace::lines(position.keyvalue(number))});
  }
  return tables;
}

model::Schedule schedule_to(const Node& node) {
  model::Schedule schedule;
  for (const auto* step = &node; step->parent != nullptr; step = step->parent)
    if (!step->stops) schedule.steps.emplace_back(step->move.actor, step->move.what);
  std::ranges::reverse(schedule.steps);
  return schedule;
}

void close(Node& end) {
  check(end.is_end() && end.open == 1, "an end is closed once");
  for (auto* node = &end; node != nullptr; node = node->parent) --node->open;
}

}  // namespace gapless::live
