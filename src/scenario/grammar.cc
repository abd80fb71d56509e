// PEGTL's parse tree, made by rules.h, is read into syntax.h's values and dropped.
#include "scenario/grammar.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include <tao/pegtl.hpp>
#include <tao/pegtl/contrib/parse_tree.hpp>

#include "base/check.h"
#include "scenario/hints.h"
#include "scenario/rules.h"
#include "sql/bind.h"

namespace gapless::scenario {
namespace {

namespace pegtl = tao::pegtl;
using Node = pegtl::parse_tree::node;

// The rules whose nodes are kept.
template <typename Rule>
using kept = pegtl::parse_tree::selector<
    Rule,
    pegtl::parse_tree::store_content::on<
        rules::name, rules::number, rules::text, rules::expression, rules::argument, rules::setup, rules::prefix,
        rules::query, rules::command, rules::arguments, rules::names, rules::conditions, rules::outcomes, rules::call,
        rules::let, rules::set, rules::if_, rules::for_, rules::respond, rules::transaction, rules::effect,
        rules::retry, rules::again, rules::catch_, rules::finally_, rules::try_, rules::block_body, rules::otherwise,
        rules::level, rules::read_only, rules::deferrable, rules::exhausted, rules::holds, rules::violated,
        rules::every_level, rules::claim, rules::expect, rules::story, rules::variant, rules::parameters,
        rules::request, rules::database, rules::term, rules::run, rules::always, rules::at_the_end, rules::history,
        rules::invariant, rules::isolation, rules::header, rules::forgets, rules::key, rules::nowait, rules::acquire,
        rules::release, rules::hold, rules::section, rules::send, rules::awaited, rules::await, rules::sleep,
        rules::redis_words, rules::redis_command, rules::redis_setup, rules::redis_database, rules::document_request,
        rules::mongodb_setup, rules::dynamodb_setup, rules::mongodb_database, rules::dynamodb_database,
        rules::replica_of, rules::per_process, rules::memory, rules::processes, rules::lock, rules::instant,
        rules::clock, rules::no_faults, rules::bound, rules::faults, rules::faults_named, rules::without_faults,
        rules::deliver, rules::job, rules::one_of_session, rules::session, rules::schema, rules::schema_requests>>;

// The tree as far as it has grown: the nodes that are open, and how many children the innermost had where a rule began
// that is not kept itself and may fail after some of its children have matched.
struct Tree {
  std::vector<std::unique_ptr<Node>> open;
  std::vector<std::size_t> children;
};

// Grows a Tree. PEGTL's own parse_tree::parse does the same, but takes twice as long to compile: it passes its state
// through each rule by rotating all of them, and guards each against exceptions, after which nobody looks at this tree.
template <typename Rule>
struct Growing : pegtl::must_if<rules::Messages, pegtl::normal, false>::control<Rule> {
  static constexpr bool keeps = kept<Rule>::value;
  static constexpr bool marks = !keeps && !pegtl::parse_tree::internal::is_leaf<8, typename Rule::subs_t, kept>;
  static constexpr bool enable = keeps || marks;

