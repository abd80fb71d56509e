#include "store/document/dynamo/mentions.h"

#include "store/document/dynamo/columns.h"
#include "store/document/dynamo/plan.h"
#include "store/document/dynamo/tokens.h"

namespace gapless::store::document::dynamo {
namespace {

using Kind = Expression::Kind;

class Collector {
 public:
  explicit Collector(const Catalog& catalog) : catalog_(catalog) {}

  void add(const Write& write) {
    table_ = write.table;
    add_item({}, write.item);
    for (const auto& change : write.changes) add(change);
    if (write.condition) add(*write.condition);
  }

  void add(const Get& get) {
    table_ = get.table;
    const auto& names = catalog_.collections[get.table].key;
    const auto* parts = document::get<Array>(get.key);
    for (std::size_t i = 0; i < names.size(); ++i) {
      add_leaf({names[i]}, names.size() == 1 || parts == nullptr ? get.key : (*parts)[i]);
    }
    add(get.projection);
    if (get.filter) add(*get.filter);
  }

  void add(const Search& search) {
    table_ = search.table;
    if (search.key_condition) add(*search.key_condition);
    if (search.filter) add(*search.filter);
    add(search.projection);
  }

  void add(const BatchGet& batch) { add_all(batch.gets); }
  void add(const TransactGet& transaction) { add_all(transaction.gets); }
  void add(const BatchWrite& batch) { add_all(batch.writes); }
  void add(const TransactWrite& transaction) { add_all(transaction.writes); }

  std::vector<Mention> take() { return std::move(found_); }

 private:
  template <typename All>
  void add_all(const All& all) {
    for (const auto& each : all) add(each);
  }

  void add_leaf(Path path, const Value& value) {
    if (!path.empty()) found_.push_back({catalog_.collections[table_].name, std::move(path), value});
  }

  void add_item(const Path& path, const Value& value) {
    const auto* object = document::get<Object>(value);
    if (object == nullptr) return add_leaf(path, value);
    for (const auto& [name, inner] : *object) {
      Path longer = path;
      longer.push_back(name);
      add_item(longer, inner);
    }
  }

  // A path with an index names the list.
  void add_path(const DocumentPath& path, const Value& value) {
    const Path names = names_of(path);
    if (names.size() == path.size()) {
      add_item(names, value);
    } else {
      add_leaf(names, is_unknown(value) ? Array() : Array{value});
    }
  }

  void add(const Projection& projection) {
    if (!projection) return;
    for (const auto& path : *projection) add_path(path, Unknown{});
  }

  void add(const Change& change) {
    add_path(change.path, change.kind == Change::Kind::remove ? Value(Unknown{}) : result_of(change.value));
    add(change.value);
  }

  // A value of the type that an operand has.
  static Value result_of(const Expression& operand) {
    if (operand.kind == Kind::value) return operand.value;
    if (operand.kind == Kind::sum || operand.word == "size") return Decimal(0);
    if (operand.kind == Kind::list) return Array();
    if (operand.kind != Kind::call) return Unknown{};
    for (const auto& each : operand.arguments) {
      const Value value = result_of(each);
      const auto* list = document::get<Array>(value);
      if (!is_unknown(value) && (list == nullptr || !list->empty())) return value;
    }
    return operand.word == "list_append" ? Value(Array()) : Value(Unknown{});
  }

  // What stands beside a path tells its type: in a comparison, a sum, if_not_exists.
  void add(const Expression& expression) {
    Value type = Unknown{};
    const bool alike = expression.kind == Kind::compare || expression.kind == Kind::between ||
                       expression.kind == Kind::in || expression.word == "if_not_exists" ||
                       expression.word == "list_append";
    if (alike) {
      for (const auto& each : expression.arguments) {
        if (is_unknown(type)) type = result_of(each);
      }
    }
    if (expression.kind == Kind::sum) type = Decimal(0);
    if (expression.word == "begins_with") type = std::string();
    if (expression.kind == Kind::path) add_path(expression.path, Unknown{});
    for (const auto& each : expression.arguments) {
      if (each.kind == Kind::path) {
        add_path(each.path, type);
      } else {
        add(each);
      }
    }
  }

  const Catalog& catalog_;
  std::size_t table_ = 0;
  std::vector<Mention> found_;
};

}  // namespace

std::vector<Mention> mentions(const Catalog& catalog, const Request& request) {
  try {
    Collector collector(catalog);
    std::visit([&](const auto& plan) { collector.add(plan); }, plan_of(catalog, request));
    return collector.take();
  } catch (const Refusal&) {
    return {};
  }
}

}  // namespace gapless::store::document::dynamo
