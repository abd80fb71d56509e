// The grammar of .gap files as PEGTL rules. Included by grammar.cc only.
//
// Every construct begins with its own word and commits to it (if_must), so there is no backtracking over blocks and
// each mistake has one place and one message (messages are at the end). Stretches of SQL are found by sql::find_end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include <tao/pegtl.hpp>

#include "base/source.h"
#include "scenario/command_text.h"
#include "scenario/document_text.h"
#include "scenario/grammar.h"
#include "sql/scan.h"

namespace gapless::scenario::rules {

using namespace tao::pegtl;  // NOLINT: the grammar reads as one only without prefixes

// What the rules share while they run.
struct Reading {
  const Source& source;
  std::set<std::string> redis;  // names of the Redis databases: what follows their `>` is no SQL
  DocumentNames documents;      // likewise of MongoDB and DynamoDB
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

// (What is small and stands everywhere is by hand: made of PEGTL's rules, words and blanks took half of the time that
// this grammar took to compile.)
template <typename Input>
std::string_view rest_of(Input& in) {
  return {in.current(), in.size(0)};
}

inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool begins_name(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool in_name(char c) { return begins_name(c) || is_digit(c); }

inline std::size_t name_length(std::string_view text) {
  if (text.empty() || !begins_name(text.front())) return 0;
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), in_name) - text.begin());
}

// Of `-- …` and `// …` with the end of the line.
inline std::size_t line_comment_length(std::string_view text) {
  if (!text.starts_with("--") && !text.starts_with("//")) return 0;
  const std::size_t end = text.find('\n');
  return end == std::string_view::npos ? text.size() : end + 1;
}

// As in PostgreSQL, /* */ nests; counted rather than recursive, so that a file full of /* is no danger. Npos where it
// is never closed.
inline std::size_t block_comment_length(std::string_view text) {
  if (!text.starts_with("/*")) return 0;
  std::size_t depth = 0;
  std::size_t at = 0;
  do {
    const auto rest = text.substr(at);
    if (rest.size() < 2) return std::string_view::npos;
    const bool opens = rest.starts_with("/*");
    const bool mark = opens || rest.starts_with("*/");
    if (mark) depth += opens ? 1 : -1;
    at += mark ? 2 : 1;
  } while (depth > 0);
  return at;
}

// Blanks and comments, if any.
struct _ : by_hand<_> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    const std::string_view text = rest_of(in);
    std::size_t at = 0;
    while (at < text.size()) {
      const auto rest = text.substr(at);
      std::size_t length = is_space(rest.front()) ? 1 : line_comment_length(rest);
      if (length == 0) length = block_comment_length(rest);
      if (length == std::string_view::npos) {
        throw ModelError(*reading.source, offset_of(in) + static_cast<Offset>(at), "this comment is never closed");
      }
      if (length == 0) break;
      at += length;
    }
    in.bump(at);
    return true;
  }
};

// These letters, and no letter of a name after them.
template <char... Letters>
struct word : by_hand<word<Letters...>> {
  template <typename Input>
  static bool scan(Input& in, Reading& /*unused*/) {
    static constexpr char letters[] = {Letters...};
    const std::string_view text = rest_of(in);
    const std::string_view expected_letters(letters, sizeof letters);
    if (!text.starts_with(expected_letters)) return false;
    if (text.size() > sizeof letters && in_name(text[sizeof letters])) return false;
    in.bump(sizeof letters);
    return true;
  }
};

struct name : by_hand<name> {
  template <typename Input>
  static bool scan(Input& in, Reading& /*unused*/) {
    const std::size_t length = name_length(rest_of(in));
    in.bump(length);
    return length > 0;
  }
};

// Looked for, not kept.
struct some_name : by_hand<some_name> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    return name::scan(in, reading);
  }
};

// Digits, and no letter of a name after them.
struct number : by_hand<number> {
  template <typename Input>
  static bool scan(Input& in, Reading& /*unused*/) {
    const std::string_view text = rest_of(in);
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    if (end == text.begin() || (end != text.end() && in_name(*end))) return false;
    in.bump(static_cast<std::size_t>(end - text.begin()));
    return true;
  }
};
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
inline bool begins_with_word_of(std::string_view text, std::span<const std::string_view> words) {
  const std::size_t length = name_length(text);
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return std::equal(word.begin(), word.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length),
                      [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
  });
}

