// The grammar of .gap files as PEGTL rules. Included by grammar.cc only.
//
// Every construct begins with its own word and commits to it (if_must), so there is no backtracking over blocks and
// each mistake has one place and one message (messages are at the end). Stretches of SQL are found by sql::find_end.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tao/pegtl.hpp>

#include "base/source.h"
#include "scenario/grammar.h"
#include "sql/scan.h"

namespace gapless::scenario::rules {

using namespace tao::pegtl;  // NOLINT: the grammar reads as one only without prefixes

// What the rules share while they run.
struct Reading {
  const Source& source;
  std::size_t depth = 0;
};

template <typename Input>
Offset offset_of(const Input& in) {
  return static_cast<Offset>(in.byte());
}

// A rule that is a function: Self::scan(in, reading).
template <typename Self>
struct by_hand {
  using rule_t = by_hand;
  using subs_t = empty_list;
  template <apply_mode A, rewind_mode M, template <typename...> class Action, template <typename...> class Control,
            typename Input, typename... States>
  static bool match(Input& in, Reading& reading, States&&... /*unused*/) {
    return Self::scan(in, reading);
  }
};

// ------------------------------------------------------------------------------------------ space and words

struct line_comment : seq<two<'-'>, until<eolf>> {};

// As in PostgreSQL, /* */ nests; counted rather than recursive, so that a file full of /* is no danger.
struct block_comment : by_hand<block_comment> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    if (!opens(in)) return false;
    const Offset at = offset_of(in);
    std::size_t depth = 0;
    do {
      if (in.size(2) < 2) throw ModelError(*reading.source, at, "this comment is never closed");
      const bool mark = opens(in) || (in.peek_char(0) == '*' && in.peek_char(1) == '/');
      if (mark) depth += in.peek_char(0) == '/' ? 1 : -1;
      in.bump(mark ? 2 : 1);
    } while (depth > 0);
    return true;
  }
  template <typename Input>
  static bool opens(Input& in) {
    return in.size(2) >= 2 && in.peek_char(0) == '/' && in.peek_char(1) == '*';
  }
};

struct _ : star<sor<space, line_comment, block_comment>> {};

// at<>, so that a message about a missing word points to where it should begin.
template <char... Letters>
using word = seq<at<keyword<Letters...>>, string<Letters...>>;

struct name : identifier {};
struct number : seq<at<plus<digit>, not_at<identifier_other>>, plus<digit>> {};
struct text_body : star<sor<two<'"'>, not_one<'"', '\n'>>> {};  // "" stands for one quote
struct close_quote : one<'"'> {};
struct text : seq<one<'"'>, text_body, must<close_quote>> {};

struct open_brace : one<'{'> {};
struct close_brace : one<'}'> {};
struct open_parenthesis : one<'('> {};
struct close_parenthesis : one<')'> {};
struct equals : one<'='> {};
struct semicolon : one<';'> {};

// --------------------------------------------------------------------------------------------- pieces of SQL

// The end of a stretch without quotes, dollars, brackets, comments and the like, where no scanner is needed to see it:
// most stretches are such, and a scan costs a hundred times as much. Npos where one is needed.
inline std::size_t plain_end(std::string_view text, std::size_t from, std::string_view stops) {
  std::size_t open = 0;
  for (std::size_t at = from; at < text.size() && at - from < sql::longest_statement; ++at) {
    const char c = text[at];
    if (open == 0 && stops.find(c) != std::string_view::npos) return at;
    const bool comment = (c == '-' || c == '/') && at + 1 < text.size() && (text[at + 1] == '-' || text[at + 1] == '*');
    const bool plain = c == ' ' || c == '\n' || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || std::string_view(".,+-*/<>=:()").find(c) != std::string_view::npos;
    if (!plain || comment || (c == ')' && open == 0)) return std::string_view::npos;
    if (c == '(') ++open;
    if (c == ')') --open;
  }
  return std::string_view::npos;
}

