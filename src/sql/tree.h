// The parse tree that PostgreSQL's grammar makes, read so that nothing in it can be overlooked.
//
// A Node remembers which of its fields were asked for. done() refuses the ones that nobody read: they are something
// that was written and that we do not support. Tree::check_complete() makes sure that done() was called on every Node.
//
//   Node select = tree.statement();
//   const auto where = select.child("whereClause");
//   …
//   select.done();   // "WITH is not supported yet", at its place
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "sql/parameters.h"

namespace gapless::sql {

class Tree;

class Node {
 public:
  Node(const Tree& tree, const nlohmann::json& fields, std::string type, Offset outer);

  const std::string& type() const { return type_; }
  bool is(std::string_view type) const { return type_ == type; }
  // Its own place; where the grammar gives it none, that of the first thing in it, or else of what it stands in.
  Offset at() const;
  // Where FOR UPDATE or one of its like stands first from here on, outside parentheses: the grammar gives locking
  // clauses no place.
  Offset place_of_lock() const;

  bool has(std::string_view field) const;                   // does not count as reading it
  void ignore(std::string_view field) const;                // whatever it is, it has no meaning here
  bool flag(std::string_view field) const;                  // absent is false
  std::string text(std::string_view field) const;           // absent is ""
  std::int64_t number(std::string_view field) const;        // absent is 0
  std::optional<Node> child(std::string_view field) const;  // {"field": {"Type": {…}}}
  Node required(std::string_view field) const;              // REQUIRES: has(field)
  // {"field": {…}}: the grammar's own fields whose type goes without saying.
  std::optional<Node> bare(std::string_view field, std::string type) const;
  std::vector<Node> children(std::string_view field) const;  // absent is empty
  // The last element of a list is of this type; does not count as reading it.
  bool last_is(std::string_view field, std::string_view type) const;
  bool last_name_is(std::string_view field, std::string_view name) const;  // of a list of names; not reading it, either
  // A list of names: [{"String": {"sval": "a"}}, …].
  std::vector<std::string> names(std::string_view field) const;

  void done() const;
  [[noreturn]] void refuse(std::string message) const;
  [[noreturn]] void not_supported(std::string_view construct, std::string_view alternative = "",
                                  std::optional<Offset> at = std::nullopt) const;

 private:
  friend class Tree;
  void place_at(std::size_t byte);
  const nlohmann::json* find(std::string_view field) const;  // and counts it as read; null where absent
  Node wrapped(const nlohmann::json& json) const;
  std::string value_text(std::string_view field) const;

  const Tree* tree_;
  const nlohmann::json* fields_;
  std::string type_;
  Offset at_;  // its own place, or that of the nearest node around it that has one
  bool has_place_ = false;
  mutable std::vector<std::string_view> read_;
};

class Tree {
 public:
  // Throws ModelError where the text is not SQL.
  Tree(Source source, const Rewritten& text);
  ~Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  std::vector<Node> statements() const;
  const Source& source() const { return source_; }
  const Rewritten& text() const { return text_; }
  void check_complete() const;

 private:
  friend class Node;
  Source source_;
  const Rewritten& text_;
  std::unique_ptr<const nlohmann::json> json_;
  mutable std::size_t opened_ = 0;
  mutable std::size_t finished_ = 0;
};

// What a node or field of the grammar is to people, and what to write instead.
struct Construct {
  std::string_view name;
  std::string_view alternative;
};
// `field` is empty for a node of its own.
Construct construct_of(std::string_view node, std::string_view field);

}  // namespace gapless::sql
