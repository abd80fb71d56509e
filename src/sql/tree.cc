// libpg_query writes the tree as JSON and leaves defaults out: false, 0, NULL and empty lists are absent.
#include "sql/tree.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "sql/postgres.h"

namespace gapless::sql {

using nlohmann::json;

Tree::Tree(Source source, const Rewritten& text) : source_(std::move(source)), text_(text) {
  const auto parsed = postgres::parse(text_.text);
  if (parsed.error)
    throw ModelError(*source_, text_.source_offset(parsed.error->at), text_.message(parsed.error->message));
  json_ = std::make_unique<const json>(json::parse(parsed.tree, nullptr, false));
  check(!json_->is_discarded(), "libpg_query's tree is JSON");
}

Tree::~Tree() = default;

std::vector<Node> Tree::statements() const {
  std::vector<Node> result;
  const auto list = json_->find("stmts");
  if (list == json_->end()) return result;
  for (const auto& raw : *list) {
    // The grammar gives where the text of a statement begins, white space in front included.
    const auto start = raw.value("stmt_location", 0);
    std::size_t first = static_cast<std::size_t>(start);
    const auto scanned = postgres::scan(std::string_view(text_.text).substr(first));
    if (!scanned.error) {
      const auto token =
          std::ranges::find_if(scanned.tokens, [](const auto& t) { return t.kind != postgres::TokenKind::comment; });
      if (token != scanned.tokens.end()) first += token->begin;
    }
    const json& statement = raw.at("stmt");
    result.emplace_back(*this, statement.begin().value(), statement.begin().key(), 0);
    result.back().place_at(first);
  }
  return result;
}

void Tree::check_complete() const { check(opened_ == finished_, "every node of a parse tree is read completely"); }

Node::Node(const Tree& tree, const json& fields, std::string type, Offset outer)
    : tree_(&tree), fields_(&fields), type_(std::move(type)), at_(outer) {
  ++tree.opened_;
  if (const auto place = fields.find("location"); place != fields.end() && place->get<std::int64_t>() >= 0)
    place_at(place->get<std::size_t>());
}

void Node::place_at(std::size_t byte) {
  at_ = tree_->text_.source_offset(byte);
  has_place_ = true;
}

// Without recursion: the tree may be as deep as the grammar lets it be.
Offset Node::at() const {
  if (has_place_) return at_;
  std::size_t first = tree_->text_.text.size();
  std::vector<const json*> open = {fields_};
  while (!open.empty()) {
    const json& value = *open.back();
    open.pop_back();
    if (value.is_object()) {
      const auto place = value.find("location");
      if (place != value.end() && place->get<std::int64_t>() >= 0) first = std::min(first, place->get<std::size_t>());
    }
    for (const auto& inner : value) {
      if (inner.is_structured()) open.push_back(&inner);
    }
  }
  return first == tree_->text_.text.size() ? at_ : tree_->text_.source_offset(first);
}

Offset Node::place_of_lock() const {
  const std::string& text = tree_->text_.text;
  const auto scanned = postgres::scan(text);
  const auto word = [&](std::size_t i) {
    std::string result;
    if (i >= scanned.tokens.size() || scanned.tokens[i].kind != postgres::TokenKind::keyword) return result;
    for (std::size_t at = scanned.tokens[i].begin; at < scanned.tokens[i].end; ++at)
      result += static_cast<char>(text[at] >= 'A' && text[at] <= 'Z' ? text[at] - 'A' + 'a' : text[at]);
    return result;
  };
  const Offset begin = at();
  int depth = 0;
  for (std::size_t i = 0; i < scanned.tokens.size(); ++i) {
    const auto& token = scanned.tokens[i];
    const Offset place = tree_->text_.source_offset(token.begin);
    if (place < begin) continue;
    const bool bracket = token.kind == postgres::TokenKind::character;
    if (bracket && text[token.begin] == '(') ++depth;
    if (bracket && text[token.begin] == ')') --depth;
    const std::string next = word(i + 1);
    if (depth <= 0 && word(i) == "for" && (next == "update" || next == "share" || next == "no" || next == "key"))
      return place;
  }
  return begin;
}

const json* Node::find(std::string_view field) const {
  const auto found = fields_->find(field);
  if (found == fields_->end()) return nullptr;
  read_.push_back(field);
  return &*found;
}

bool Node::has(std::string_view field) const { return fields_->contains(field); }

void Node::ignore(std::string_view field) const { find(field); }

bool Node::flag(std::string_view field) const {
  const json* value = find(field);
  return value != nullptr && value->get<bool>();
}

std::string Node::text(std::string_view field) const {
  const json* value = find(field);
  return value != nullptr ? value->get<std::string>() : std::string();
}

std::int64_t Node::number(std::string_view field) const {
  const json* value = find(field);
  return value != nullptr ? value->get<std::int64_t>() : 0;
}

// {"Type": {…}}, and {} for a null in a list.
Node Node::wrapped(const json& value) const {
  check(value.is_object() && value.size() <= 1, "a node of the tree is an object of one type");
  if (value.empty()) return {*tree_, value, "", at_};
  return {*tree_, value.begin().value(), value.begin().key(), at_};
}

std::optional<Node> Node::child(std::string_view field) const {
  const json* value = find(field);
  if (value == nullptr) return std::nullopt;
  return wrapped(*value);
}

Node Node::required(std::string_view field) const {
  auto node = child(field);
  check(node.has_value(), "the grammar always fills a required field");
  return std::move(*node);
}

std::optional<Node> Node::bare(std::string_view field, std::string type) const {
  const json* value = find(field);
  if (value == nullptr) return std::nullopt;
  return Node(*tree_, *value, std::move(type), at_);
}

std::vector<Node> Node::children(std::string_view field) const {
  std::vector<Node> result;
  const json* list = find(field);
  if (list == nullptr) return result;
  result.reserve(list->size());
  for (const auto& value : *list) result.push_back(wrapped(value));
  return result;
}

bool Node::last_is(std::string_view field, std::string_view type) const {
  const auto list = fields_->find(field);
  return list != fields_->end() && !list->empty() && list->back().contains(type);
}

bool Node::last_name_is(std::string_view field, std::string_view name) const {
  const auto list = fields_->find(field);
  if (list == fields_->end() || list->empty() || !list->back().contains("String")) return false;
  return list->back()["String"].value("sval", "") == name;
}

std::vector<std::string> Node::names(std::string_view field) const {
  std::vector<std::string> result;
  for (const Node& name : children(field)) {
    if (!name.is("String")) name.not_supported(construct_of(name.type(), "").name);
    result.push_back(name.text("sval"));
    name.done();
  }
  return result;
}

void Node::done() const {
  for (const auto& [field, value] : fields_->items()) {
    if (field == "location" || std::ranges::find(read_, field) != read_.end()) continue;
    // Point at what was not read, if it knows where it stands.
    const Offset at = value.is_structured() ? Node(*tree_, value, "", this->at()).at() : this->at();
    const Construct construct = construct_of(type_, field);
    std::string message = std::string(construct.name) + " is not supported yet";
    if (!construct.alternative.empty()) message += ": " + std::string(construct.alternative);
    throw ModelError(*tree_->source_, at, std::move(message));
  }
  ++tree_->finished_;
}

void Node::refuse(std::string message) const { throw ModelError(*tree_->source_, at(), std::move(message)); }

void Node::not_supported(std::string_view construct, std::string_view alternative, std::optional<Offset> at) const {
  std::string message = std::string(construct) + " is not supported yet";
  if (!alternative.empty()) message += ": " + std::string(alternative);
  throw ModelError(*tree_->source_, at.value_or(this->at()), std::move(message));
}

}  // namespace gapless::sql