// One or more bytes of SQL before any of the stop bytes.
template <char... Stops>
struct sql_until : by_hand<sql_until<Stops...>> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    static constexpr char stops[] = {Stops..., '\0'};
    const Offset from = offset_of(in);
    const std::size_t plain = plain_end(reading.source->text, from, stops);
    const Offset end =
        plain == std::string_view::npos ? sql::find_end(reading.source, from, stops) : static_cast<Offset>(plain);
    if (end == from) return false;
    in.bump(end - from);
    return true;
  }
};

// Braces mean nothing in SQL, so whatever lacks its semicolon ends at the next one.
struct expression : sql_until<';', '{', '}'> {};
struct argument : sql_until<',', ')', ';', '{', '}'> {};

// The body of a database block is found statement by statement, since find_end takes no more than one.
struct setup : by_hand<setup> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    for (;;) {
      const Offset from = offset_of(in);
      const Offset end = sql::find_end(reading.source, from, ";}");
      in.bump(end - from);
      if (in.empty() || in.peek_char() == '}') return true;
      in.bump(1);
    }
  }
};

// Words that begin a statement of PostgreSQL, supported or not: the SQL parser refuses the others by name.
struct sql_word
    : seq<sor<istring<'s', 'e', 'l', 'e', 'c', 't'>, istring<'i', 'n', 's', 'e', 'r', 't'>,
              istring<'u', 'p', 'd', 'a', 't', 'e'>, istring<'d', 'e', 'l', 'e', 't', 'e'>, istring<'w', 'i', 't', 'h'>,
              istring<'v', 'a', 'l', 'u', 'e', 's'>, istring<'m', 'e', 'r', 'g', 'e'>>,
          not_at<identifier_other>> {};
struct other_sql_word
    : seq<sor<istring<'b', 'e', 'g', 'i', 'n'>, istring<'s', 't', 'a', 'r', 't'>, istring<'c', 'o', 'm', 'm', 'i', 't'>,
              istring<'r', 'o', 'l', 'l', 'b', 'a', 'c', 'k'>, istring<'e', 'n', 'd'>, istring<'a', 'b', 'o', 'r', 't'>,
              istring<'s', 'a', 'v', 'e', 'p', 'o', 'i', 'n', 't'>, istring<'r', 'e', 'l', 'e', 'a', 's', 'e'>,
              istring<'c', 'r', 'e', 'a', 't', 'e'>, istring<'d', 'r', 'o', 'p'>, istring<'a', 'l', 't', 'e', 'r'>,
              istring<'t', 'r', 'u', 'n', 'c', 'a', 't', 'e'>, istring<'l', 'o', 'c', 'k'>, istring<'c', 'o', 'p', 'y'>,
              istring<'e', 'x', 'p', 'l', 'a', 'i', 'n'>, istring<'d', 'e', 'c', 'l', 'a', 'r', 'e'>,
              istring<'f', 'e', 't', 'c', 'h'>, istring<'p', 'r', 'e', 'p', 'a', 'r', 'e'>,
              istring<'e', 'x', 'e', 'c', 'u', 't', 'e'>, istring<'n', 'o', 't', 'i', 'f', 'y'>,
              istring<'l', 'i', 's', 't', 'e', 'n'>, istring<'g', 'r', 'a', 'n', 't'>, istring<'r', 'e', 's', 'e', 't'>,
              istring<'s', 'e', 't'>, istring<'s', 'h', 'o', 'w'>, istring<'d', 'o'>>,
          not_at<identifier_other>> {};

struct prefix : seq<name, _, one<'>'>, _> {};
struct query : seq<opt<prefix>, at<sql_word>, expression> {};  // where an expression could stand too
struct command : seq<sor<if_must<prefix, expression>, seq<at<sor<sql_word, other_sql_word>>, expression>>> {};

// ------------------------------------------------------------------------------------------------ not yet

