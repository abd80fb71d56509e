// What was on one line and fits stays there; everything else has its block's items on lines of their own. Invariants
// that stand together are written as a table.
#include "scenario/format/printer.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "scenario/format/lines.h"

namespace gapless::scenario::format {
namespace {

using Items = std::vector<Item>;

class Printer {
 public:
  explicit Printer(std::string_view source) : source_(source) {}

  std::string run(const Items& items) {
    print_items(items, 0, false);
    return std::move(lines_.take()) + "\n";
  }

 private:
  // How far the keyword and the title of an invariant are drawn out.
  struct Table {
    int keyword = 0;
    int head = 0;
  };

  void print_items(const Items& items, int indent, bool airy);
  void print_item(const Item& item, int indent, const Table& table);
  void print_parts(const Item& item, int indent, const Table& table);
  void print_head(const Part& part, int indent, const Table& table, bool broken);
  void print_block(const Part& part, int indent);
  void print_comments(const std::vector<Piece>& comments);

  std::optional<std::string> flat(const Item& item, const Table& table) const;
  std::optional<std::string> flat_block(const Part& part) const;
  std::optional<std::string> flat_head(const Part& part, const Table& table) const;
  bool is_flat(const Part& part) const;
  std::vector<Table> tables(const Items& items) const;
  void align(const Items& items, std::size_t begin, std::size_t end, std::vector<Table>& tables) const;

  std::string_view text_of(const Piece& piece) const { return source_.substr(piece.begin, piece.end - piece.begin); }
  std::string_view keyword(const Item& item) const { return text_of(item.parts.front().head.front()); }
  bool is_invariant(const Item& item) const {
    return !item.comment && item.parts.size() == 1 && item.parts.front().head.size() == 2 &&
           (keyword(item) == "always" || keyword(item) == "finally" || keyword(item) == "history");
  }
  int gap_before(const Piece& comment) const;

