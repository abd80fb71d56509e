// Tables, indexes and functions are made once and for all, by the setup blocks; everything else is a statement for the
// simulated server.
#include "spec/program.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "spec/functions.h"
#include "spec/words.h"
#include "sql/bind.h"
#include "sql/parse.h"
#include "sql/scan.h"

namespace gapless::spec {
namespace {

enum class Place { setup, session_setup, step, teardown };

// Without any effect that a test could see.
bool has_no_effect(const std::vector<Word>& words) {
  constexpr auto idle = std::to_array<std::string_view>({"vacuum", "analyze", "analyse", "checkpoint"});
  return std::ranges::find_if(idle, [&](auto word) { return words.front().is(word); }) != idle.end();
}

// The storage of a table: ALTER TABLE t SET (autovacuum_enabled = false).
bool alters_storage_only(const std::vector<Word>& words) {
  for (std::size_t i = 2; i + 1 < words.size(); ++i) {
    if (words[i].is("set") || words[i].is("reset")) return words[i + 1].is("(");
  }
  return false;
}

class Compiler {
 public:
  explicit Compiler(Specification specification) : source_(specification.source) {
    program_.specification = std::move(specification);
  }

  Program compile() {
    const auto& specification = program_.specification;
    for (const auto& block : specification.setups) split(block, [&](sql::Range range) { find_definition(range); });
    make_catalog();
    for (const auto& block : specification.setups) program_.setups.push_back(message(block, Place::setup));
    for (const auto& session : specification.sessions) {
      program_.session_setups.push_back(optional_message(session.setup, Place::session_setup));
      program_.session_teardowns.push_back(optional_message(session.teardown, Place::teardown));
    }
    for (const auto& step : specification.steps) program_.steps.push_back(message(step.sql, Place::step));
    program_.teardown = optional_message(specification.teardown, Place::teardown);
    return std::move(program_);
  }

 private:
  std::string_view text(sql::Range range) const {
    return std::string_view(source_->text).substr(range.begin, range.end - range.begin);
  }

  // Calls `use` for each statement that is not empty.
  template <class Use>
  void split(const Block& block, Use use) const {
    for (Offset at = block.begin; at < block.end;) {
      const Offset end = sql::find_end(source_, at, ";", block.end);
      if (end >= block.end && at >= block.end) break;
      const sql::Range range{at, std::min(end, block.end)};
      if (!words_of(text(range)).empty()) use(range);
      at = end + 1;
    }
  }

  Offset begin_of(sql::Range range) const {
    return range.begin + static_cast<Offset>(words_of(text(range)).front().begin);
  }

  // ------------------------------------------------------------------------------------------- definitions

  void find_definition(sql::Range range) {
    const auto words = words_of(text(range));
    if (words.front().is("drop")) return refuse_drop_of_own(range, words);
    const bool alters = words.front().is("alter") && !alters_storage_only(words);
    if (!words.front().is("create") && !alters) return;
    const bool is_function =
        std::ranges::any_of(words.begin(), words.begin() + std::min<std::ptrdiff_t>(4, std::ssize(words)),
                            [](const Word& word) { return word.is("function"); });
    if (!is_function) {
      for (const auto& word : words) made_.insert(word.text);
      tables_.push_back(range);
    } else if (const auto misfit = add_function(text(range), functions_)) {
      throw ModelError(*source_, range.begin + static_cast<Offset>(misfit->at), misfit->message);
    }
  }

  // DROP TABLE IF EXISTS at the beginning finds nothing, as every permutation begins with an empty database.
  void refuse_drop_of_own(sql::Range range, const std::vector<Word>& words) const {
    const bool careful = words.size() > 3 && words[2].is("if");
    for (std::size_t i = careful ? 4 : words.size(); i < words.size(); ++i) {
      const bool is_name = words[i].kind == Word::Kind::name || words[i].kind == Word::Kind::quoted_name;
      if (is_name && made_.contains(words[i].text)) break;
      if (i + 1 == words.size()) return;
    }
    throw ModelError(*source_, begin_of(range),
                     "DROP is supported only at the end, in teardown, and as DROP … IF EXISTS of what is not there");
  }

  // Everything but the definitions is blanked out, so that they stand where they stood.
  void make_catalog() {
    std::string only(source_->text);
    Offset kept = 0;
    const auto blank_out = [&](Offset end) {
      // A semicolon now and then, as no statement may be very long.
      for (; kept < end; ++kept) {
        if (only[kept] != '\n') only[kept] = kept % 1000 == 0 ? ';' : ' ';
      }
    };
    for (const auto range : tables_) {
      blank_out(range.begin);
      kept = range.end;
      if (kept < only.size()) only[kept++] = ';';
    }
    only.resize(kept);
    const auto definitions = make_source(source_->name, std::move(only));
    try {
      program_.catalog = sql::parse_setup(definitions, {0, kept}, "").catalog;
    } catch (const ModelError& error) {
      throw ModelError(with_line(error.diagnostic()));
    }
  }