// Only looks.
struct sql_word : by_hand<sql_word> {
  template <typename Input>
  static bool scan(Input& in, Reading& /*unused*/) {
    static constexpr std::string_view words[] = {"select", "insert", "update", "delete", "with", "values", "merge"};
    return begins_with_word_of(rest_of(in), words);
  }
};
struct other_sql_word : by_hand<other_sql_word> {
  template <typename Input>
  static bool scan(Input& in, Reading& /*unused*/) {
    static constexpr std::string_view words[] = {
        "begin",   "start",  "commit",   "rollback", "end",   "abort",   "savepoint", "release", "create",
        "drop",    "alter",  "truncate", "lock",     "copy",  "explain", "declare",   "fetch",   "prepare",
        "execute", "notify", "listen",   "grant",    "reset", "set",     "show",      "do"};
    return begins_with_word_of(rest_of(in), words);
  }
};

struct prefix : seq<name, _, one<'>'>, _> {};
struct query : seq<opt<prefix>, sql_word, expression> {};  // where an expression could stand too
struct command : seq<sor<if_must<prefix, expression>, seq<sor<sql_word, other_sql_word>, expression>>> {};

// ------------------------------------------------------------------------------------------ pieces of Redis

// The length of `NAME >` and the blanks around it where NAME is a Redis database; 0 elsewhere.
inline std::size_t redis_prefix_length(std::string_view text, const std::set<std::string>& redis) {
  std::size_t end = 0;
  while (end < text.size() && in_name(text[end])) ++end;
  if (!redis.contains(std::string(text.substr(0, end)))) return 0;
  const auto skip = [&] {
    while (end < text.size() && is_space(text[end])) ++end;
  };
  skip();
  if (end == text.size() || text[end] != '>') return 0;
  ++end;
  skip();
  return end;
}

struct redis_prefix : by_hand<redis_prefix> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    const auto rest = std::string_view(reading.source->text).substr(in.byte());
    const std::size_t length = reading.redis.empty() ? 0 : redis_prefix_length(rest, reading.redis);
    if (length == 0) return false;
    if (rest.substr(length).starts_with("transaction")) {
      throw ModelError(*reading.source, offset_of(in),
                       "a Redis database has no `transaction { }`: write `MULTI`, the commands, and `EXEC`");
    }
    in.bump(length);
    return true;
  }
};

struct redis_words : by_hand<redis_words> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    const auto scanned = scan_command(reading.source, offset_of(in));
    if (scanned.words.empty()) return false;
    in.bump(scanned.end - offset_of(in));
    return true;
  }
};
struct redis_command : if_must<redis_prefix, redis_words> {};

// ------------------------------------------------------------------- pieces of MongoDB and DynamoDB

struct document_request : by_hand<document_request> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    const auto rest = std::string_view(reading.source->text).substr(in.byte());
    if (!request_prefix(rest, reading.documents)) return false;
    const auto request = scan_request(reading.source, offset_of(in), reading.documents);
    in.bump(request.end - offset_of(in));
    return true;
  }
};

template <store::document::Dialect dialect>
struct document_setup : by_hand<document_setup<dialect>> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    in.bump(scan_setup(reading.source, offset_of(in), dialect).end - offset_of(in));
    return true;
  }
};
// What a variant adds to a document database; no SQL.
struct schema_requests : by_hand<schema_requests> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    const auto dialect = setup_dialect(reading.source, offset_of(in));
    if (!dialect) return false;
    in.bump(scan_setup(reading.source, offset_of(in), *dialect).end - offset_of(in));
    return true;
  }
};
struct mongodb_setup : document_setup<store::document::Dialect::mongodb> {};
struct dynamodb_setup : document_setup<store::document::Dialect::dynamodb> {};

// In front of the block of a `for` a command would have no end.
struct no_redis : by_hand<no_redis> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    const auto rest = std::string_view(reading.source->text).substr(in.byte());
    if (redis_prefix_length(rest, reading.redis) == 0) return true;
    throw ModelError(*reading.source, offset_of(in),
                     "keep the reply first: `let x = redis> …;`, then `for r in x.rows { }`");
  }
};