  std::string_view source_;
  Lines lines_;
};

// ----------------------------------------------------------------------------------------------- on one line

bool has_breaks(const Part& part) {
  return std::ranges::any_of(part.head, [](const auto& piece) { return piece.before == Piece::Before::clause; });
}

bool Printer::is_flat(const Part& part) const {
  if (part.several_lines && has_breaks(part)) return false;
  return std::ranges::none_of(part.head, [&](const auto& piece) {
    return piece.before == Piece::Before::line || piece.ends_with_comment || has_lines(source_, piece);
  });
}

std::string padded(std::string text, int width) {
  while (width_of(text) < width) text += ' ';
  return text;
}

std::optional<std::string> Printer::flat_head(const Part& part, const Table& table) const {
  if (!is_flat(part)) return std::nullopt;
  std::string text;
  for (std::size_t i = 0; i < part.head.size(); ++i) {
    if (i == 1) text = padded(std::move(text), table.keyword);
    if (i > 0 && part.head[i].before != Piece::Before::nothing) text += ' ';
    text += text_of(part.head[i]);
  }
  return padded(std::move(text), table.head);
}

std::optional<std::string> Printer::flat_block(const Part& part) const {
  if (!part.one_line) return std::nullopt;
  std::string text = "{ ";
  for (const auto& item : part.items) {
    const auto inner = flat(item, {});
    if (!inner) return std::nullopt;
    text += *inner;
    for (const auto& comment : item.trailing) text += ' ' + std::string(text_of(comment));
    text += ' ';
  }
  return text + "}";
}

// Null where it takes several lines.
std::optional<std::string> Printer::flat(const Item& item, const Table& table) const {
  std::string text;
  for (const auto& part : item.parts) {
    const auto head = flat_head(part, table);
    if (!head) return std::nullopt;
    text += (text.empty() || head->empty() ? "" : " ") + *head;
    if (!part.has_block) continue;
    const auto block = flat_block(part);
    if (!block) return std::nullopt;
    text += (text.empty() ? "" : " ") + *block;
  }
  return text + (item.semicolon ? ";" : "");
}

// ------------------------------------------------------------------------------------------------- invariants

// For each item of the file how it is drawn out.
std::vector<Printer::Table> Printer::tables(const Items& items) const {
  std::vector<Table> tables(items.size());
  for (std::size_t begin = 0; begin < items.size();) {
    std::size_t end = begin;
    int keyword_width = 0;
    const auto goes_on = [&](const Item& item) { return is_invariant(item) || (end > begin && item.comment); };
    for (; end < items.size() && goes_on(items[end]) && (end == begin || !items[end].blank_before); ++end) {
      if (is_invariant(items[end])) keyword_width = std::max(keyword_width, width_of(keyword(items[end])));
    }
    for (std::size_t i = begin; i < end; ++i) {
      if (is_invariant(items[i])) tables[i].keyword = keyword_width;
    }
    align(items, begin, end, tables);
    begin = std::max(end, begin + 1);
  }
  return tables;
}

// Blocks begin in one column in those on one line that stand together, if their author has drawn out any of them.
void Printer::align(const Items& items, std::size_t begin, std::size_t end, std::vector<Table>& tables) const {
  const auto on_one_line = [&](std::size_t i) {
    if (!is_invariant(items[i])) return false;
    const auto text = flat(items[i], tables[i]);
    return text && width_of(*text) <= widest_line;
  };
  while (begin < end) {
    if (!on_one_line(begin)) {
      ++begin;
      continue;
    }
    std::size_t last = begin;
    int width = 0;
    bool drawn_out = false;
    for (; last < end && on_one_line(last); ++last) {
      const Part& part = items[last].parts.front();
      width = std::max(width, width_of(*flat_head(part, tables[last])));
      drawn_out = drawn_out || source_.substr(part.head.back().end, 2) == "  ";
    }
    const auto fits = [&](std::size_t i) {
      return width_of(*flat(items[i], {tables[i].keyword, width})) <= widest_line;
    };
    for (std::size_t i = begin; i < last; ++i) drawn_out = drawn_out && fits(i);
    for (std::size_t i = begin; i < last && drawn_out; ++i) tables[i].head = width;
    begin = last;
  }
}

// ------------------------------------------------------------------------------------------- on several lines

void Printer::print_items(const Items& items, int indent, bool airy) {
  const auto drawn_out = indent == 0 ? tables(items) : std::vector<Table>(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool first = i == 0;
    if (items[i].blank_before && (first ? airy : true)) lines_.blank_line();
    lines_.begin_line(indent);
    print_item(items[i], indent, drawn_out[i]);
  }
}

void Printer::print_item(const Item& item, int indent, const Table& table) {
  const auto one_line = flat(item, table);
  if (one_line && indent + width_of(*one_line) <= widest_line) {
    lines_.add(*one_line);
  } else {
    print_parts(item, indent, table);
  }
  print_comments(item.trailing);
}

void Printer::print_parts(const Item& item, int indent, const Table& table) {
  const bool has_schema = item.parts.size() > 1 && item.parts.front().has_clauses;
  for (const auto& part : item.parts) {
    const auto before = part.head.empty() ? Piece::Before::nothing : part.head.front().before;
    const bool on_new_line = before == Piece::Before::line || (has_schema && before == Piece::Before::clause);
    if (&part != &item.parts.front() && !on_new_line && !part.head.empty()) lines_.add(" ");
    print_head(part, indent, table, has_schema);
    if (!part.has_block) continue;
    if (lines_.column() > lines_.indent()) lines_.add(" ");
    const auto block = item.parts.size() == 1 || has_schema ? flat_block(part) : std::nullopt;
    const bool is_schema = has_schema && &part != &item.parts.back();
    if (block && lines_.column() + width_of(*block) <= widest_line) {
      lines_.add(*block);
    } else {
      print_block(part, is_schema ? lines_.indent() : indent);
    }
  }
  if (item.semicolon) lines_.add(";");
}

void Printer::print_head(const Part& part, int indent, const Table& table, bool broken) {
  constexpr int hang = 4;
  if (const auto text = flat_head(part, {table.keyword, 0});
      text && (!has_breaks(part) || (!broken && lines_.column() + width_of(*text + " {") <= widest_line))) {
    return lines_.add(*text);
  }
  bool new_line = false;
  for (std::size_t i = 0; i < part.head.size(); ++i) {
    const Piece& piece = part.head[i];
    const bool begins_line = piece.before == Piece::Before::clause || piece.before == Piece::Before::line;
    if (new_line || begins_line) {
      lines_.begin_line(indent + piece.hang);
    } else if (piece.before == Piece::Before::blank) {
      lines_.add(i == 1 ? padded(" ", table.keyword - width_of(text_of(part.head.front())) + 1) : " ");
    }
    if (piece.kind == Piece::Kind::word) lines_.add(text_of(piece));
    if (piece.kind != Piece::Kind::word) add_stretch(lines_, source_, piece, indent + indentation);
    new_line = piece.ends_with_comment;
  }
  if (new_line) lines_.begin_line(part.has_block ? indent : indent + hang);
}

void Printer::print_block(const Part& part, int indent) {
  lines_.add("{");
  print_comments(part.opening);
  if (part.items.empty() && part.opening.empty()) return lines_.add(" }");
  print_items(part.items, indent + indentation, part.airy);
  lines_.begin_line(indent);
  lines_.add("}");
}

// At the end of a line, as far from it as their author wanted.
void Printer::print_comments(const std::vector<Piece>& comments) {
  for (const auto& comment : comments) {
    lines_.add(std::string(static_cast<std::size_t>(gap_before(comment)), ' '));
    add_stretch(lines_, source_, comment, 0);
  }
}

int Printer::gap_before(const Piece& comment) const {
  std::size_t end = comment.begin;
  while (end > 0 && is_space(source_[end - 1]) && source_[end - 1] != '\n') --end;
  return std::max(1, column_of(source_, comment.begin) - column_of(source_, end));
}

}  // namespace

std::string print(std::string_view source, const Items& items) { return Printer(source).run(items); }

}  // namespace gapless::scenario::format
