// A scenario as its layout sees it: blocks of items, and in front of each block a head of words. What is SQL, or
// another store's language, is a stretch that is kept as written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/format/lexer.h"

namespace gapless::scenario::format {

// A word, a stretch or a comment, as bytes [begin, end) of the source.
struct Piece {
  enum class Kind : std::uint8_t { word, stretch, comment };
  enum class Before : std::uint8_t {
    nothing,
    blank,
    clause,  // begins a line where the head takes several
    line,    // its author has begun a line here
  };

  Kind kind = Kind::word;
  std::size_t begin = 0;
  std::size_t end = 0;
  Before before = Before::blank;
  Notation notation = Notation::language;
  int hang = 4;                    // columns by which a line that it begins is indented
  bool ends_with_comment = false;  // that goes to the end of the line
};

// Of each database by name what its commands are written in: of one of documents, `document`.
using Notations = std::map<std::string, Notation, std::less<>>;

struct Item;

// `if x { … }`, `else { … }`: an item has one, or several. A variant's `schema { … }` ends a part, too.
struct Part {
  std::vector<Piece> head;
  bool several_lines = false;  // the head, as its author has written it
  bool has_block = false;
  bool one_line = false;       // the block
  bool has_clauses = false;    // of a request or a variant
  bool airy = false;           // a blank line may stand in front of its first item
  std::vector<Piece> opening;  // comments behind the {, on its line
  std::vector<Item> items;
};

// A declaration, a variant, a statement, a command of a database's block; or a comment.
struct Item {
  bool comment = false;
  bool blank_before = false;
  std::vector<Part> parts;
  bool semicolon = false;
  std::vector<Piece> trailing;  // comments on its last line
};

// The whole file, which is grammatical.
std::vector<Item> read_items(std::string_view text, const Notations& notations);

}  // namespace gapless::scenario::format
