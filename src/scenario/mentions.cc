// Operators whose argument is a field's value, those that are a number or a list, and those that hold further filters.
#include "scenario/mentions.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace gapless::scenario {
namespace {

namespace document = store::document;
using document::Array;
using document::Object;
using document::Path;
using document::Request;
using document::Value;

bool starts(std::string_view text, std::string_view with) { return text.starts_with(with); }

template <std::size_t count>
bool is_any(std::string_view name, const std::array<std::string_view, count>& names) {
  return std::ranges::find(names, name) != names.end();
}

// "items.0.qty", "items.$.qty" name the field of an element.
Path path_of(std::string_view dotted) {
  Path path;
  for (std::size_t begin = 0; begin <= dotted.size();) {
    const std::size_t end = std::min(dotted.find('.', begin), dotted.size());
    const std::string_view part = dotted.substr(begin, end - begin);
    const bool position =
        part.empty() || part.front() == '$' || std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    if (!position) path.emplace_back(part);
    begin = end + 1;
  }
  return path;
}

class Finder {
 public:
  explicit Finder(const Request& request) : request_(request) {}

  std::vector<Mention> run() {
    const auto& method = request_.method;
    static constexpr std::array<std::string_view, 4> updates = {"updateOne", "updateMany", "findOneAndUpdate",
                                                                "findAndModify"};
    static constexpr std::array<std::string_view, 2> replaces = {"replaceOne", "findOneAndReplace"};
    static constexpr std::array<std::string_view, 7> filters = {
        "find", "findOne", "deleteOne", "deleteMany", "countDocuments", "findOneAndDelete", "count"};
    if (method == "insertOne") inserted(argument(0));
    if (method == "insertMany") {
      for (const auto& each : list(argument(0))) inserted(each);
    }
    if (is_any(method, updates)) {
      filter(argument(0), {});
      update(argument(1));
    }
    if (is_any(method, replaces)) {
      filter(argument(0), {});
      inserted(argument(1));
    }
    if (is_any(method, filters)) filter(argument(0), {});
    if (method == "distinct") {
      if (const auto* field = document::get<std::string>(argument(0))) mention(path_of(*field), document::Unknown{});
      filter(argument(1), {});
    }
    if (method == "aggregate") stages(argument(0));
    if (method == "bulkWrite") bulk(argument(0));
    if (method == "createIndex") names(argument(0));
    for (const auto& chained : request_.chained) {
      if (chained.method == "sort" && !chained.arguments.empty()) names(chained.arguments.front());
    }
    for (const auto& each : request_.arguments) {
      if (const auto* sort = document::find(each, "sort")) names(*sort);
    }
    return std::move(found_);
  }

 private:
  const Value& argument(std::size_t number) const {
    static const Value none = Object{};
    return number < request_.arguments.size() ? request_.arguments[number] : none;
  }
  static const Object& fields(const Value& value) {
    static const Object none;
    const auto* object = document::get<Object>(value);
    return object == nullptr ? none : *object;
  }
  static const Array& list(const Value& value) {
    static const Array none;
    const auto* array = document::get<Array>(value);
    return array == nullptr ? none : *array;
  }
  static bool is_operators(const Value& value) {
    const auto& object = fields(value);
    return !object.empty() && starts(object.front().name, "$");
  }
  static Path below(Path path, std::string_view dotted) {
    for (auto& each : path_of(dotted)) path.push_back(std::move(each));
    return path;
  }

  void mention(Path path, Value value) {
    if (!path.empty()) found_.push_back({request_.collection, std::move(path), std::move(value)});
  }
  void inserted(const Value& whole) {
    for (const auto& [name, value] : fields(whole)) mention({name}, value);
  }
  void names(const Value& keys) {
    for (const auto& [name, value] : fields(keys)) mention(path_of(name), document::Unknown{});
  }

  // ------------------------------------------------------------------------------------------------------ filters

  void filter(const Value& value, const Path& at) {
    for (const auto& [name, wanted] : fields(value)) {
      if (name == "$and" || name == "$or" || name == "$nor") {
        for (const auto& each : list(wanted)) filter(each, at);
      } else if (name == "$expr") {
        computed(wanted);
      } else if (!starts(name, "$")) {
        condition(below(at, name), wanted);
      }
    }
  }

