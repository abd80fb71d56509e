// What AWS looks at once an expression has been read: functions and their operands, types where a value is given,
// paths that touch each other. Messages as its own.
#include <algorithm>
#include <array>
#include <map>

#include "sql/bind.h"
#include "store/document/dynamo/parser.h"

namespace gapless::store::document::dynamo {
namespace {

using Kind = Expression::Kind;

struct Function {
  std::size_t operands;
  bool in_condition, is_value;
};

const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> all = {
      {"attribute_exists", {1, true, false}}, {"attribute_not_exists", {1, true, false}},
      {"attribute_type", {2, true, false}},   {"begins_with", {2, true, false}},
      {"contains", {2, true, false}},         {"size", {1, true, true}},
      {"is missing", {1, true, false}},       {"is null", {1, true, false}},
      {"if_not_exists", {2, false, true}},    {"list_append", {2, false, true}},
      {"set_add", {2, false, true}},          {"set_delete", {2, false, true}},
  };
  return all;
}

[[noreturn]] void refuse(std::string_view label, const std::string& message) {
  throw Refusal("Invalid " + std::string(label) + ": " + message);
}

[[noreturn]] void refuse_type(std::string_view label, const std::string& word, const std::string& type) {
  refuse(label,
         "Incorrect operand type for operator or function; operator or function: " + word + ", operand type: " + type);
}

std::string given_type(const Expression& operand) {
  return operand.kind == Kind::value ? type_letters(operand.value) : "";
}

void check_types(std::string_view label, const Expression& call) {
  const std::string& word = call.word;
  const bool of_path = word == "attribute_exists" || word == "attribute_not_exists" || word == "if_not_exists";
  if (of_path && call.arguments[0].kind != Kind::path) {
    refuse(label, "Operator or function requires a document path; operator or function: " + word);
  }
  if (word == "begins_with") {
    for (const auto& each : call.arguments) {
      const std::string type = given_type(each);
      if (!type.empty() && type != "S") refuse_type(label, word, type);
    }
  }
  if (word == "size") {
    const std::string type = given_type(call.arguments[0]);
    if (type == "N" || type == "BOOL" || type == "NULL") refuse_type(label, word, type);
  }
  if (word == "list_append") {
    for (const auto& each : call.arguments) {
      const std::string type = given_type(each);
      if (!type.empty() && type != "L") refuse_type(label, word, type);
    }
  }
  if (word == "attribute_type") {
    const Expression& wanted = call.arguments[1];
    if (wanted.kind != Kind::value) refuse_type(label, word, "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    if (is_unknown(wanted.value)) return;
    const auto* name = get<std::string>(wanted.value);
    if (name == nullptr) refuse_type(label, word, given_type(wanted));
    static constexpr std::array<std::string_view, 10> types = {"B",  "NULL", "SS", "BOOL", "L",
                                                               "BS", "N",    "NS", "S",    "M"};
    if (std::ranges::find(types, *name) == types.end()) {
      refuse(label,
             "Invalid attribute type name found; type: " + *name + ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
    }
  }
}

void check_call(std::string_view label, const Expression& call, bool in_condition) {
  const auto found = functions().find(call.word);
  if (found == functions().end()) {
    std::vector<std::string> names;
    for (const auto& [name, function] : functions()) names.push_back(name);
    const std::string near = sql::did_you_mean(call.word, names);
    refuse(label,
           "Invalid function name; function: " + call.word + (near.empty() ? "" : "; did you mean `" + near + "`?"));
  }
  if (found->second.in_condition != in_condition) {
    refuse(label, "The function is not allowed to be used this way in an expression; function: " + call.word);
  }
  if (call.arguments.size() != found->second.operands) {
    refuse(label, "Incorrect number of operands for operator or function; operator or function: " + call.word +
                      ", number of operands: " + std::to_string(call.arguments.size()));
  }
  check_types(label, call);
}

// `as_value`: it stands where a value is wanted, in an operator or a function.
void check_node(std::string_view label, const Expression& node, bool in_condition, bool as_value) {
  if (node.kind == Kind::call) {
    check_call(label, node, in_condition);
    if (as_value != functions().at(node.word).is_value) {
      refuse(label, "The function is not allowed to be used this way in an expression; function: " + node.word);
    }
  }
  if (node.kind == Kind::sum) {
    for (const auto& each : node.arguments) {
      const std::string type = given_type(each);
      if (!type.empty() && type != "N") refuse_type(label, node.word, type);
    }
  }
  const bool joins = node.kind == Kind::both || node.kind == Kind::either || node.kind == Kind::negation;
  for (const auto& each : node.arguments) check_node(label, each, in_condition, !joins);
}

void check_betweens(std::string_view label, const Expression& node) {
  for (const auto& each : node.arguments) check_betweens(label, each);
  if (node.kind != Kind::between) return;
  const std::string low = given_type(node.arguments[1]), high = given_type(node.arguments[2]);
  if (low.empty() || high.empty()) return;
  const std::string bounds = "; lower bound operand: AttributeValue: {" + low + ":" +
                             to_string(node.arguments[1].value) + "}, upper bound operand: AttributeValue: {" + high +
                             ":" + to_string(node.arguments[2].value) + "}";
  if (low != high) refuse(label, "The BETWEEN operator requires same data type for lower and upper bounds" + bounds);
  if (node.arguments[2].value < node.arguments[1].value) {
    refuse(label, "The BETWEEN operator requires upper bound to be greater than or equal to lower bound" + bounds);
  }
}

}  // namespace

void check_condition(std::string_view label, const Expression& condition) {
  check_node(label, condition, true, false);
  check_betweens(label, condition);
}

void check_changes(std::string_view label, const std::vector<Change>& changes) {
  std::vector<DocumentPath> paths;
  for (const auto& change : changes) {
    paths.push_back(change.path);
    if (change.kind == Change::Kind::set) check_node(label, change.value, false, true);
    const bool takes_set = change.kind == Change::Kind::add || change.kind == Change::Kind::erase;
    if (!takes_set) continue;
    const std::string type = given_type(change.value);
    const bool is_add = change.kind == Change::Kind::add;
    const bool fits = type.empty() || type == "SS" || type == "NS" || (is_add && type == "N");
    if (!fits) {
      refuse(label, std::string("Incorrect operand type for operator or function; operator: ") +
                        (is_add ? "ADD" : "DELETE") + ", operand type: " + type_word(change.value.value) +
                        ", typeSet: ALLOWED_FOR_" + (is_add ? "ADD" : "DELETE") + "_OPERAND");
    }
  }
  check_paths(label, paths);
}

void check_paths(std::string_view label, const std::vector<DocumentPath>& paths) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool overlap = is_prefix(paths[i], paths[j]) || is_prefix(paths[j], paths[i]);
      const bool conflict = !overlap && [&] {
        std::size_t same = 0;
        while (paths[i][same] == paths[j][same]) ++same;
        return paths[i][same].index() != paths[j][same].index();
      }();
      if (!overlap && !conflict) continue;
      refuse(label, std::string("Two document paths ") + (overlap ? "overlap" : "conflict") +
                        " with each other; must remove or rewrite one of these paths; path one: " +
                        to_string(paths[j]) + ", path two: " + to_string(paths[i]));
    }
  }
}

}  // namespace gapless::store::document::dynamo
