// The interleavings that can be forced upon a server, as a tree that is made as far as it is needed. What has taken
// place is marked in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/model.h"
#include "model/position.h"
#include "model/schedule.h"

namespace gapless::live {

// What is there at an end: for each database and table the committed rows as sorted lines; then for each keyvalue, as
// if it were a database of one table, its keys.
using Tables = std::vector<std::vector<std::vector<std::string>>>;

// Its statement was sent, and waits.
inline bool waits(const model::Move& move) { return move.way <= model::Move::Way::time_out && !move.observation; }
// What it is, for people: the operation, "!crash", "expire(lock:1)".
std::string text_of(const model::Move& move);

struct Node {
  Node* parent = nullptr;
  model::Move move;  // that leads here; of the root none
  // No move leads here: everybody has finished, and what could still happen (a retry) does not. An end.
  bool stops = false;
  std::vector<std::unique_ptr<Node>> children;
  bool expanded = false;
  std::unique_ptr<model::Position> position;  // until it is expanded
  std::shared_ptr<const Tables> tables;       // of an end
  std::uint64_t open = 0;  // ends below (an end: itself) that have not taken place and are still to be tried; of `grow`

  bool is_end() const { return expanded && children.empty(); }
  // Nothing goes on by itself: an end, or somebody starts, or time passes, or something happens.
  bool is_calm() const { return children.empty() || is_choice(*children.front()); }
  static bool is_choice(const Node& node) {
    return node.move.way != model::Move::Way::resume && node.move.way != model::Move::Way::deadlock;
  }
};

class Tree {
 public:
  // `first` yields the root's position: of forceable branches only.
  Tree(const model::Model& model, std::unique_ptr<model::Position> first);

  Node& root() { return root_; }
  // The greatest number of actors at any place that was expanded.
  std::size_t actors() const { return actors_; }
  void expand(Node& node);
  // All of it, counting; stops beyond `most` ends and says no.
  bool grow(std::uint64_t most);

  // The calm places that `started` leads to without anybody starting anything.
  std::vector<Node*> calm_places(Node& started);
  // The place that is reached at this moment, with the tables of its position: also of an inner node.
  static Tables tables_of(const model::Model& model, const model::Position& position);

 private:
  bool grow(Node& node, std::uint64_t most);

  const model::Model& model_;
  Node root_;
  std::size_t actors_ = 0;
  std::map<Tables, std::shared_ptr<const Tables>> known_tables_;
};

// Of the way to a node.
model::Schedule schedule_to(const Node& node);

// This end has taken place, or is given up: it is no longer open.
void close(Node& end);

}  // namespace gapless::live
