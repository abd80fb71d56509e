#include "scenario/cast.h"

#include <algorithm>
#include <utility>

namespace gapless::scenario {
namespace {

std::string arguments_of(const Played& played) {
  std::string text;
  for (const auto& value : played.arguments) text += (text.empty() ? "" : ", ") + sql::to_sql(value);
  return "(" + text + ")";
}

bool any(const Part& part, bool (*asks)(const Code& code)) {
  return std::ranges::any_of(part.requests, [&](const Played& each) { return asks(*each.code); });
}

// The responses of a session are those of its requests, and the last one's is the session's own.
std::string before(const Part& part) {
  std::string text;
  for (std::size_t i = 0; i + 1 < part.requests.size(); ++i) {
    text += (text.empty() ? " after " : ", ") + part.requests[i].request + arguments_of(part.requests[i]);
  }
  return text;
}

}  // namespace

model::Role role_of(const Part& part, Situation situation) {
  const bool asks_attempt = any(part, [](const Code& code) { return code.attempt.has_value(); });
  const bool asks_me = any(part, [](const Code& code) { return code.me.has_value(); });
  const bool asks_process = part.has_processes && any(part, [](const Code& code) {
                              return code.process.has_value() || code.touches_process;
                            });
  if (!asks_me) situation.me = 0;
  if (!asks_process) situation.process = 1;

  model::Role role;
  role.request = part.requests.back().request;
  role.arguments = arguments_of(part.requests.back()) + before(part);
  if (asks_me) {
    role.like =
        role.request + role.arguments + (asks_process ? " in process " + std::to_string(situation.process) : "");
  }
  if (asks_me) role.arguments += " as actor " + std::to_string(situation.me);
  if (asks_process) role.arguments += " in process " + std::to_string(situation.process);
  if (situation.attempt > 1) role.arguments += " attempt " + std::to_string(situation.attempt);
  role.until = part.until;
  role.program = [requests = part.requests, situation](actor::Context& context) {
    if (requests.size() > 1) return interpret_session(requests, situation, context);
    return interpret(*requests.front().code, requests.front().arguments, situation, context);
  };

  if (part.kind == Term::Kind::job) {
    role.job = true;
    role.again = [last = role]() mutable {
      model::Role run = last;
      run.job = false;
      run.again = nullptr;
      run.arguments += " last run";
      return run;
    };
  } else if (asks_attempt && situation.attempt < most_told_attempts) {
    Situation next = situation;
    ++next.attempt;
    role.again = [part, next] { return role_of(part, next); };
  }
  return role;
}

}  // namespace gapless::scenario