  // The line as it is in the file.
  Diagnostic with_line(Diagnostic diagnostic) const {
    std::string_view rest = source_->text;
    for (int line = 1; line < diagnostic.line; ++line) rest.remove_prefix(std::min(rest.find('\n') + 1, rest.size()));
    if (diagnostic.line > 0) diagnostic.source_line = rest.substr(0, rest.find_first_of("\r\n"));
    return diagnostic;
  }

  // -------------------------------------------------------------------------------------------- statements

  Message optional_message(const std::optional<Block>& block, Place place) const {
    return block ? message(*block, place) : Message();
  }

  Message message(const Block& block, Place place) const {
    Message message;
    split(block, [&](sql::Range range) { message.push_back(command(range, place)); });
    return message;
  }

  Command command(sql::Range range, Place place) const {
    Command command;
    command.at = begin_of(range);
    try {
      fill(command, range, place);
    } catch (const ModelError& error) {
      command.kind = Command::Kind::refused;
      command.refusal = error;
    }
    return command;
  }

  void fill(Command& command, sql::Range range, Place place) const {
    const auto words = words_of(text(range));
    const bool defines = words.front().is("create") || words.front().is("alter") || words.front().is("drop");
    const bool goes = words.front().is("drop") && place == Place::teardown;
    if (has_no_effect(words) || goes || (defines && place == Place::setup)) {
      command.kind = Command::Kind::nothing;
    } else if (defines) {
      throw ModelError(*source_, command.at,
                       "tables, indexes and functions are made in the setup blocks at the beginning, and stay");
    } else if (words.front().is("prepare") && words.size() > 2 && !words[1].is("transaction")) {
      prepare(command, range, words);
    } else if (words.front().is("execute") && words.size() > 1) {
      if (words.size() > 2) refuse(range, words[2], "a prepared statement cannot have parameters here");
      command.kind = Command::Kind::execute;
      command.name = words[1].text;
    } else {
      statement(command, range);
    }
  }

  void prepare(Command& command, sql::Range range, const std::vector<Word>& words) const {
    if (!words[2].is("as")) refuse(range, words[2], "a prepared statement cannot have parameters here");
    command.kind = Command::Kind::prepare;
    command.name = words[1].text;
    command.statement = bound(source_, {range.begin + static_cast<Offset>(words[2].end), range.end});
  }

  void statement(Command& command, sql::Range range) const {
    std::optional<Misfit> misfit;
    const auto call = expanded_call(text(range), functions_, misfit);
    if (misfit) throw ModelError(*source_, range.begin + static_cast<Offset>(misfit->at), misfit->message);
    if (call) {
      command.kind = Command::Kind::call;
      command.name = call->function;
      command.statement = bound(range, call->text);
    } else {
      command.statement = bound(source_, range);
    }
  }

  // The statement with another text in its place.
  std::shared_ptr<const sql::Statement> bound(sql::Range range, const std::string& text) const {
    auto whole = source_->text;
    whole.replace(range.begin, range.end - range.begin, text);
    try {
      return bound(make_source(source_->name, std::move(whole)),
                   {range.begin, range.begin + static_cast<Offset>(text.size())});
    } catch (const ModelError& error) {
      throw ModelError(with_line(error.diagnostic()));
    }
  }

  std::shared_ptr<const sql::Statement> bound(const Source& source, sql::Range range) const {
    auto statement = sql::parse_statement(source, range);
    if (!statement.parameters.empty()) {
      throw ModelError(*source, statement.at, "there is nobody to give :" + statement.parameters.front() + " a value");
    }
    sql::bind(statement, program_.catalog);
    return std::make_shared<const sql::Statement>(std::move(statement));
  }

  [[noreturn]] void refuse(sql::Range range, const Word& word, std::string message) const {
    throw ModelError(*source_, range.begin + static_cast<Offset>(word.begin), std::move(message));
  }

  Source source_;
  Program program_;
  SqlFunctions functions_;
  std::vector<sql::Range> tables_;  // their CREATE, and what alters them
  std::set<std::string> made_;      // words of those
};

}  // namespace

Program compile(Specification specification) { return Compiler(std::move(specification)).compile(); }

}  // namespace gapless::spec
