// Code as text, for people and digests.
#include "scenario/code.h"

#include "base/check.h"

namespace gapless::scenario {
namespace {

struct Printer {
  const Code& code;

  std::string name(Variable variable) const { return "%" + std::to_string(variable) + " " + code.variables[variable]; }

  std::string list(const std::vector<Variable>& variables) const {
    std::string text;
    for (const Variable each : variables) text += (text.empty() ? "" : ", ") + name(each);
    return "(" + text + ")";
  }
  std::string show(const Formula& formula) const { return formula.statement->text + " " + list(formula.variables); }
  std::string show(const std::vector<Formula>& formulas) const {
    std::string text;
    for (const auto& each : formulas) text += (text.empty() ? "" : "; ") + show(each);
    return "[" + text + "]";
  }
  std::string show(const Keep& keep) const {
    std::string text = " → " + name(keep.variable) + " = ";
    if (keep.what == Keep::What::count) return text + "count";
    if (keep.what == Keep::What::found) return text + "found";
    if (keep.what == Keep::What::column) return text + "column " + std::to_string(keep.column);
    text += "rows";
    for (const std::size_t column : keep.columns) text += " " + std::to_string(column);
    return text;
  }

  std::string operator()(const Perform& perform) const {
    std::string text =
        "perform " + std::to_string(perform.database) + " " + perform.statement->text + " " + list(perform.parameters);
    for (const auto& keep : perform.keeps) text += show(keep);
    return text;
  }
  std::string operator()(const Call& call) const {
    return "call " + call.name + " " + show(call.arguments) + (call.outcome ? " → " + name(*call.outcome) : "");
  }
  std::string operator()(const Leave& leave) const {
    return "leave " + std::to_string(leave.database) + " " + leave.statement->text;
  }
  std::string operator()(const RollBack& roll_back) const {
    return "roll back" + (roll_back.since ? " since " + name(*roll_back.since) : "");
  }
  std::string operator()(const Begin& begin) const {
    return "begin " + std::to_string(begin.database) + (begin.block ? " block" : "");
  }
  std::string operator()(const Compute& compute) const {
    return name(compute.variable) + " := " + show(compute.formula);
  }
  std::string operator()(const Constant& constant) const {
    return name(constant.variable) + " := " + sql::to_sql(constant.value);
  }
  std::string operator()(const Emit& emit) const { return "effect " + emit.ledger + " " + show(emit.values); }
  std::string operator()(const Jump& jump) const { return "jump " + std::to_string(jump.target); }
  std::string operator()(const Unless& unless) const {
    return "unless " + show(unless.formula) + " jump " + std::to_string(unless.target);
  }
  std::string operator()(const UnlessEqual& unless) const {
    return "unless " + name(unless.variable) + " = " + std::to_string(unless.value) + " jump " +
           std::to_string(unless.target);
  }
  std::string operator()(const CopyRows& copy) const {
    std::string text = name(copy.to) + " := rows of " + name(copy.from) + " columns";
    for (const std::size_t column : copy.columns) text += " " + std::to_string(column);
    return text;
  }
  std::string operator()(const NextRow& next) const {
    return "next of " + name(next.rows) + " → " + list(next.columns) + " else jump " + std::to_string(next.exit);
  }
  std::string operator()(const MarkOpen& mark) const { return name(mark.variable) + " := open transactions"; }
  std::string operator()(const NextAttempt& next) const {
    return "next " + name(next.attempt) + " up to " + std::to_string(next.limit) + " else jump " +
           std::to_string(next.exhausted);
  }
  std::string operator()(const UnlessError& unless) const {
    std::string text = "unless " + name(unless.error) + " is";
    for (const auto& condition : unless.conditions) text += " " + condition;
    return text + (unless.conditions.empty() ? " any" : "") + " jump " + std::to_string(unless.target);
  }
  std::string operator()(const Abandon& abandon) const {
    return "abandon" + (abandon.database ? " " + std::to_string(*abandon.database) : "") +
           (abandon.since ? " since " + name(*abandon.since) : "");
  }
  std::string operator()(const Throw& thrown) const { return "throw " + name(thrown.error); }
  std::string operator()(const Fail& fail) const { return "fail " + name(fail.error); }
  std::string operator()(const End& end) const { return "end " + name(end.status); }
};

}  // namespace

std::string to_string(const Code& code) {
  const Printer print{code};
  std::string text;
  for (std::size_t i = 0; i < code.instructions.size(); ++i) {
    const auto& instruction = code.instructions[i];
    text += std::to_string(i) + " " + std::visit(print, instruction.body) + " ! " +
            std::to_string(instruction.handler.target) + " %" + std::to_string(instruction.handler.error) + "\n";
  }
  return text;
}

}  // namespace gapless::scenario
