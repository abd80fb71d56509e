// The words of a .spec file: identifiers, keywords, numbers, the four marks ( ) , * and blocks of SQL.
#pragma once

#include <string>

#include "base/source.h"
#include "spec/specification.h"

namespace gapless::spec {

struct Token {
  enum class Kind { identifier, keyword, number, mark, block, end };
  Kind kind = Kind::end;
  std::string text;  // of an identifier its name without quotes; of a keyword, number or mark itself
  Block block;
  Offset at = 0;
};

class Scanner {
 public:
  explicit Scanner(Source source) : source_(std::move(source)) {}

  // The end again and again once it is reached. Throws ModelError.
  Token next();

 private:
  void skip_blanks();
  Token quoted();
  Token block();
  std::string take_while(bool (*belongs)(char));

  Source source_;
  std::size_t at_ = 0;
};

}  // namespace gapless::spec