  template <typename Input>
  static void start(const Input& in, rules::Reading& /*unused*/, Tree& tree) {
    if constexpr (keeps) {
      tree.open.push_back(std::make_unique<Node>());
      tree.open.back()->template start<Rule>(in);
    } else {
      tree.children.push_back(tree.open.back()->children.size());
    }
  }
  template <typename Input>
  static void success(const Input& in, rules::Reading& /*unused*/, Tree& tree) {
    if constexpr (keeps) {
      auto node = std::move(tree.open.back());
      tree.open.pop_back();
      node->template success<Rule>(in);
      tree.open.back()->children.push_back(std::move(node));
    } else {
      tree.children.pop_back();
    }
  }
  template <typename Input>
  static void failure(const Input& /*unused*/, rules::Reading& /*unused*/, Tree& tree) {
    if constexpr (keeps) {
      tree.open.pop_back();
    } else {
      tree.open.back()->children.resize(tree.children.back());
      tree.children.pop_back();
    }
  }
};

// ----------------------------------------------------------------------------------------------- small pieces

Offset begin_of(const Node& node) { return static_cast<Offset>(node.m_begin.byte); }
Offset end_of(const Node& node) { return static_cast<Offset>(node.m_end.byte); }
sql::Range range_of(const Node& node) { return {begin_of(node), end_of(node)}; }

template <typename Rule>
const Node* child(const Node& node) {
  for (const auto& each : node.children) {
    if (each->is_type<Rule>()) return each.get();
  }
  return nullptr;
}

template <typename Rule>
const Node& only(const Node& node) {
  const Node* found = child<Rule>(node);
  check(found != nullptr, "the grammar puts this node here");
  return *found;
}

bool in_word(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

Name read_name(const Node& node) { return {node.string(), begin_of(node)}; }

Name read_text(const Node& node) {
  const std::string_view quoted = node.string_view();
  Name result{{}, begin_of(node)};
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    result.text += quoted[i];
    if (quoted[i] == '"') ++i;  // the second of a pair
  }
  return result;
}

std::vector<Name> read_names(const Node& list) {
  std::vector<Name> result;
  for (const auto& each : list.children) result.push_back(read_name(*each));
  return result;
}

std::vector<sql::Range> read_arguments(const Node& list) {
  std::vector<sql::Range> result;
  for (const auto& each : list.children) result.push_back(range_of(*each));
  return result;
}

// ------------------------------------------------------------------------------------------------- statements

class Reader {
 public:
  Reader(const Source& source, const DocumentNames& documents)
      : shared_source_(source), source_(*source), documents_(documents) {}

  File read_file(const Node& root) const;

 private:
  static SqlText read_sql(const Node& node);
  CallText read_call(const Node& node) const;
  CommandText read_command(const Node& node) const;
  static AcquireText read_acquire(const Node& node);
  ValueText read_value(const Node& node) const;
  Block read_block(const Node& node) const;
  Statement read_statement(const Node& node) const;
  If read_if(const Node& node) const;
  InTransaction read_transaction(const Node& node) const;
  void read_level(std::optional<Name>& level, const Node& node) const;
  Retry read_retry(const Node& node) const;
  Try read_try(const Node& node) const;

  VariantText read_clauses(const Node& node) const;
  SchemaText read_schema(const Node& node) const;
  Request read_request(const Node& node) const;
  static Claim read_claim(const Node& node);
  DatabaseText read_database(const Node& node) const;
  std::vector<CommandText> read_setup(const Name& database, sql::Range range) const;
  static FaultsText read_faults(const Node& node);
  static Term read_term(const Node& node);
  static Run read_run(const Node& node);
  static Invariant read_invariant(const Node& node);

  DocumentText read_request_to_documents(const Node& node) const {
    return scan_request(shared_source_, begin_of(node), documents_);
  }

