// Source text with positions, and the located messages that refer to it.
//
// An Offset counts bytes from 0 into one SourceText; everything parsed keeps the offset of its first byte, so that
// whatever is found wrong later can show file, line, column and the line itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace gapless {

using Offset = std::uint32_t;

// A message to the person who wrote the model. `line` and `column` count from 1 (columns in characters, not bytes);
// both are 0 where the message is about the file as a whole.
struct Diagnostic {
  std::string file;
  int line = 0;
  int column = 0;
  std::string message;
  std::string source_line;  // the line itself, without its newline

  bool operator==(const Diagnostic&) const = default;
};

// file:line:column: message, then the line and a caret under the column.
std::string to_string(const Diagnostic& diagnostic);

// One file, or one string given by C++ code. Immutable, shared by everything that was parsed from it.
struct SourceText {
  std::string name;
  std::string text;
};
using Source = std::shared_ptr<const SourceText>;

Source make_source(std::string name, std::string text);

Diagnostic diagnostic_at(const SourceText& source, Offset at, std::string message);

// The user's input is wrong: exit status 2. Thrown by parsers and binders and, rarely, while a model runs (a
// comparison of a text with a number that only shows with the values at hand).
class ModelError : public std::exception {
 public:
  explicit ModelError(Diagnostic diagnostic);
  ModelError(const SourceText& source, Offset at, std::string message);

  const Diagnostic& diagnostic() const { return diagnostic_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  Diagnostic diagnostic_;
  std::string text_;
};

}  // namespace gapless
