// What guards around statements: a check of what came back, a retry, a transaction, a lock that is held, a key of a
// call.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "scenario/guards.h"
#include "scenario/ledger.h"
#include "scenario/redis.h"
#include "sql/scan.h"
#include "store/document/rules.h"

namespace gapless::scenario {
namespace {

sql::Range quoted(const Name& name) { return {name.at, name.at + static_cast<Offset>(name.text.size()) + 2}; }

bool is_weakest(const Name& level) { return to_lower(level.text) == "read committed"; }

class Finder {
 public:
  Finder(const Touches& touches, Findings& findings) : touches_(touches), findings_(findings) {}

  void level(const Part& part);
  void block(const Block& block);

 private:
  void statement(const Statement& statement);
  void values(const Statement& statement);
  void learn(const Statement& statement);
  void checks(const If& statement);
  void check_of(const Branch& branch, const std::optional<Block>& otherwise);
  void call(const Statement& statement, const CallText& call);
  void transaction(const Statement& statement, const InTransaction& transaction);
  void retry(const Statement& statement, const Retry& retry);
  void hold(const Statement& statement, const Hold& hold);
  void add_prefixes(const Block& block, const std::string& prefix, bool of_documents, std::vector<Edit>& edits) const;

  bool is_of_documents(const InTransaction& transaction) const;
  void drop_endings(const Block& block, std::vector<Edit>& edits) const;

  std::string_view first_word(const SqlText& text) const;
  bool ends(const Statement& statement) const;  // rollback, commit
  bool is_rollback(const Statement& statement) const;
  bool refuses(const Block& block) const;
  bool acts(const Block& block) const;
  bool acts(const Statement& statement) const;
  bool mentions_observed(sql::Range expression) const;

  const Touches& touches_;
  Findings& findings_;
  std::set<std::string> observed_;  // locals that depend on what a store returned
};

void Finder::level(const Part& part) {
  const auto& level = part.variant->level ? part.variant->level : part.request->level;
  if (!level || is_weakest(*level)) return;
  findings_.add(level->at, "at \"" + level->text + "\"", {{quoted(*level), "\"read committed\""}});
}

void Finder::block(const Block& block) {
  for (const auto& each : block.statements) statement(each);
  find_transactions_of_redis(block, findings_);
}

void Finder::statement(const Statement& statement) {
  values(statement);
  learn(statement);
  if (const auto* each = std::get_if<If>(&statement.body)) checks(*each);
  if (const auto* each = std::get_if<InTransaction>(&statement.body)) transaction(statement, *each);
  if (const auto* each = std::get_if<Retry>(&statement.body)) retry(statement, *each);
  if (const auto* each = std::get_if<Hold>(&statement.body)) hold(statement, *each);
  for (const auto* inner : blocks_of(statement)) block(*inner);
}

// The statement's own SQL, commands, calls and locks.
void Finder::values(const Statement& statement) {
  const bool kept = !std::holds_alternative<SqlText>(statement.body);
  for (const auto* text : sql_of(statement)) find_in_sql(statement, *text, kept, touches_, findings_);
  for (const auto* text : documents_in(statement)) find_in_request(statement, *text, kept, touches_, findings_);
  if (const auto* text = std::get_if<SqlText>(&statement.body)) {
    const auto word = to_lower(std::string(first_word(*text)));
    if (word == "begin" || word == "start") {
      findings_.add(statement.at, findings_.shown(text->range), {blank(findings_.statement_at(statement.at))});
    }
  }
  if (const auto* each = std::get_if<CommandText>(&statement.body)) find_in_command(statement, *each, false, findings_);
  if (const auto* each = std::get_if<CallText>(&statement.body)) call(statement, *each);
  if (std::holds_alternative<AcquireText>(statement.body)) {
    const auto whole = findings_.statement_at(statement.at);
    findings_.add(statement.at, findings_.shown({whole.begin, whole.end - 1}), {blank(whole)});
  }
  const auto* assign = std::get_if<Assign>(&statement.body);
  if (assign == nullptr) return;
  if (const auto* each = std::get_if<CommandText>(&assign->value)) find_in_command(statement, *each, true, findings_);
  if (const auto* each = std::get_if<CallText>(&assign->value)) call(statement, *each);
}

// What a store returned, and what was computed from it. Not what a call came to: that is no race.
void Finder::learn(const Statement& statement) {
  if (const auto* loop = std::get_if<For>(&statement.body)) observed_.insert(loop->name.text);
  const auto* assign = std::get_if<Assign>(&statement.body);
  if (assign == nullptr) return;
  const auto* expression = std::get_if<sql::Range>(&assign->value);
  const bool observed =
      expression == nullptr ? !std::holds_alternative<CallText>(assign->value) : mentions_observed(*expression);
  if (observed) observed_.insert(assign->name.text);
}

bool Finder::mentions_observed(sql::Range expression) const {
  const auto tokens = tokens_of(findings_.source(), expression);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].kind != Token::Kind::word || (i > 0 && tokens[i - 1].text == ".")) continue;
    if (observed_.contains(std::string(findings_.written(tokens[i].range)))) return true;
  }
  return false;
}