  const Source& shared_source_;
  const SourceText& source_;
  const DocumentNames& documents_;
};

SqlText Reader::read_sql(const Node& node) {
  SqlText result{{}, range_of(only<rules::expression>(node))};
  if (const Node* prefix = child<rules::prefix>(node)) result.database = read_name(*prefix->children.front());
  return result;
}

CallText Reader::read_call(const Node& node) const {
  CallText result{read_name(only<rules::name>(node)), read_arguments(only<rules::arguments>(node)), {}, {}, false};
  bool outcomes = false;
  for (const auto& each : node.children) {
    if (each->is_type<rules::outcomes>()) {
      if (std::exchange(outcomes, true)) throw ModelError(source_, begin_of(*each), "a second `may`");
      result.outcomes = read_names(*each->children.front());
    } else if (each->is_type<rules::key>()) {
      if (!result.key.empty()) throw ModelError(source_, begin_of(*each), "a second `key`");
      result.key = read_arguments(only<rules::arguments>(*each));
      result.forgets = child<rules::forgets>(*each) != nullptr;
      if (result.key.size() != 1) {
        throw ModelError(source_, begin_of(*each), "a key is one expression; join several with `||`");
      }
    }
  }
  return result;
}

CommandText Reader::read_command(const Node& node) const {
  const Node& words = only<rules::redis_words>(node);
  const std::string_view text = node.string_view();
  const auto name = std::find_if_not(text.begin(), text.end(), [](char c) { return in_word(c); }) - text.begin();
  return {{std::string(text.substr(0, static_cast<std::size_t>(name))), begin_of(node)},
          scan_command(shared_source_, begin_of(words)).words,
          begin_of(words)};
}

AcquireText Reader::read_acquire(const Node& node) {
  return {read_name(only<rules::name>(node)), read_arguments(only<rules::arguments>(node)),
          child<rules::nowait>(node) != nullptr};
}

ValueText Reader::read_value(const Node& node) const {
  if (node.is_type<rules::call>()) return read_call(node);
  if (node.is_type<rules::acquire>()) return read_acquire(node);
  if (node.is_type<rules::redis_command>()) return read_command(node);
  if (node.is_type<rules::document_request>()) return read_request_to_documents(node);
  if (node.is_type<rules::query>()) return read_sql(node);
  return range_of(node);
}

Block Reader::read_block(const Node& node) const {
  Block result{{}, begin_of(node), end_of(node)};
  for (const auto& each : node.children) result.statements.push_back(read_statement(*each));
  return result;
}

Statement Reader::read_statement(const Node& node) const {
  const Offset at = begin_of(node);
  const auto& children = node.children;
  if (node.is_type<rules::command>()) return {at, read_sql(node)};
  if (node.is_type<rules::call>()) return {at, read_call(node)};
  if (node.is_type<rules::let>() || node.is_type<rules::set>()) {
    return {at, Assign{node.is_type<rules::let>(), read_name(*children[0]), read_value(*children[1])}};
  }
  if (node.is_type<rules::if_>()) return {at, read_if(node)};
  if (node.is_type<rules::for_>()) {
    return {at, For{read_name(*children[0]), read_value(*children[1]), read_block(*children[2])}};
  }
  if (node.is_type<rules::respond>()) return {at, Respond{range_of(*children[0])}};
  if (node.is_type<rules::transaction>()) {
    return {at, read_transaction(node)};
  }
  if (node.is_type<rules::effect>()) return {at, EffectText{read_name(*children[0]), read_arguments(*children[1])}};
  if (node.is_type<rules::retry>()) return {at, read_retry(node)};
  if (node.is_type<rules::again>()) return {at, Again{}};
  if (node.is_type<rules::try_>()) return {at, read_try(node)};
  if (node.is_type<rules::redis_command>()) return {at, read_command(node)};
  if (node.is_type<rules::document_request>()) return {at, read_request_to_documents(node)};
  if (node.is_type<rules::acquire>()) return {at, read_acquire(node)};
  if (node.is_type<rules::release>()) return {at, ReleaseText{read_name(*children[0]), read_arguments(*children[1])}};
  if (node.is_type<rules::hold>()) return {at, Hold{read_acquire(node), read_block(*children[2])}};
  if (node.is_type<rules::section>()) return {at, InSection{read_name(*children[0]), read_block(*children[1])}};
  if (node.is_type<rules::send>()) return {at, Send{read_name(*children[0]), read_arguments(*children[1])}};
  if (node.is_type<rules::await>()) return {at, Await{read_sql(*children[0])}};
  check(node.is_type<rules::sleep>(), "every statement of the grammar is read");
  return {at, Sleep{range_of(*children[0])}};
}

If Reader::read_if(const Node& node) const {
  If result;  // condition, block, condition, block, …, otherwise
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Node& each = *node.children[i];
    if (each.is_type<rules::otherwise>()) {
      result.otherwise = read_block(*each.children.front());
    } else {
      result.branches.push_back({range_of(each), read_block(*node.children[++i])});
    }
  }
  return result;
}

// at "serializable", once.
void Reader::read_level(std::optional<Name>& level, const Node& node) const {
  if (level) throw ModelError(source_, begin_of(node), "a second `at`: the level is given already");
  level = read_text(*node.children.front());
}

InTransaction Reader::read_transaction(const Node& node) const {
  InTransaction result;
  for (const auto& each : node.children) {
    if (each->is_type<rules::prefix>()) result.database = read_name(*each->children.front());
    if (each->is_type<rules::level>()) read_level(result.level, *each);
    if (each->is_type<rules::read_only>()) result.read_only = true;
    if (each->is_type<rules::deferrable>()) result.deferrable = true;
  }
  result.block = read_block(only<rules::block_body>(node));
  return result;
}

Retry Reader::read_retry(const Node& node) const {
  Retry result;
  if (const Node* number = child<rules::number>(node)) result.attempts = read_name(*number);
  if (const Node* conditions = child<rules::conditions>(node)) result.conditions = read_names(*conditions);
  if (!result.attempts && result.conditions.empty()) {
    throw ModelError(source_, begin_of(node), "`retry` needs `up to N`, `on CONDITION`, or both");
  }
  result.block = read_block(only<rules::block_body>(node));
  if (const Node* exhausted = child<rules::exhausted>(node)) {
    if (!result.attempts) {
      throw ModelError(source_, begin_of(*exhausted), "`exhausted` needs a bound: `retry up to N`");
    }
    result.exhausted = read_block(*exhausted->children.front());
  }
  return result;
}

Try Reader::read_try(const Node& node) const {
  Try result;
  for (const auto& each : node.children) {
    if (each->is_type<rules::catch_>()) {
      result.catches.push_back({read_names(*each->children[0]), read_block(*each->children[1])});
    } else if (each->is_type<rules::finally_>()) {
      result.finally = read_block(*each->children.front());
    } else {
      result.block = read_block(*each);
    }
  }
  if (result.catches.empty() && !result.finally) {
    throw ModelError(source_, begin_of(node), "`try` needs `catch CONDITION { }`, `finally { }`, or both");
  }
  return result;
}

// ----------------------------------------------------------------------------------------------- declarations

Claim Reader::read_claim(const Node& node) {
  Claim result;
  result.holds = child<rules::holds>(node) != nullptr;
  result.every_level = child<rules::every_level>(node) != nullptr;
  result.without_faults = child<rules::without_faults>(node) != nullptr;
  result.at = begin_of(node);
  for (const auto& each : node.children) {
    if (each->is_type<rules::text>()) result.levels.push_back(read_text(*each));
    if (each->is_type<rules::faults_named>()) result.faults = read_names(*each);
  }
  return result;
}

SchemaText Reader::read_schema(const Node& node) const {
  SchemaText result;
  if (const Node* name = child<rules::name>(node)) result.database = read_name(*name);
  result.at = begin_of(node);
  const Node* requests = child<rules::schema_requests>(node);
  result.range = range_of(requests == nullptr ? only<rules::setup>(node) : *requests);
  if (requests == nullptr) return result;
  const auto dialect = setup_dialect(shared_source_, result.range.begin);
  check(dialect.has_value(), "the grammar has seen requests here");
  result.requests = scan_setup(shared_source_, result.range.begin, *dialect).requests;
  return result;
}

// What a variant and a request have in common: title, story and claims, in any order.
VariantText Reader::read_clauses(const Node& node) const {
  VariantText result;
  bool titled = false;
  for (const auto& each : node.children) {
    if (each->is_type<rules::text>()) {
      if (std::exchange(titled, true)) throw ModelError(source_, begin_of(*each), "a second title");
      result.title = read_text(*each).text;
    } else if (each->is_type<rules::story>()) {
      if (!result.story.empty()) throw ModelError(source_, begin_of(*each), "a second `story`");
      result.story = read_text(*each->children.front()).text;
    } else if (each->is_type<rules::expect>()) {
      if (!result.claims.empty()) {
        throw ModelError(source_, begin_of(*each), "a second `expect`; write both claims in one, with a comma between");
      }
      for (const auto& claim : each->children) result.claims.push_back(read_claim(*claim));
    } else if (each->is_type<rules::level>()) {
      read_level(result.level, *each);
    } else if (each->is_type<rules::schema>()) {
      result.schemas.push_back(read_schema(*each));
    } else if (each->is_type<rules::block_body>()) {
      result.block = read_block(*each);
    }
  }
  return result;
}

Request Reader::read_request(const Node& node) const {
  Request result{read_name(only<rules::name>(node)), read_names(only<rules::parameters>(node)), {}, {}};
  for (const auto& each : node.children) {
    if (!each->is_type<rules::variant>()) continue;
    const auto variant = read_clauses(*each);
    for (const auto& name : read_names(only<rules::names>(*each))) {
      result.variants.push_back(variant);
      result.variants.back().name = name;
    }
  }
  if (result.variants.empty()) {
    result.variants.push_back(read_clauses(node));
    result.variants.back().name = {{}, begin_of(node)};
    return result;
  }
  for (const auto& each : node.children) {
    if (each->is_type<rules::level>()) read_level(result.level, *each);
    if (each->is_type<rules::text>() || each->is_type<rules::story>() || each->is_type<rules::expect>()) {
      throw ModelError(source_, begin_of(*each),
                       "a request with variants has no title, story or claim of its own: "
                       "write it at the variant");
    }
  }
  return result;
}

Term Reader::read_term(const Node& node) {
  Term term{Term::Kind::request, begin_of(node), {}, {}, {}};
  if (node.is_type<rules::session>()) {
    term.kind = Term::Kind::session;
    for (const auto& each : node.children) {
      if (!each->is_type<rules::one_of_session>()) continue;
      term.requests.push_back({read_name(*each->children[0]), read_arguments(*each->children[1])});
    }
  } else {
    term.requests.push_back({read_name(*node.children[0]), read_arguments(*node.children[1])});
  }
  if (node.is_type<rules::job>()) term.kind = Term::Kind::job;
  std::size_t next = 2;
  if (node.is_type<rules::deliver>()) {
    term.kind = Term::Kind::deliver;
    const Node& status = *node.children[next++];
    term.until = status.is_type<rules::text>() ? read_text(status) : read_name(status);
  }
  const Node& last = *node.children.back();
  const bool counted = node.is_type<rules::session>() ? true : node.children.size() > next;
  if (counted && last.is_type<rules::number>()) term.times = read_name(last);
  return term;
}

Run Reader::read_run(const Node& node) {
  Run result{begin_of(node), {}};
  for (const auto& each : node.children) result.terms.push_back(read_term(*each));
  return result;
}

std::vector<CommandText> Reader::read_setup(const Name& database, sql::Range range) const {
  std::vector<CommandText> commands;
  for (Offset at = range.begin;;) {
    auto scanned = scan_command(shared_source_, at);
    if (scanned.end >= range.end && scanned.words.empty()) return commands;
    if (!scanned.words.empty()) {
      const Offset begin = scanned.words.front().at;
      commands.push_back({database, std::move(scanned.words), begin});
    }
    at = scanned.end + 1;
  }
}

DatabaseText Reader::read_database(const Node& node) const {
  DatabaseText result;
  result.name = read_name(*node.children[0]);
  if (node.is_type<rules::redis_database>()) {
    result.kind = {"redis", result.name.at};
    result.range = range_of(only<rules::redis_setup>(node));
    result.commands = read_setup(result.name, result.range);
    return result;
  }
  const bool is_mongodb = node.is_type<rules::mongodb_database>();
  if (is_mongodb || node.is_type<rules::dynamodb_database>()) {
    result.kind = {is_mongodb ? "mongodb" : "dynamodb", result.name.at};
    result.range = range_of(is_mongodb ? only<rules::mongodb_setup>(node) : only<rules::dynamodb_setup>(node));
    result.requests = scan_setup(shared_source_, result.range.begin,
                                 is_mongodb ? store::document::Dialect::mongodb : store::document::Dialect::dynamodb)
                          .requests;
    return result;
  }
  result.range = range_of(only<rules::setup>(node));
  if (node.is_type<rules::memory>()) {
    result.kind = {"memory", begin_of(node)};
    result.per_process = child<rules::per_process>(node) != nullptr;
    return result;
  }
  result.kind = read_name(*node.children[1]);
  if (const Node* of = child<rules::replica_of>(node)) result.of = read_name(*of->children.front());
  return result;
}

FaultsText Reader::read_faults(const Node& node) {
  FaultsText result{begin_of(node), {}};
  for (const auto& each : node.children) {
    if (!each->is_type<rules::bound>()) continue;
    result.bounds.push_back({read_name(*each->children[0]), read_name(*each->children[1])});
  }
  return result;
}

Invariant Reader::read_invariant(const Node& node) {
  const Node& kind = *node.children[0];
  return {kind.is_type<rules::always>()    ? Invariant::Kind::always
          : kind.is_type<rules::history>() ? Invariant::Kind::history
                                           : Invariant::Kind::finally,
          read_text(*node.children[1]), range_of(*node.children[2])};
}

File Reader::read_file(const Node& root) const {
  File file;
  for (const auto& each : root.children) {
    const auto& children = each->children;
    if (each->is_type<rules::header>()) {
      file.name = read_name(*children[0]);
      if (children.size() > 1) file.title = read_text(*children[1]).text;
    } else if (each->is_type<rules::isolation>()) {
      file.isolation.push_back(read_text(*children[0]));
    } else if (each->is_type<rules::database>() || each->is_type<rules::redis_database>() ||
               each->is_type<rules::mongodb_database>() || each->is_type<rules::dynamodb_database>() ||
               each->is_type<rules::memory>()) {
      file.databases.push_back(read_database(*each));
    } else if (each->is_type<rules::lock>()) {
      file.locks.push_back({read_name(*children[0]), child<rules::per_process>(*each) != nullptr});
    } else if (each->is_type<rules::processes>()) {
      file.processes.push_back(read_name(*children[0]));
    } else if (each->is_type<rules::clock>()) {
      ClockText clock{begin_of(*each), {}};
      for (const auto& instant : children) {
        const std::string text = instant->string();
        clock.instants.push_back({text.substr(1, text.size() - 2), begin_of(*instant)});
      }
      file.clocks.push_back(std::move(clock));
    } else if (each->is_type<rules::faults>()) {
      file.faults.push_back(read_faults(*each));
    } else if (each->is_type<rules::request>()) {
      file.requests.push_back(read_request(*each));
    } else if (each->is_type<rules::run>()) {
      file.runs.push_back(read_run(*each));
    } else {
      check(each->is_type<rules::invariant>(), "every declaration of the grammar is read");
      file.invariants.push_back(read_invariant(*each));
    }
  }
  return file;
}

// ---------------------------------------------------------------------------------------------------- mistakes

// Refuses what no scanner should have to see.
void check_bytes(const SourceText& source) {
  const std::string& text = source.text;
  if (text.size() > largest_file) {
    throw ModelError(source, 0, "this file is larger than 1 MiB; a scenario is a few hundred lines");
  }
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
    const unsigned first = byte(i);
    if (first == 0) throw ModelError(source, static_cast<Offset>(i), "a NUL byte: this is not a text file");
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xC2 && first < 0xE0 ? 2
                               : first >= 0xE0 && first < 0xF0 ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 0;
    bool valid = length > 0;
    for (std::size_t k = 1; k < length; ++k) valid = valid && (byte(i + k) & 0xC0U) == 0x80U;
    // Overlong forms, surrogates, and beyond U+10FFFF.
    if (first == 0xE0) valid = valid && byte(i + 1) >= 0xA0;
    if (first == 0xED) valid = valid && byte(i + 1) < 0xA0;
    if (first == 0xF0) valid = valid && byte(i + 1) >= 0x90;
    if (first == 0xF4) valid = valid && byte(i + 1) < 0x90;
    if (!valid) throw ModelError(source, static_cast<Offset>(i), "this byte is not valid UTF-8");
    i += length;
  }
}

