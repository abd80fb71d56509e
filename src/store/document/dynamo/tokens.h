// Words and signs of DynamoDB's two small languages: expressions ("SET used = used + :one") and PartiQL.
//
// Both are read by recursive descent (parser.h) and not by PEGTL: AWS names the token at fault and its neighbours, for
// which tokens are needed; a parenthesis opens a condition or an operand, which only looking ahead over tokens tells
// without going back; and nesting is bounded by a counter.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gapless::store::document::dynamo {

// A request that DynamoDB refuses: ValidationException, with its message.
class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Token {
  enum class Kind : std::uint8_t {
    word,    // used; in PartiQL also "used": then `quoted`
    name,    // #n
    value,   // :v
    number,  // 12.5
    text,    // 'SAVE50' of PartiQL
    sign,    // = <> ( …
    end,
  };
  Kind kind = Kind::end;
  std::string text;  // without quotes
  bool quoted = false;
  std::size_t begin = 0, end = 0;
};

enum class Notation : std::uint8_t { expression, partiql };

// The last token is Kind::end. `label`: "UpdateExpression", "statement".
std::vector<Token> tokens_of(Notation notation, std::string_view label, std::string_view text);

// "Invalid UpdateExpression: Syntax error; token: "x", near: "a x b" (character 3)"
[[noreturn]] void refuse_syntax(std::string_view label, std::string_view text, const std::vector<Token>& tokens,
                                std::size_t at, std::string_view advice = {});

}  // namespace gapless::store::document::dynamo