// The body of a Redis database's block: commands, each with its semicolon.
struct redis_setup : by_hand<redis_setup> {
  template <typename Input>
  static bool scan(Input& in, Reading& reading) {
    for (;;) {
      const auto scanned = scan_command(reading.source, offset_of(in));
      in.bump(scanned.end - offset_of(in));
      if (in.empty() || in.peek_char() == '}') {
        if (!scanned.words.empty())
          throw ModelError(*reading.source, scanned.words.front().at, "this command has no `;`");
        return true;
      }
      in.bump(1);
    }
  }
};

// --------------------------------------------------------------------------------------------- statements

struct block;
struct statement;

struct arguments : if_must<open_parenthesis, _, opt<list<argument, seq<one<','>, _>>>, close_parenthesis> {};
struct names : list<name, seq<_, one<','>, _>> {};
struct conditions : names {};

struct outcomes : if_must<word<'m', 'a', 'y'>, _, names> {};
struct forgets : word<'f', 'o', 'r', 'g', 'e', 't', 's'> {};
struct key : if_must<word<'k', 'e', 'y'>, _, arguments, opt<_, forgets>> {};
struct call : if_must<word<'c', 'a', 'l', 'l'>, _, name, _, arguments, star<_, sor<key, outcomes>>> {};
struct nowait : word<'n', 'o', 'w', 'a', 'i', 't'> {};
// `acquire` alone may be anybody's local.
struct acquire
    : if_must<seq<word<'a', 'c', 'q', 'u', 'i', 'r', 'e'>, at<_, some_name>>, _, name, _, arguments, opt<_, nowait>> {};
struct value : sor<call, acquire, redis_command, document_request, query, expression> {};

struct let : if_must<word<'l', 'e', 't'>, _, name, _, equals, _, value, _, semicolon> {};
struct set : if_must<word<'s', 'e', 't'>, _, name, _, equals, _, value, _, semicolon> {};

struct else_if : if_must<seq<word<'e', 'l', 's', 'e'>, _, word<'i', 'f'>>, _, expression, block> {};
struct otherwise : if_must<word<'e', 'l', 's', 'e'>, _, block> {};
struct if_ : if_must<word<'i', 'f'>, _, expression, block, star<_, else_if>, opt<_, otherwise>> {};

struct in_ : word<'i', 'n'> {};
struct for_ : if_must<word<'f', 'o', 'r'>, _, name, _, in_, _, no_redis,
                      sor<seq<document_request, _>, query, expression>, block> {};
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

struct acquire_statement : seq<acquire, must<_, semicolon>> {};
// `release a;` is SQL's.
struct release : if_must<seq<word<'r', 'e', 'l', 'e', 'a', 's', 'e'>, at<_, some_name, _, one<'('>>>, _, name, _, arguments,
                         _, semicolon> {};
struct hold : if_must<word<'h', 'o', 'l', 'd'>, _, name, _, arguments, _, block> {};
struct section : if_must<word<'s', 'e', 'c', 't', 'i', 'o', 'n'>, _, name, _, block> {};
struct send : if_must<word<'s', 'e', 'n', 'd'>, _, name, _, arguments, _, semicolon> {};
struct awaited : seq<opt<prefix>, expression> {};
struct await : if_must<word<'a', 'w', 'a', 'i', 't'>, _, awaited, semicolon> {};
struct sleep : if_must<word<'s', 'l', 'e', 'e', 'p'>, _, expression, semicolon> {};
struct redis_statement : seq<redis_command, must<semicolon>> {};
struct document_statement : seq<document_request, must<_, semicolon>> {};