// ------------------------------------------------------------------------------------------------------ checks

void Finder::checks(const If& statement) {
  for (std::size_t i = 0; i < statement.branches.size(); ++i) {
    const bool last = i + 1 == statement.branches.size();
    check_of(statement.branches[i], last ? statement.otherwise : std::nullopt);
  }
}

// A block that sends the request away is never entered without its check, one that acts always.
void Finder::check_of(const Branch& branch, const std::optional<Block>& otherwise) {
  if (!mentions_observed(branch.condition)) return;
  const bool refused = refuses(branch.block);
  const bool acted = !refused && (acts(branch.block) || (otherwise && refuses(*otherwise)));
  if (!refused && !acted) return;
  findings_.add(branch.condition.begin, "if " + findings_.shown(branch.condition) + " { … }",
                {{branch.condition, refused ? "false " : "true "}});
}

std::string_view Finder::first_word(const SqlText& text) const {
  const auto tokens = tokens_of(findings_.source(), text.range);
  return tokens.empty() ? std::string_view() : findings_.written(tokens.front().range);
}

bool Finder::ends(const Statement& statement) const {
  const auto* text = std::get_if<SqlText>(&statement.body);
  return is_rollback(statement) || (text != nullptr && to_lower(std::string(first_word(*text))) == "commit");
}

bool Finder::is_rollback(const Statement& statement) const {
  const auto* text = std::get_if<SqlText>(&statement.body);
  return text != nullptr && to_lower(std::string(first_word(*text))) == "rollback";
}

// It ends the attempt with anything but success, or does nothing but respond.
bool Finder::refuses(const Block& block) const {
  for (const auto& each : block.statements) {
    if (std::holds_alternative<Again>(each.body) || is_rollback(each)) return true;
    const auto* respond = std::get_if<Respond>(&each.body);
    if (respond == nullptr) continue;
    return !findings_.shown(respond->status).starts_with("2") || !acts(block);
  }
  return false;
}

bool Finder::acts(const Block& block) const {
  return std::ranges::any_of(block.statements, [&](const Statement& each) { return acts(each); });
}

bool Finder::acts(const Statement& statement) const {
  if (std::holds_alternative<EffectText>(statement.body) || std::holds_alternative<CallText>(statement.body) ||
      std::holds_alternative<Send>(statement.body)) {
    return true;
  }
  for (const auto* text : sql_of(statement)) {
    if (changes_data(findings_.source(), *text)) return true;
  }
  for (const auto* text : documents_in(statement)) {
    if (!store::document::only_reads(request_of(*text))) return true;
  }
  const auto* command = std::get_if<CommandText>(&statement.body);
  if (const auto* assign = std::get_if<Assign>(&statement.body)) {
    if (std::holds_alternative<CallText>(assign->value)) return true;
    command = std::get_if<CommandText>(&assign->value);
  }
  if (command != nullptr) {
    static const std::set<std::string> idle = {"GET", "HGET", "UNWATCH", "WATCH", "DISCARD", "DEL", "UNLINK", "TTL"};
    if (!idle.contains(command_name(*command))) return true;
  }
  const auto inner = blocks_of(statement);
  return std::ranges::any_of(inner, [&](const Block* block) { return acts(*block); });
}

// ------------------------------------------------------------------------------------------------------- blocks

// key (order) forgets
void Finder::call(const Statement& statement, const CallText& call) {
  if (call.key.empty()) return;
  const auto tokens = tokens_of(findings_.source(), findings_.statement_at(statement.at));
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    const bool is_it = tokens[i].is("key") && tokens[i + 1].text == "(" &&
                       tokens[i + 1].range.end <= call.key.front().begin &&
                       tokens[tokens[i + 1].partner].range.end >= call.key.front().end;
    if (!is_it) continue;
    std::size_t last = tokens[i + 1].partner;
    if (last + 1 < tokens.size() && tokens[last + 1].is("forgets")) ++last;
    const sql::Range key{tokens[i].range.begin, tokens[last].range.end};
    findings_.add(key.begin, findings_.shown(key), {blank(key)});
    return;
  }
}