std::string found_at(std::string_view text) {
  if (text.empty()) return "the end of the file";
  auto length = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), in_word) - text.begin());
  constexpr std::size_t longest_quoted_word = 60;
  length = std::min(length, longest_quoted_word);
  if (length == 0) {
    length = 1;  // one character, of however many bytes
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) ++length;
  }
  if (text.front() == '\n' || text.front() == '\r') return "the end of the line";
  return "`" + std::string(text.substr(0, length)) + "`";
}

// A misspelt keyword is the commonest mistake of all.
std::string hint(std::string_view expected, const std::string& found) {
  static const std::vector<std::string> statements = {
      "let",    "set",      "if",    "for",     "respond",  "transaction", "effect", "call",
      "retry",  "again",    "try",   "SELECT",  "INSERT",   "UPDATE",      "DELETE", "BEGIN",
      "COMMIT", "ROLLBACK", "begin", "commit",  "rollback", "select",      "insert", "update",
      "delete", "send",     "await", "section", "acquire",  "release",     "hold",   "sleep"};
  static const std::vector<std::string> declarations = {"isolation", "database", "request", "run",
                                                        "always",    "finally",  "history", "memory",
                                                        "clock",     "faults",   "lock",    "processes"};
  // The other claim is not named in a message: whoever looks for the word in our output must find proofs only.
  static const std::vector<std::string> claims = {"violated"};
  static const std::vector<std::string> variants = {"variant"};
  if (found.size() < 3) return {};
  const std::string word = found.substr(1, found.size() - 2);
  const auto& candidates = expected == rules::expected<rules::end_of_block>  ? statements
                           : expected == rules::expected<rules::end_of_file> ? declarations
                           : expected == rules::expected<rules::claim>       ? claims
                                                                             : variants;
  const std::string near = sql::did_you_mean(word, candidates);
  if (!near.empty() && near != word) return "; did you mean `" + near + "`?";
  if (expected != rules::expected<rules::end_of_file>) return "";
  std::string all;
  for (const auto& each : declarations) all += (all.empty() ? "" : ", ") + each;
  return "; there are " + all;
}

}  // namespace

File parse(const Source& source) {
  check_bytes(*source);
  pegtl::memory_input<> in(source->text, source->name);
  const auto documents = document_names(source->text);
  rules::Reading reading{source, database_names(source->text, "redis"), documents};
  try {
    Tree tree;
    tree.open.push_back(std::make_unique<Node>());
    const bool matched = pegtl::parse<rules::file, pegtl::nothing, Growing>(in, reading, tree);
    check(matched, "a file that does not match raises");
    return Reader(source, documents).read_file(*tree.open.front());
  } catch (const pegtl::parse_error& error) {
    const auto at = static_cast<Offset>(error.positions().front().byte);
    const std::string expected(error.message());
    const std::string found = found_at(std::string_view(source->text).substr(at));
    const bool begins = expected == rules::expected<rules::end_of_block>;
    const std::string missing = !begins ? "" : missing_database(std::string_view(source->text).substr(at));
    const std::string foreign = missing.empty() ? foreign_word(source->text, at) : missing;
    throw ModelError(*source, at,
                     "expected " + expected + ", found " + found + (foreign.empty() ? hint(expected, found) : foreign));
  }
}

}  // namespace gapless::scenario
