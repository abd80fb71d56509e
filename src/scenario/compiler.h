// The state of compiling one variant. Blocks that must be left in an orderly way are Regions, innermost last: `respond`
// commits the transactions and runs the `finally` blocks that it stands in, `again` those within its `retry`.
//
//   compile.cc     names, statements and expressions
//   control.cc     if, for, transaction, retry, try, respond: what jumps
//   beyond.cc      what goes beyond one database: calls, messages, Redis, locks, sections, waiting
//   documents.cc   MongoDB and DynamoDB
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/compile.h"
#include "scenario/emitter.h"
#include "scenario/scope.h"

namespace gapless::scenario {

// How a `finally` block was come to, and hence how it is left: the values of its completion variable.
enum class Way : std::int32_t { normal = 0, error = 1, respond = 2, again = 3 };

struct Region {
  enum class Kind : std::uint8_t { transaction, retry, finally, section };

  Kind kind = Kind::transaction;
  Handler outer;             // where errors go once the region is left
  std::size_t database = 0;  // of a transaction
  Variable variable = 0;     // of a retry: the transactions open before it; of a finally: its completion
  Emitter::Label entry = 0;  // of a retry: where `again` goes; of a finally: its block
  std::set<Way> ways;        // of a finally: ways that pass through it; of a retry: again, if it is used
};

class Compiler {
 public:
  Compiler(const Source& source, const World& world, const File& file, store::Isolation level, Ledgers& ledgers);

  Compiled run(const Request& request, const VariantText& variant);

 private:
  struct Loop {
    std::size_t rows;  // the instruction that makes the rows
    std::size_t next;
    std::size_t local;
  };

  // compile.cc
  void declare_parameters(const Request& request);
  void forget_unread();
  void statement(const Statement& statement);
  void perform(const SqlText& text, Offset at);
  void assign(const Assign& assign);
  void assign_statement(const Assign& assign, const SqlText& text);
  void assign_formula(const Assign& assign, sql::Range range);
  void define(const Assign& assign, std::size_t instruction, const std::vector<std::string>& columns);
  void effect(const EffectText& text, Offset at);
  std::vector<Formula> ledger_row(const Name& name, const std::vector<sql::Range>& arguments);
  void transaction_command(std::size_t database, const sql::Transaction& command,
                           std::shared_ptr<const sql::Statement> statement);
  void begin(std::size_t database, const sql::Transaction& command, Offset at);
  void set_variable(std::size_t database, const sql::SetVariable& command,
                    std::shared_ptr<const sql::Statement> statement);

  std::size_t database_of(const std::optional<Name>& prefix, Offset at, std::string_view example) const;
  std::shared_ptr<const sql::Statement> parse(const SqlText& text, std::size_t database);
  std::size_t emit_perform(std::size_t database, std::shared_ptr<const sql::Statement> statement);
  Formula formula(sql::Range range);
  Formula condition(sql::Range range);
  Offset place_of(std::string_view parameter, sql::Range range) const;
  void refuse_lock_name(const sql::Transaction& command) const;
  void keep_fields();

  // beyond.cc
  void assign_call(const Assign& assign, const CallText& text);
  std::size_t emit_call(const CallText& text, Offset at);
  std::vector<std::string> seen_outcomes(const CallText& text) const;
  void check_outcomes(const CallText& text);
  void warn_impossible_outcomes(const sql::Expression& expression, sql::Range range);
  void warn_impossible_outcome(const std::string& parameter, const sql::Expression& compared, sql::Range range);
  void send(const Send& text, Offset at);
  void await(const Await& text, Offset at);
  void assign_command(const Assign& assign, const CommandText& text);
  std::size_t emit_command(const CommandText& text);
  std::vector<WordPiece> word(const CommandWord& text);
  std::size_t keyvalue_of(const Name& name) const;
  const Lock& lock_of(const Name& name) const;
  Variable name_lock(const Name& name, const std::vector<sql::Range>& arguments, Offset at);
  std::size_t emit_acquire(const Lock& lock, Variable variable, bool nowait, Offset at);
  void emit_release(const Lock& lock, Variable variable, Offset at);
  void acquire(const AcquireText& text, Offset at);
  void assign_acquire(const Assign& assign, const AcquireText& text);
  void release(const ReleaseText& text, Offset at);
  void hold(const Hold& text, Offset at);
  void section(const InSection& text, Offset at);
  void sleep(const Sleep& text, Offset at);
  void check_target(const sql::Statement& statement, std::size_t database) const;
  void refuse_now(const sql::Expression& expression) const;

  // documents.cc
  std::size_t emit_request(const DocumentText& text);
  void assign_request(const Assign& assign, const DocumentText& text);
  Loop for_request(const For& statement, const DocumentText& text, Variable rows);
  std::size_t documents_of(const DocumentText& text) const;
  void check_request(const DocumentText& text, std::size_t documents);
  void warn_unfilled(const DocumentText& text, std::size_t documents);
  Template filled(const Literal& literal);
  Formula present_instant(Offset at);
  bool leave_transaction_of_documents(const SqlText& text);
  std::optional<std::size_t> documents_of_transaction(const InTransaction& statement, Offset at) const;
  [[noreturn]] void refuse_sql(const model::Documents& database, Offset at) const;

  // control.cc
  enum class Names : std::uint8_t { end, linger };  // with the block, or as Scope::linger() says
  void block(const Block& block, Names names = Names::end);
  void if_(const If& statement);
  void for_(const For& statement, Offset at);
  void transaction(const InTransaction& statement, Offset at);
  void retry(const Retry& statement, Offset at);
  void try_(const Try& statement, Offset at);
  void with_finally(const std::function<void()>& body, const std::function<void()>& last, Offset at);
  void catches(const Try& statement, Emitter::Label done);
  void leave_finally(const Region& region, Variable error, Offset at);
  void respond(const Respond& statement, Offset at);
  void again(Offset at);
  void go_out(Way way, std::size_t regions, Offset at);
  void check_conditions(const std::vector<Name>& names) const;
  bool in_transaction(std::size_t database) const;

  const Source& source_;
  const World& world_;
  const File& file_;
  const std::vector<model::Database>& databases_;
  store::Isolation level_;
  Ledgers& ledgers_;
  Compiled result_;
  Scope scope_;
  Emitter emit_;
  std::vector<Region> regions_;
  Handler top_;          // of errors that nobody catches
  Variable status_ = 0;  // of the response
  bool slept_ = false;
  bool begun_ = false;  // by a BEGIN of one's own: what commits by itself is not known from then on

  // Results learn their fields as these are read; the statements that define them are completed at the end.
  struct Definition {
    std::size_t instruction;
    std::size_t local;
  };
  std::vector<Definition> definitions_;
  std::vector<Loop> loops_;
};

}  // namespace gapless::scenario