  void condition(const Path& path, const Value& wanted) {
    if (!is_operators(wanted)) {
      mention(path, wanted);
      return;
    }
    for (const auto& [name, operand] : fields(wanted)) {
      static constexpr std::array<std::string_view, 6> compare = {"$eq", "$ne", "$gt", "$gte", "$lt", "$lte"};
      if (is_any(name, compare)) {
        mention(path, operand);
      } else if (name == "$in" || name == "$nin") {
        for (const auto& each : list(operand)) mention(path, each);
        if (list(operand).empty()) mention(path, document::Unknown{});
      } else if (name == "$not") {
        condition(path, operand);
      } else if (name == "$elemMatch") {
        mention(path, Array{});
        if (is_operators(operand)) {
          for (const auto& [operation, value] : fields(operand)) mention(path, Array{value});
        } else {
          filter(operand, path);
        }
      } else if (name == "$size" || name == "$all") {
        mention(path, name == "$all" ? operand : Value(Array{}));
      } else {
        mention(path, document::Unknown{});
      }
    }
  }

  // ------------------------------------------------------------------------------------------------------ updates

  void update(const Value& value) {
    if (document::get<Array>(value) != nullptr) {
      for (const auto& stage : list(value)) pipeline_stage(stage);
      return;
    }
    for (const auto& [operation, targets] : fields(value)) {
      for (const auto& [name, operand] : fields(targets)) target(operation, path_of(name), operand);
    }
  }

  void target(const std::string& operation, Path path, const Value& operand) {
    if (operation == "$inc" || operation == "$mul") {
      mention(std::move(path), Value(0));
    } else if (operation == "$push" || operation == "$addToSet") {
      const Value* each = document::find(operand, "$each");
      mention(std::move(path), each == nullptr ? Value(Array{operand}) : *each);
    } else if (operation == "$pull") {
      mention(path, is_operators(operand) || document::get<Object>(operand) != nullptr ? Value(Array{})
                                                                                       : Value(Array{operand}));
      if (!is_operators(operand)) filter(operand, path);
    } else if (operation == "$pop" || operation == "$pullAll") {
      mention(std::move(path), Array{});
    } else if (operation == "$currentDate") {
      mention(std::move(path), sql::Timestamp{});
    } else if (operation == "$rename") {
      mention(std::move(path), document::Unknown{});
      if (const auto* to = document::get<std::string>(operand)) mention(path_of(*to), document::Unknown{});
    } else if (operation == "$unset") {
      mention(std::move(path), document::Unknown{});
    } else {
      mention(std::move(path), operand);
    }
  }

  void pipeline_stage(const Value& stage) {
    for (const auto& [name, operand] : fields(stage)) {
      if (name != "$set" && name != "$addFields") continue;
      for (const auto& [target, value] : fields(operand)) {
        computed(value);
        mention(path_of(target), stands_for(value));
      }
    }
  }

  // "$balance", {$subtract: ["$balance", 5]}
  void computed(const Value& expression) {
    const auto* text = document::get<std::string>(expression);
    if (text != nullptr && starts(*text, "$") && !starts(*text, "$$")) {
      mention(path_of(std::string_view(*text).substr(1)), document::Unknown{});
    }
    for (const auto& each : list(expression)) computed(each);
    for (const auto& [name, each] : fields(expression)) computed(each);
  }

  static Value stands_for(const Value& expression) {
    if (const auto* text = document::get<std::string>(expression); text != nullptr && starts(*text, "$")) {
      if (*text == "$$NOW") return sql::Timestamp{};
      return document::Unknown{};
    }
    if (!is_operators(expression)) return expression;
    static constexpr std::array<std::string_view, 10> numbers = {"$add", "$subtract", "$multiply", "$divide", "$mod",
                                                                 "$abs", "$ceil",     "$floor",    "$size",   "$sum"};
    const auto& [name, operand] = fields(expression).front();
    if (is_any(name, numbers)) return 0;
    if (name == "$cond" || name == "$ifNull") {
      const auto& list_of = list(operand);
      return list_of.empty() ? Value(document::Unknown{}) : stands_for(list_of.back());
    }
    return document::Unknown{};
  }

  // ------------------------------------------------------------------------------------------------ the others

  void stages(const Value& pipeline) {
    for (const auto& stage : list(pipeline)) {
      for (const auto& [name, operand] : fields(stage)) {
        if (name == "$match") filter(operand, {});
        if (name == "$sort") names(operand);
        if (name != "$match" && name != "$lookup") computed(operand);
        if (name == "$group" || name == "$project") return;  // what comes behind are no fields of the collection
      }
    }
  }

  void bulk(const Value& operations) {
    for (const auto& operation : list(operations)) {
      for (const auto& [name, operand] : fields(operation)) {
        if (const auto* whole = document::find(operand, "document")) inserted(*whole);
        if (const auto* whole = document::find(operand, "replacement")) inserted(*whole);
        if (const auto* wanted = document::find(operand, "filter")) filter(*wanted, {});
        if (const auto* change = document::find(operand, "update")) update(*change);
      }
    }
  }

  const Request& request_;
  std::vector<Mention> found_;
};

}  // namespace

std::vector<Mention> mentions_of_mongodb(const Request& request) { return Finder(request).run(); }

}  // namespace gapless::scenario