void Finder::transaction(const Statement& statement, const InTransaction& transaction) {
  const sql::Range head{statement.at, transaction.block.at};
  std::vector<Edit> edits = {{head, "if true "}};
  const bool of_documents = is_of_documents(transaction);
  if (transaction.database) add_prefixes(transaction.block, transaction.database->text + "> ", of_documents, edits);
  if (of_documents) drop_endings(transaction.block, edits);
  findings_.add(statement.at, findings_.shown(head) + " { … }", std::move(edits));
  const auto& level = transaction.level;
  if (!level || is_weakest(*level)) return;
  findings_.add(level->at, "at \"" + level->text + "\"", {{quoted(*level), "\"read committed\""}});
}

// Its statements are meant for its database, which they need to say without it.
void Finder::add_prefixes(const Block& block, const std::string& prefix, bool of_documents,
                          std::vector<Edit>& edits) const {
  for (const auto& statement : block.statements) {
    for (const auto* text : sql_of(statement)) {
      if (!text->database && !of_documents) edits.push_back({{text->range.begin, text->range.begin}, prefix});
    }
    for (const auto* text : documents_in(statement)) {
      if (!text->database && of_documents) edits.push_back({{text->at, text->at}, prefix});
    }
    const auto* inner = std::get_if<InTransaction>(&statement.body);
    if (inner != nullptr && inner->database) continue;
    for (const auto* each : blocks_of(statement)) add_prefixes(*each, prefix, of_documents, edits);
  }
}

bool Finder::is_of_documents(const InTransaction& transaction) const {
  const auto names = document_names(findings_.source().text);
  if (transaction.database) return names.contains(transaction.database->text);
  const auto& statements = transaction.block.statements;
  return names.size() == 1 &&
         std::ranges::none_of(statements, [&](const Statement& each) { return !sql_of(each).empty() && !ends(each); });
}

// `rollback;` and `commit;` mean nothing without the transaction.
void Finder::drop_endings(const Block& block, std::vector<Edit>& edits) const {
  for (const auto& statement : block.statements) {
    if (ends(statement)) edits.push_back(blank(findings_.statement_at(statement.at)));
    if (std::holds_alternative<InTransaction>(statement.body)) continue;
    for (const auto* each : blocks_of(statement)) drop_endings(*each, edits);
  }
}

void Finder::retry(const Statement& statement, const Retry& retry) {
  const std::string shown = findings_.shown({statement.at, retry.block.at});
  if (!retry.attempts) {
    constexpr Offset word = 5;
    findings_.add(statement.at, shown, {{{statement.at + word, statement.at + word}, " up to 1"}});
  } else if (retry.attempts->text != "1") {
    const auto& number = *retry.attempts;
    findings_.add(statement.at, shown, {{{number.at, number.at + static_cast<Offset>(number.text.size())}, "1"}});
  }
}

void Finder::hold(const Statement& statement, const Hold& hold) {
  const sql::Range head{statement.at, hold.block.at};
  findings_.add(statement.at, findings_.shown(head), {{head, "if true "}});
}

}  // namespace

std::vector<const Block*> blocks_of(const Statement& statement) {
  std::vector<const Block*> blocks;
  const auto add = [&](const Block& block) { blocks.push_back(&block); };
  if (const auto* each = std::get_if<If>(&statement.body)) {
    for (const auto& branch : each->branches) add(branch.block);
    if (each->otherwise) add(*each->otherwise);
  }
  if (const auto* each = std::get_if<For>(&statement.body)) {
    add(each->block);
  }
  if (const auto* each = std::get_if<InTransaction>(&statement.body)) {
    add(each->block);
  }
  if (const auto* each = std::get_if<Retry>(&statement.body)) {
    add(each->block);
    if (each->exhausted) add(*each->exhausted);
  }
  if (const auto* each = std::get_if<Try>(&statement.body)) {
    add(each->block);
    for (const auto& handler : each->catches) add(handler.block);
    if (each->finally) add(*each->finally);
  }
  if (const auto* each = std::get_if<Hold>(&statement.body)) {
    add(each->block);
  }
  if (const auto* each = std::get_if<InSection>(&statement.body)) {
    add(each->block);
  }
  return blocks;
}

std::vector<const SqlText*> sql_of(const Statement& statement) {
  const ValueText* value = nullptr;
  if (const auto* assign = std::get_if<Assign>(&statement.body)) value = &assign->value;
  if (const auto* loop = std::get_if<For>(&statement.body)) value = &loop->rows;
  const SqlText* text = value != nullptr ? std::get_if<SqlText>(value) : std::get_if<SqlText>(&statement.body);
  if (const auto* await = std::get_if<Await>(&statement.body)) text = &await->condition;
  if (text == nullptr) return {};
  return {text};
}

void find_in_part(const Part& part, const Touches& touches, Findings& findings) {
  Finder finder(touches, findings);
  finder.level(part);
  finder.block(part.variant->block);
}

}  // namespace gapless::scenario
