// PartiQL's statements as the plans of the actions that they stand for (developer guide, "PartiQL - A SQL-compatible
// query language for Amazon DynamoDB").
//
//   SELECT * | path, … FROM table[.index] [WHERE condition]      EXISTS ( SELECT … )   in a transaction
//   INSERT INTO table VALUE item
//   UPDATE table {SET path = value, … | REMOVE path, …} WHERE condition [RETURNING ALL|MODIFIED OLD|NEW *]
//   DELETE FROM table WHERE condition [RETURNING ALL OLD *]
#include <algorithm>

#include "store/document/dynamo/plan.h"

namespace gapless::store::document::dynamo {
namespace {

class Statement {
 public:
  Statement(const Catalog& catalog, const std::string& text, const std::vector<Value>& parameters,
            const Options& options)
      : catalog_(catalog),
        options_(options),
        parameters_(parameters),
        terms_(terms_of(parameters)),
        parser_(Notation::partiql, "statement", text, terms_) {}

  Plan plan() {
    Plan result = read();
    if (!parser_.at_end()) parser_.refuse_here();
    if (terms_.next_parameter != parameters_.size()) {
      throw Refusal(
          "Number of parameters in request and statement don't match.: " + std::to_string(terms_.next_parameter) +
          " ?, " + std::to_string(parameters_.size()) + " parameters");
    }
    return result;
  }

 private:
  static Terms terms_of(const std::vector<Value>& parameters) {
    Terms terms;
    for (const auto& each : parameters) terms.parameters.push_back(canonical(each));
    return terms;
  }

  Plan read() {
    if (parser_.take_word("SELECT")) return select();
    if (parser_.take_word("INSERT")) return insert();
    if (parser_.take_word("UPDATE")) return update();
    if (parser_.take_word("DELETE")) return erase();
    if (parser_.take_word("EXISTS")) return exists();
    parser_.refuse_here("a statement begins with SELECT, INSERT, UPDATE, DELETE or EXISTS");
  }

  const Collection& table() const { return catalog_.collections[table_]; }
  void read_table() { table_ = table_called(catalog_, parser_.need_name()); }

  std::optional<Expression> where(bool needed) {
    if (!parser_.take_word("WHERE")) {
      if (needed) parser_.refuse_here("a WHERE with the whole key is needed");
      return std::nullopt;
    }
    Expression condition = parser_.condition();
    check_condition("statement", condition);
    return condition;
  }

  // The key that the WHERE gives, and the other conditions; nullopt where it does not give all of the key.
  struct Split {
    Object key;
    std::vector<const Expression*> of_key, others;
  };
  Split split(const std::optional<Expression>& condition, const std::vector<std::string>& key) const {
    Split result;
    if (!condition) return result;
    for (const auto* each : conjuncts(*condition)) {
      const auto attribute = about(*each);
      const Value* value = attribute ? equal_to(*each, *attribute) : nullptr;
      const bool is_key = attribute && std::ranges::find(key, *attribute) != key.end();
      if (is_key && value != nullptr && find(result.key, *attribute) == nullptr)
        result.key.push_back({*attribute, *value});
      (is_key ? result.of_key : result.others).push_back(each);
    }
    return result;
  }

  // Of UPDATE, DELETE and EXISTS.
  Write by_whole_key(Write::Kind kind, const std::optional<Expression>& condition) const {
    Split parts = split(condition, table().key);
    if (parts.key.size() != table().key.size()) {
      throw Refusal("Where clause does not contain a mandatory equality on all key attributes");
    }
    if (parts.of_key.size() != parts.key.size()) throw Refusal("Where clause has two conditions on a key attribute");
    Write write;
    write.kind = kind;
    write.table = table_;
    write.key = key_of(table(), parts.key, true);
    write.item = std::get<Object>(canonical(parts.key).held);
    write.condition = joined(parts.others);
    return write;
  }