// Refuses a construct that the language is going to have.
template <typename Word>
struct not_yet : by_hand<not_yet<Word>> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    const Offset at = offset_of(in);
    const char* const begin = in.current();
    if (!TAO_PEGTL_NAMESPACE::match<Word, apply_mode::nothing, rewind_mode::required, nothing, normal>(in, reading)) {
      return false;
    }
    const std::string construct(begin, in.current());
    throw ModelError(*reading.source, at, "`" + construct + "` is not supported yet");
  }
};

// --------------------------------------------------------------------------------------------- statements

struct block;
struct statement;

struct arguments : if_must<open_parenthesis, _, opt<list<argument, seq<one<','>, _>>>, close_parenthesis> {};
struct names : list<name, seq<_, one<','>, _>> {};
struct conditions : names {};

struct outcomes : if_must<word<'m', 'a', 'y'>, _, names> {};
struct call : if_must<word<'c', 'a', 'l', 'l'>, _, name, _, arguments, _, opt<outcomes>> {};
struct value : sor<call, query, expression> {};

struct let : if_must<word<'l', 'e', 't'>, _, name, _, equals, _, value, _, semicolon> {};
struct set : if_must<word<'s', 'e', 't'>, _, name, _, equals, _, value, _, semicolon> {};

struct else_if : if_must<seq<word<'e', 'l', 's', 'e'>, _, word<'i', 'f'>>, _, expression, block> {};
struct otherwise : if_must<word<'e', 'l', 's', 'e'>, _, block> {};
struct if_ : if_must<word<'i', 'f'>, _, expression, block, star<_, else_if>, opt<_, otherwise>> {};

struct in_ : word<'i', 'n'> {};
struct for_ : if_must<word<'f', 'o', 'r'>, _, name, _, in_, _, sor<query, expression>, block> {};
struct respond : if_must<word<'r', 'e', 's', 'p', 'o', 'n', 'd'>, _, expression, semicolon> {};
struct level : if_must<word<'a', 't'>, _, text> {};  // at "serializable"
struct only : word<'o', 'n', 'l', 'y'> {};
struct read_only : if_must<word<'r', 'e', 'a', 'd'>, _, only> {};
struct deferrable : word<'d', 'e', 'f', 'e', 'r', 'r', 'a', 'b', 'l', 'e'> {};
struct transaction : seq<opt<prefix>, if_must<word<'t', 'r', 'a', 'n', 's', 'a', 'c', 't', 'i', 'o', 'n'>, _,
                                              star<sor<level, read_only, deferrable>, _>, block>> {};
struct effect : if_must<word<'e', 'f', 'f', 'e', 'c', 't'>, _, name, _, arguments, _, semicolon> {};
struct call_statement : seq<call, must<_, semicolon>> {};

struct to_ : word<'t', 'o'> {};
struct up_to : if_must<word<'u', 'p'>, _, to_, _, number, _> {};
struct on : if_must<word<'o', 'n'>, _, conditions, _> {};
struct exhausted : if_must<word<'e', 'x', 'h', 'a', 'u', 's', 't', 'e', 'd'>, _, block> {};
struct retry : if_must<word<'r', 'e', 't', 'r', 'y'>, _, opt<up_to>, opt<on>, block, opt<_, exhausted>> {};
struct again : if_must<word<'a', 'g', 'a', 'i', 'n'>, _, semicolon> {};

struct catch_ : if_must<word<'c', 'a', 't', 'c', 'h'>, _, conditions, _, block> {};
struct finally_ : if_must<word<'f', 'i', 'n', 'a', 'l', 'l', 'y'>, _, block> {};
struct try_ : if_must<word<'t', 'r', 'y'>, _, block, star<_, catch_>, opt<_, finally_>> {};

struct later
    : not_yet<sor<word<'s', 'e', 'c', 't', 'i', 'o', 'n'>, word<'s', 'e', 'n', 'd'>, word<'a', 'w', 'a', 'i', 't'>,
                  word<'d', 'e', 'l', 'i', 'v', 'e', 'r'>, word<'c', 'l', 'o', 'c', 'k'>,
                  word<'f', 'a', 'u', 'l', 't', 's'>, word<'c', 'h', 'o', 'o', 's', 'e'>>> {};

