// How an expression is evaluated: fields, variables and constants; operators of their arguments (operators.h); and
// those that look at some of their arguments only, or bind a variable, which are `special`.
#include "store/document/mongo/expression.h"

#include <algorithm>

#include "store/document/mongo/failure.h"
#include "store/document/mongo/operators.h"
#include "store/document/mongo/path.h"

namespace gapless::store::document::mongo {
namespace {

const std::vector<std::string>& special_operators() {
  static const std::vector<std::string> all = {"$and",    "$or",     "$cond", "$ifNull", "$switch",
                                               "$filter", "$reduce", "$map",  "$let",    "$literal"};
  return all;
}

// ---------------------------------------------------------------------------------------------------- evaluation

Array alternatives(const Value& operand) {
  const auto* list = get<Array>(operand);
  return list != nullptr ? *list : Array{operand};
}

const Value& named(const std::string& op, const Value& operand, std::string_view name) {
  const Value* found = find(operand, name);
  if (found == nullptr) fail("Missing '" + std::string(name) + "' parameter to " + op);
  return *found;
}

std::string variable_name(const Value& operand, std::string_view field, const std::string& otherwise) {
  const Value* found = find(operand, field);
  const auto* name = found == nullptr ? nullptr : get<std::string>(*found);
  return name == nullptr ? otherwise : *name;
}

Maybe conditional(const Value& operand, const Scope& scope) {
  if (const auto* parts = get<Array>(operand)) {
    if (parts->size() != 3) fail("Expression $cond takes exactly 3 arguments");
    return evaluate(is_true(evaluate((*parts)[0], scope)) ? (*parts)[1] : (*parts)[2], scope);
  }
  const bool holds = is_true(evaluate(named("$cond", operand, "if"), scope));
  return evaluate(named("$cond", operand, holds ? "then" : "else"), scope);
}

Maybe switched(const Value& operand, const Scope& scope) {
  for (const auto& branch : alternatives(named("$switch", operand, "branches"))) {
    if (is_true(evaluate(named("$switch", branch, "case"), scope))) {
      return evaluate(named("$switch", branch, "then"), scope);
    }
  }
  const Value* otherwise = find(operand, "default");
  if (otherwise == nullptr)
    fail("$switch could not find a matching branch for an input, and no default was specified.");
  return evaluate(*otherwise, scope);
}

// $filter, $map, $reduce: the expression once for each element.
Maybe over_elements(const std::string& op, const Value& operand, const Scope& scope) {
  const auto input = evaluate(named(op, operand, "input"), scope);
  if (is_nothing(input)) return Null{};
  auto inner = scope;
  Array results;
  Maybe value = op == "$reduce" ? evaluate(named(op, operand, "initialValue"), scope) : std::nullopt;
  const std::string name = op == "$reduce" ? "this" : variable_name(operand, "as", "this");
  for (const auto& element : array_argument(op, input)) {
    inner.variables.insert_or_assign(name, element);
    if (op == "$reduce") {
      inner.variables.insert_or_assign("value", value.value_or(Null{}));
      value = evaluate(named(op, operand, "in"), inner);
    } else if (op == "$filter") {
      if (is_true(evaluate(named(op, operand, "cond"), inner))) results.push_back(element);
    } else {
      results.push_back(evaluate(named(op, operand, "in"), inner).value_or(Null{}));
    }
  }
  return op == "$reduce" ? value : Maybe(results);
}

Maybe special(const std::string& op, const Value& operand, const Scope& scope) {
  if (op == "$literal") return operand;
  if (op == "$cond") return conditional(operand, scope);
  if (op == "$switch") return switched(operand, scope);
  if (op == "$filter" || op == "$map" || op == "$reduce") return over_elements(op, operand, scope);
  if (op == "$let") {
    auto inner = scope;
    if (const auto* variables = get<Object>(named(op, operand, "vars"))) {
      for (const auto& [name, value] : *variables) {
        inner.variables.insert_or_assign(name, evaluate(value, scope).value_or(Null{}));
      }
    }
    return evaluate(named(op, operand, "in"), inner);
  }
  Maybe last;
  for (const auto& each : alternatives(operand)) {
    last = evaluate(each, scope);
    if (op == "$ifNull" && !is_nothing(last)) return last;
    if (op == "$and" && !is_true(last)) return false;
    if (op == "$or" && is_true(last)) return true;
  }
  if (op == "$ifNull") return last;
  return op == "$and";
}

Maybe operation(const std::string& op, const Value& operand, const Scope& scope) {
  if (std::ranges::find(special_operators(), op) != special_operators().end()) return special(op, operand, scope);
  if (!is_operator(op)) fail("Unrecognized expression '" + op + "'");
  Arguments arguments;
  for (const auto& each : alternatives(operand)) arguments.push_back(evaluate(each, scope));
  return operate(op, arguments);
}

// "$items.qty" over an array is the array of what its documents have.
Maybe follow(const Value& value, const Path& path, std::size_t next) {
  if (next == path.size()) return value;
  if (const auto* elements = get<Array>(value)) {
    Array found;
    for (const auto& element : *elements) {
      const bool can_have = get<Object>(element) != nullptr || get<Array>(element) != nullptr;
      if (auto each = can_have ? follow(element, path, next) : std::nullopt) found.push_back(std::move(*each));
    }
    return found;
  }
  const Value* field = find(value, path[next]);
  return field == nullptr ? std::nullopt : follow(*field, path, next + 1);
}

Maybe variable(const std::string& text, const Scope& scope) {
  const auto path = split(std::string_view(text).substr(2));
  if (path[0] == "NOW") return scope.now;
  if (path[0] == "REMOVE") return std::nullopt;
  if (path[0] == "ROOT" || path[0] == "CURRENT") return follow(*scope.document, path, 1);
  const auto found = scope.variables.find(path[0]);
  if (found == scope.variables.end()) fail("Use of undefined variable: " + path[0]);
  return follow(found->second, path, 1);
}

}  // namespace

Maybe evaluate(const Value& expression, const Scope& scope) {
  if (const auto* text = get<std::string>(expression)) {
    if (text->starts_with("$$")) return variable(*text, scope);
    if (text->starts_with('$')) return follow(*scope.document, split(std::string_view(*text).substr(1)), 0);
    return expression;
  }
  if (const auto* list = get<Array>(expression)) {
    Array result;
    for (const auto& each : *list) result.push_back(evaluate(each, scope).value_or(Null{}));
    return result;
  }
  const auto* object = get<Object>(expression);
  if (object == nullptr) return expression;
  if (has_operators(expression)) {
    if (object->size() != 1)
      fail("an expression specification must contain exactly one field, the name of the expression");
    return operation(object->front().name, object->front().value, scope);
  }
  Object result;
  for (const auto& [name, value] : *object) {
    if (auto each = evaluate(value, scope)) set(result, name, std::move(*each));
  }
  return result;
}

bool is_true(const Value& value) {
  if (const auto* flag = get<bool>(value)) return *flag;
  if (const auto* number = get<Decimal>(value)) return !number->is_zero();
  return !is_null(value);
}

bool is_true(const Maybe& value) { return value && is_true(*value); }

std::vector<std::string> expression_operators() {
  auto names = special_operators();
  for (const auto& name : operator_names()) names.push_back(name);
  return names;
}

}  // namespace gapless::store::document::mongo