  Plan select() {
    Search search;
    if (!parser_.take_sign("*")) {
      std::vector<DocumentPath> paths;
      do paths.push_back(parser_.path());
      while (parser_.take_sign(","));
      check_paths("statement", paths);
      search.projection = std::move(paths);
    }
    parser_.need_word("FROM");
    read_table();
    search.table = table_;
    if (parser_.take_sign(".")) search.index = index_called(table(), parser_.need_name());
    const auto condition = where(false);
    if (parser_.take_word("ORDER")) read_order(search);
    const auto key = search.index ? index_key(table().indexes[*search.index]) : table().key;
    Split parts = split(condition, key);
    if (!search.index && parts.key.size() == key.size() && parts.of_key.size() == key.size()) {
      return Get{table_, key_of(table(), parts.key, true), options_.consistent, search.projection,
                 joined(parts.others)};
    }
    if (search.index && options_.consistent) {
      throw Refusal("Consistent reads are not supported on global secondary indexes");
    }
    const bool has_partition = find(parts.key, key.front()) != nullptr;
    search.key_condition = has_partition ? joined(parts.of_key) : std::nullopt;
    search.filter = has_partition ? joined(parts.others) : condition;
    search.consistent = options_.consistent;
    search.limit = options_.limit;
    return search;
  }

  void read_order(Search& search) {
    parser_.need_word("BY");
    const auto key = search.index ? index_key(table().indexes[*search.index]) : table().key;
    const DocumentPath path = parser_.path();
    if (path.size() != 1 || head_of(path) != key.back()) {
      throw Refusal("Invalid statement: ORDER BY takes the sort key: " + key.back());
    }
    search.forward = !parser_.take_word("DESC");
    if (search.forward) parser_.take_word("ASC");
  }

  Plan insert() {
    parser_.need_word("INTO");
    read_table();
    parser_.need_word("VALUE");
    const Expression item = parser_.operand();
    const auto* object = item.kind == Expression::Kind::value ? get<Object>(item.value) : nullptr;
    if (object == nullptr) parser_.refuse("INSERT takes an item: VALUE {'code': ?}");
    Write write;
    write.kind = Write::Kind::insert;
    write.table = table_;
    write.item = std::get<Object>(canonical(*object).held);
    write.key = key_of(table(), write.item, false);
    return write;
  }

  Plan update() {
    read_table();
    std::vector<Change> changes;
    while (parser_.at_word("SET") || parser_.at_word("REMOVE")) {
      const bool sets = parser_.take_word("SET");
      if (!sets) parser_.need_word("REMOVE");
      do {
        Change change{sets ? Change::Kind::set : Change::Kind::remove, parser_.path(), {}};
        if (sets) {
          parser_.need_sign("=");
          change.value = parser_.new_value();
        }
        changes.push_back(std::move(change));
      } while (parser_.take_sign(","));
    }
    if (changes.empty()) parser_.refuse_here("expected SET or REMOVE");
    check_changes("statement", changes);
    check_no_key(table(), changes);
    const auto condition = where(true);
    Write write = by_whole_key(Write::Kind::update, condition);
    write.changes = std::move(changes);
    write.of_existing = true;
    read_returning(write);
    return write;
  }

  Plan erase() {
    parser_.need_word("FROM");
    read_table();
    const auto condition = where(true);
    Write write = by_whole_key(Write::Kind::erase, condition);
    write.skips_absent = true;
    read_returning(write);
    return write;
  }

  Plan exists() {
    parser_.need_sign("(");
    parser_.need_word("SELECT");
    parser_.need_sign("*");
    parser_.need_word("FROM");
    read_table();
    const auto condition = where(true);
    parser_.need_sign(")");
    Write write = by_whole_key(Write::Kind::check, condition);
    write.of_existing = true;
    return write;
  }

  void read_returning(Write& write) {
    if (!parser_.take_word("RETURNING")) return;
    const bool all = parser_.take_word("ALL");
    if (!all) parser_.need_word("MODIFIED");
    const bool old = parser_.take_word("OLD");
    if (!old) parser_.need_word("NEW");
    parser_.need_sign("*");
    const bool updates = write.kind == Write::Kind::update;
    if (!updates && !(all && old)) parser_.refuse("DELETE takes RETURNING ALL OLD *");
    write.returned =
        all ? (old ? Returned::all_old : Returned::all_new) : (old ? Returned::updated_old : Returned::updated_new);
  }

  const Catalog& catalog_;
  const Options& options_;
  const std::vector<Value>& parameters_;
  Terms terms_;
  Parser parser_;
  std::size_t table_ = 0;
};

}  // namespace

Plan plan_of_statement(const Catalog& catalog, const std::string& text, const std::vector<Value>& parameters,
                       const Options& options) {
  Plan plan = Statement(catalog, text, parameters, options).plan();
  const auto* write = std::get_if<Write>(&plan);
  const bool only_checks = write != nullptr && write->kind == Write::Kind::check;
  if (only_checks && !options.in_transaction) throw Refusal("EXISTS stands only in ExecuteTransaction");
  return plan;
}

}  // namespace gapless::store::document::dynamo