// `SET …` in capitals is SQL's.
struct statement : seq<sor<let, set, if_, for_, respond, transaction, effect, call_statement, retry, again, try_, later,
                           seq<command, must<semicolon>>>,
                       _> {};

struct end_of_block : one<'}'> {};
struct block_body : if_must<open_brace, _, star<statement>, end_of_block> {};

// Counts how deep blocks stand within blocks.
struct nested {
  using rule_t = nested;
  using subs_t = type_list<block_body>;
  template <apply_mode A, rewind_mode M, template <typename...> class Action, template <typename...> class Control,
            typename Input, typename... States>
  static bool match(Input& in, Reading& reading, States&&... states) {
    if (++reading.depth > deepest_nesting) {
      throw ModelError(*reading.source, offset_of(in), "blocks nest deeper than " + std::to_string(deepest_nesting));
    }
    const bool matched = Control<block_body>::template match<A, M, Action, Control>(in, reading, states...);
    --reading.depth;
    return matched;
  }
};
struct block : nested {};

// -------------------------------------------------------------------------------------------- declarations

struct holds : word<'h', 'o', 'l', 'd', 's'> {};
struct violated : word<'v', 'i', 'o', 'l', 'a', 't', 'e', 'd'> {};
struct level_word : word<'l', 'e', 'v', 'e', 'l'> {};
struct every_level : if_must<word<'e', 'v', 'e', 'r', 'y'>, _, level_word> {};
struct levels : list<text, seq<_, one<','>, _, at<one<'"'>>>> {};  // a comma before a word begins another claim
struct at_levels : if_must<word<'a', 't'>, _, sor<every_level, levels>> {};
struct claim : seq<sor<holds, violated>, opt<_, at_levels>> {};
struct claims : list_must<claim, seq<_, one<','>, _>> {};
struct expect : if_must<word<'e', 'x', 'p', 'e', 'c', 't'>, _, claims> {};
struct story : if_must<word<'s', 't', 'o', 'r', 'y'>, _, text> {};
struct clauses : star<sor<text, story, expect, level>, _> {};

struct variant : if_must<word<'v', 'a', 'r', 'i', 'a', 'n', 't'>, _, name, _, clauses, block, _> {};
struct end_of_variants : one<'}'> {};
struct variants
    : if_must<seq<one<'{'>, _, at<word<'v', 'a', 'r', 'i', 'a', 'n', 't'>>>, plus<variant>, end_of_variants> {};
struct parameters : if_must<open_parenthesis, _, opt<list<name, seq<_, one<','>, _>>>, _, close_parenthesis> {};
struct request
    : if_must<word<'r', 'e', 'q', 'u', 'e', 's', 't'>, _, name, _, parameters, _, clauses, sor<variants, block>> {};

struct database
    : if_must<word<'d', 'a', 't', 'a', 'b', 'a', 's', 'e'>, _, name, _, name, _, open_brace, setup, close_brace> {};

struct deliver : not_yet<word<'d', 'e', 'l', 'i', 'v', 'e', 'r'>> {};
struct times : if_must<one<'*'>, _, number> {};
struct term : seq<name, _, arguments, opt<_, times>> {};
struct terms : list_must<term, seq<_, one<','>, _>> {};
struct run : if_must<word<'r', 'u', 'n'>, _, opt<deliver>, terms, opt<_, one<';'>>> {};

struct always : word<'a', 'l', 'w', 'a', 'y', 's'> {};
struct at_the_end : word<'f', 'i', 'n', 'a', 'l', 'l', 'y'> {};
struct invariant
    : if_must<sor<always, at_the_end>, _, text, _, open_brace, _, expression, opt<one<';'>, _>, close_brace> {};