// `SET …` in capitals is SQL's.
struct statement : seq<sor<let, set, if_, for_, respond, redis_statement, document_statement, transaction, effect,
                           call_statement, retry, again, try_, acquire_statement, release, hold, section, send, await,
                           sleep, seq<command, must<semicolon>>>,
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
// A comma before `holds` or `violated` begins another claim.
struct faults_named : list<name, seq<_, one<','>, _, not_at<sor<holds, violated>>>> {};
struct with_faults : if_must<word<'w', 'i', 't', 'h'>, _, faults_named> {};
struct faults_word : word<'f', 'a', 'u', 'l', 't', 's'> {};
struct without_faults : if_must<word<'w', 'i', 't', 'h', 'o', 'u', 't'>, _, faults_word> {};
struct claim : seq<sor<holds, violated>, opt<_, at_levels>, opt<_, sor<with_faults, without_faults>>> {};
struct claims : list_must<claim, seq<_, one<','>, _>> {};
struct expect : if_must<word<'e', 'x', 'p', 'e', 'c', 't'>, _, claims> {};
struct story : if_must<word<'s', 't', 'o', 'r', 'y'>, _, text> {};
struct schema : if_must<word<'s', 'c', 'h', 'e', 'm', 'a'>, _, opt<name, _>, open_brace, sor<schema_requests, setup>,
                        close_brace> {};
struct clauses : star<sor<text, story, expect, level, schema>, _> {};

struct variant : if_must<word<'v', 'a', 'r', 'i', 'a', 'n', 't'>, _, names, _, clauses, block, _> {};
struct end_of_variants : one<'}'> {};
struct variants
    : if_must<seq<one<'{'>, _, at<word<'v', 'a', 'r', 'i', 'a', 'n', 't'>>>, plus<variant>, end_of_variants> {};
struct parameters : if_must<open_parenthesis, _, opt<list<name, seq<_, one<','>, _>>>, _, close_parenthesis> {};
struct request
    : if_must<word<'r', 'e', 'q', 'u', 'e', 's', 't'>, _, name, _, parameters, _, clauses, sor<variants, block>> {};

struct of_ : word<'o', 'f'> {};
struct replica_of : if_must<word<'r', 'e', 'p', 'l', 'i', 'c', 'a'>, _, of_, _, name> {};
struct redis_database
    : if_must<seq<word<'d', 'a', 't', 'a', 'b', 'a', 's', 'e'>, _, name, _, word<'r', 'e', 'd', 'i', 's'>>, _,
              open_brace, redis_setup, close_brace> {};
struct mongodb_database
    : if_must<seq<word<'d', 'a', 't', 'a', 'b', 'a', 's', 'e'>, _, name, _, word<'m', 'o', 'n', 'g', 'o', 'd', 'b'>>, _,
              open_brace, mongodb_setup, close_brace> {};
struct dynamodb_database
    : if_must<
          seq<word<'d', 'a', 't', 'a', 'b', 'a', 's', 'e'>, _, name, _, word<'d', 'y', 'n', 'a', 'm', 'o', 'd', 'b'>>,
          _, open_brace, dynamodb_setup, close_brace> {};
struct database : if_must<word<'d', 'a', 't', 'a', 'b', 'a', 's', 'e'>, _, name, _, name, _, opt<replica_of, _>,
                          open_brace, setup, close_brace> {};
struct process_word : word<'p', 'r', 'o', 'c', 'e', 's', 's'> {};
struct per_process : if_must<word<'p', 'e', 'r'>, _, process_word> {};
struct memory
    : if_must<word<'m', 'e', 'm', 'o', 'r', 'y'>, _, name, _, opt<per_process, _>, open_brace, setup, close_brace> {};
struct end : opt<_, one<';'>> {};  // where no block ends the declaration
struct processes : if_must<word<'p', 'r', 'o', 'c', 'e', 's', 's', 'e', 's'>, _, number, end> {};
struct lock : if_must<word<'l', 'o', 'c', 'k'>, _, name, opt<_, per_process>, end> {};
struct instant_body : star<not_one<'\'', '\n'>> {};
struct close_instant : one<'\''> {};
struct instant : if_must<one<'\''>, instant_body, close_instant> {};
struct instants : list_must<instant, seq<_, one<','>, _>> {};
struct clock : if_must<word<'c', 'l', 'o', 'c', 'k'>, _, instants, end> {};
struct no_faults : word<'n', 'o', 'n', 'e'> {};
struct at_most : string<'<', '='> {};
struct bound : seq<name, must<_, at_most, _, number>> {};
struct bounds : list_must<bound, seq<_, one<','>, _>> {};
struct faults : if_must<faults_word, _, sor<no_faults, bounds>, end> {};

