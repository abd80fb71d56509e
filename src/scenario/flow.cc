#include "scenario/flow.h"

namespace gapless::scenario {
namespace {

void read(Flow& flow, const Formula& formula) {
  flow.reads.insert(flow.reads.end(), formula.variables.begin(), formula.variables.end());
}

void read(Flow& flow, const std::vector<Formula>& formulas) {
  for (const auto& formula : formulas) read(flow, formula);
}

void read(Flow& flow, const Template& value) {
  if (const auto* formula = std::get_if<Formula>(&value.held)) read(flow, *formula);
  if (const auto* elements = std::get_if<std::vector<Template>>(&value.held)) {
    for (const auto& each : *elements) read(flow, each);
  }
  if (const auto* fields = std::get_if<std::vector<Template::Named>>(&value.held)) {
    for (const auto& each : *fields) read(flow, each.value);
  }
}

// One overload an instruction; `after` is the instruction that follows in the list.
struct Reader {
  Target self;
  Target after;

  Flow operator()(const Perform& perform) const {
    Flow flow{perform.parameters, {}, {after}, true, true};
    for (const auto& keep : perform.keeps) flow.writes.push_back(keep.variable);
    return flow;
  }
  Flow operator()(const Call& call) const {
    Flow flow{{}, {}, {after}, true, true};
    read(flow, call.arguments);
    if (call.key) read(flow, *call.key);
    if (call.outcome) flow.writes.push_back(*call.outcome);
    return flow;
  }
  Flow operator()(const RedisCommand& command) const {
    Flow flow{{}, {}, {after}, true, true};
    for (const auto& word : command.words) {
      for (const auto& piece : word) {
        if (const auto* formula = std::get_if<Formula>(&piece)) read(flow, *formula);
      }
    }
    for (const auto& keep : command.keeps) flow.writes.push_back(keep.variable);
    return flow;
  }
  Flow operator()(const Exec& exec) const {
    Flow flow{{}, {}, {after}, true, true};
    for (const auto& keep : exec.keeps) flow.writes.push_back(keep.variable);
    return flow;
  }
  Flow operator()(const DocumentRequest& request) const {
    Flow flow{{}, {}, {after}, true, true};
    for (const auto& argument : request.call.arguments) read(flow, argument);
    for (const auto& call : request.chained) {
      for (const auto& argument : call.arguments) read(flow, argument);
    }
    for (const auto& keep : request.keeps) flow.writes.push_back(keep.variable);
    return flow;
  }
  Flow operator()(const SendMessage& send) const {
    Flow flow{{}, {}, {after}, true, true};
    read(flow, send.arguments);
    return flow;
  }
  Flow operator()(const AwaitTruth& await) const { return {await.parameters, {}, {after}, true, true}; }
  Flow operator()(const Acquire& acquire) const {
    Flow flow{{acquire.lock}, {}, {after}, true, true};
    if (acquire.acquired) flow.writes.push_back(*acquire.acquired);
    return flow;
  }
  Flow operator()(const Release& release) const { return {{release.lock}, {}, {after}, true, true}; }
  Flow operator()(const Leave& /*unused*/) const { return {{}, {}, {after}, true, true}; }
  // Comes back to itself until nothing is open.
  Flow operator()(const RollBack& roll_back) const {
    Flow flow{{}, {}, {after, self}, true, true};
    if (roll_back.since) flow.reads.push_back(*roll_back.since);
    return flow;
  }
  Flow operator()(const Begin& /*unused*/) const { return {{}, {}, {after}, false, false}; }
  Flow operator()(const Defer& /*unused*/) const { return {{}, {}, {after}, true, false}; }
  Flow operator()(const Multi& /*unused*/) const { return {{}, {}, {after}, false, false}; }
  Flow operator()(const NameLock& lock) const {
    Flow flow{{}, {lock.variable}, {after}, true, false};
    read(flow, lock.arguments);
    return flow;
  }
  Flow operator()(const EnterSection& /*unused*/) const { return {{}, {}, {after}, false, false}; }
  Flow operator()(const LeaveSection& /*unused*/) const { return {{}, {}, {after}, false, false}; }
  Flow operator()(const Compute& compute) const {
    Flow flow{{}, {compute.variable}, {after}, true, false};
    read(flow, compute.formula);
    return flow;
  }
  Flow operator()(const Constant& constant) const { return {{}, {constant.variable}, {after}, false, false}; }
  Flow operator()(const Emit& emit) const {
    Flow flow{{}, {}, {after}, true, false};
    read(flow, emit.values);
    return flow;
  }
  Flow operator()(const Jump& jump) const { return {{}, {}, {jump.target}, false, false}; }
  Flow operator()(const Unless& unless) const {
    Flow flow{{}, {}, {after, unless.target}, true, false};
    read(flow, unless.formula);
    return flow;
  }
  Flow operator()(const UnlessEqual& unless) const {
    return {{unless.variable}, {}, {after, unless.target}, false, false};
  }
  Flow operator()(const CopyRows& copy) const { return {{copy.from}, {copy.to}, {after}, false, false}; }
  // On the way out no column is written, but there none can be read either: they are names of the loop's block.
  Flow operator()(const NextRow& next) const { return {{next.rows}, next.columns, {after, next.exit}, false, false}; }
  Flow operator()(const MarkOpen& mark) const { return {{}, {mark.variable}, {after}, false, false}; }
  Flow operator()(const NextAttempt& next) const { return {{next.attempt}, {}, {after, next.exhausted}, false, false}; }
  Flow operator()(const UnlessError& unless) const {
    return {{unless.error}, {}, {after, unless.target}, false, false};
  }
  Flow operator()(const Abandon& abandon) const {
    Flow flow{{}, {}, {after}, false, false};
    if (abandon.since) flow.reads.push_back(*abandon.since);
    return flow;
  }
  Flow operator()(const Throw& thrown) const { return {{thrown.error}, {}, {}, true, false}; }
  Flow operator()(const Fail& fail) const { return {{fail.error}, {}, {}, false, false}; }
  Flow operator()(const End& end) const { return {{end.status}, {}, {}, false, false}; }
};

}  // namespace

Flow flow_of(const Instruction& instruction, Target position) {
  return std::visit(Reader{position, position + 1}, instruction.body);
}

}  // namespace gapless::scenario