struct isolation : if_must<word<'i', 's', 'o', 'l', 'a', 't', 'i', 'o', 'n'>, _, text, opt<_, one<';'>>> {};
struct later_declaration : not_yet<sor<word<'c', 'l', 'o', 'c', 'k'>, word<'f', 'a', 'u', 'l', 't', 's'>,
                                       word<'h', 'i', 's', 't', 'o', 'r', 'y'>, word<'s', 'e', 'c', 't', 'i', 'o', 'n'>,
                                       word<'c', 'r', 'o', 'n'>, word<'j', 'o', 'b'>>> {};
struct declaration : sor<isolation, database, request, run, invariant, later_declaration> {};

struct scenario_word : word<'s', 'c', 'e', 'n', 'a', 'r', 'i', 'o'> {};
struct header : seq<must<scenario_word>, must<_, name>, _, opt<text>> {};
struct end_of_file : eof {};
struct file : seq<_, header, _, star<declaration, _>, must<end_of_file>> {};

// ------------------------------------------------------------------------------------------------- messages

// What was expected where a must<> fails; grammar.cc adds what was found.
template <typename>
inline constexpr const char* expected = nullptr;
template <>
inline constexpr const char* expected<name> = "a name";
template <>
inline constexpr const char* expected<names> = "a name";
template <>
inline constexpr const char* expected<conditions> = "the name of an error condition, such as unique_violation";
template <>
inline constexpr const char* expected<number> = "a whole number";
template <>
inline constexpr const char* expected<text> = "a text in double quotes";
template <>
inline constexpr const char* expected<only> = "`only`, as in `transaction read only`";
template <>
inline constexpr const char* expected<level_word> = "`level`, as in `at every level`";
template <>
inline constexpr const char* expected<sor<every_level, levels>> = "a level in double quotes, or `every level`";
template <>
inline constexpr const char* expected<close_quote> = "the closing \" of this text on the same line";
template <>
inline constexpr const char* expected<open_brace> = "`{`";
template <>
inline constexpr const char* expected<close_brace> = "`}`";
template <>
inline constexpr const char* expected<parameters> = "`(` and the request's parameters";
template <>
inline constexpr const char* expected<arguments> = "`(` and the arguments";
template <>
inline constexpr const char* expected<close_parenthesis> = "`)`";
template <>
inline constexpr const char* expected<equals> = "`=`";
template <>
inline constexpr const char* expected<semicolon> = "`;`";
template <>
inline constexpr const char* expected<expression> = "an SQL statement or expression";
template <>
inline constexpr const char* expected<value> = "an SQL statement, an expression or a call";
template <>
inline constexpr const char* expected<block> = "a block in `{ }`";
template <>
inline constexpr const char* expected<in_> = "`in`";
template <>
inline constexpr const char* expected<to_> = "`to`, as in `retry up to 3`";
template <>
inline constexpr const char* expected<sor<query, expression>> = "SELECT … or x.rows";
template <>
inline constexpr const char* expected<sor<variants, block>> = "the request's variants or statements in `{ }`";
template <>
inline constexpr const char* expected<setup> = "SQL";
template <>
inline constexpr const char* expected<claim> = "`violated`, or no `expect` at all for what is safe";
template <>
inline constexpr const char* expected<claims> = expected<claim>;
template <>
inline constexpr const char* expected<term> = "a request to run, such as withdraw(50) * 2";
template <>
inline constexpr const char* expected<terms> = expected<term>;
template <>
inline constexpr const char* expected<scenario_word> = "`scenario` and a name: a file begins with them";
template <>
inline constexpr const char* expected<end_of_block> = "a statement or `}`";
template <>
inline constexpr const char* expected<end_of_variants> = "`variant` or `}`";
template <>
inline constexpr const char* expected<end_of_file> = "a declaration";

struct Messages {
  template <typename Rule>
  static constexpr const char* message = expected<Rule>;
  template <typename>
  static constexpr bool raise_on_failure = false;  // only in must<>
};

}  // namespace gapless::scenario::rules