struct times : if_must<one<'*'>, _, number> {};
struct term : seq<name, _, arguments, opt<_, times>> {};
struct until_ : word<'u', 'n', 't', 'i', 'l'> {};
struct status : sor<number, text> {};
struct deliver : if_must<seq<word<'d', 'e', 'l', 'i', 'v', 'e', 'r'>, at<_, some_name>>, _, name, _, arguments, _, until_, _,
                         status, opt<_, times>> {};
struct job : if_must<seq<word<'j', 'o', 'b'>, at<_, some_name>>, _, name, _, arguments, opt<_, times>> {};
struct one_of_session : seq<name, _, arguments> {};
struct requests_of_session : list_must<one_of_session, seq<_, one<','>, _>> {};
// A request may be called `session`, too: session(1).
struct session : if_must<seq<word<'s', 'e', 's', 's', 'i', 'o', 'n'>, at<_, one<'('>, _, some_name, _, one<'('>>>, _,
                         open_parenthesis, _, requests_of_session, _, close_parenthesis, opt<_, times>> {};
struct terms : list_must<sor<deliver, job, session, term>, seq<_, one<','>, _>> {};
struct run : if_must<word<'r', 'u', 'n'>, _, terms, end> {};

struct always : word<'a', 'l', 'w', 'a', 'y', 's'> {};
struct at_the_end : word<'f', 'i', 'n', 'a', 'l', 'l', 'y'> {};
struct history : word<'h', 'i', 's', 't', 'o', 'r', 'y'> {};
struct invariant
    : if_must<sor<always, at_the_end, history>, _, text, _, open_brace, _, expression, opt<one<';'>, _>, close_brace> {
};
struct isolation : if_must<word<'i', 's', 'o', 'l', 'a', 't', 'i', 'o', 'n'>, _, text, end> {};
struct declaration : sor<isolation, redis_database, mongodb_database, dynamodb_database, database, memory, processes,
                         lock, clock, faults, request, run, invariant> {};

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
inline constexpr const char* expected<sor<seq<document_request, _>, query, expression>> = "SELECT … or x.rows";
template <>
inline constexpr const char* expected<sor<variants, block>> = "the request's variants or statements in `{ }`";
template <>
inline constexpr const char* expected<setup> = "SQL";
template <>
inline constexpr const char* expected<sor<schema_requests, setup>> = "SQL";
template <>
inline constexpr const char* expected<redis_words> = "a Redis command";
template <>
inline constexpr const char* expected<awaited> = "a SELECT of one true or false";
template <>
inline constexpr const char* expected<of_> = "`of`, as in `replica of bank`";
template <>
inline constexpr const char* expected<process_word> = "`process`, as in `per process`";
template <>
inline constexpr const char* expected<close_instant> = "the closing ' of this instant on the same line";
template <>
inline constexpr const char* expected<instant> = "an instant, such as '14:30'";
template <>
inline constexpr const char* expected<instants> = expected<instant>;
template <>
inline constexpr const char* expected<at_most> = "`<=`, as in `crash <= 1`";
template <>
inline constexpr const char* expected<bound> = "`none`, or what may happen at most so often: `crash <= 1`";
template <>
inline constexpr const char* expected<bounds> = expected<bound>;
template <>
inline constexpr const char* expected<sor<no_faults, bounds>> = expected<bound>;
template <>
inline constexpr const char* expected<faults_named> = "`crash`, `retry` or `duplicate`";
template <>
inline constexpr const char* expected<faults_word> = "`faults`, as in `without faults`";
template <>
inline constexpr const char* expected<until_> =
    "`until` and the status that ends it, as in `deliver webhook(7) until 200`";
template <>
inline constexpr const char* expected<status> = "a status, such as 200";
template <>
inline constexpr const char* expected<one_of_session> = "a request of the session, such as login(1)";
template <>
inline constexpr const char* expected<requests_of_session> = expected<one_of_session>;
template <>
inline constexpr const char* expected<claim> = "`violated`, or no `expect` at all for what is safe";
template <>
inline constexpr const char* expected<claims> = expected<claim>;
template <>
inline constexpr const char* expected<term> = "a request to run, such as withdraw(50) * 2";
template <>
inline constexpr const char* expected<sor<deliver, job, session, term>> = expected<term>;
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
