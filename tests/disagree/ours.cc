#include "ours.h"

#include <algorithm>
#include <utility>

#include "schedule.h"

namespace gapless::disagree {
namespace {

using store::relational::Server;

// Past this many states the schedule is given up rather than followed for minutes.
constexpr std::size_t most_states = 500;

std::vector<std::size_t> able_to_resume(const Server& server, std::size_t sessions) {
  std::vector<std::size_t> able;
  for (std::size_t i = 0; i < sessions; ++i) {
    if (server.can_resume(i)) able.push_back(i);
  }
  return able;
}

// The time-out that comes first: only where nothing else can happen.
std::vector<std::size_t> about_to_time_out(const Server& server, std::size_t sessions) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < sessions; ++i) {
    if (!server.waits(i)) continue;
    const auto timeouts = server.timeouts(i);
    if (timeouts.lock > 0 || timeouts.statement > 0) found.push_back(i);
  }
  return found;
}

}  // namespace

Ours::Ours(store::Schema schema, std::size_t sessions) : statements_(sessions) {
  states_.push_back({Server(std::move(schema), sessions), {}});
}

void Ours::perform(std::size_t session, const std::string& statement) {
  statements_[session] = statement;
  deadlocked_ = false;
  std::vector<State> settled;
  for (auto& state : states_) {
    state.answers.clear();
    if (const auto observation = state.server.perform(session, statement)) answer(state, session, *observation);
    settle(std::move(state), settled);
  }
  states_ = std::move(settled);
}

void Ours::settle(State state, std::vector<State>& settled) {
  if (settled.size() > most_states) return;
  const auto able = able_to_resume(state.server, statements_.size());
  const auto victims = state.server.deadlocked();
  deadlocked_ |= !victims.empty();
  const auto late = able.empty() && victims.empty() ? about_to_time_out(state.server, statements_.size())
                                                    : std::vector<std::size_t>{};
  const auto choices = able.size() + victims.size() + late.size();
  if (choices == 0) return settled.push_back(std::move(state));
  std::size_t left = choices;
  const auto branch = [&] { return --left == 0 ? std::move(state) : state; };
  for (const auto i : able) {
    auto next = branch();
    if (const auto observation = next.server.resume(i)) answer(next, i, *observation);
    settle(std::move(next), settled);
  }
  for (const auto i : victims) {
    auto next = branch();
    answer(next, i, next.server.fail_by_deadlock(i));
    settle(std::move(next), settled);
  }
  for (const auto i : late) {
    auto next = branch();
    answer(next, i, next.server.time_out(i));
    settle(std::move(next), settled);
  }
}

void Ours::answer(State& state, std::size_t session, const store::Observation& observation) const {
  state.answers[session] = answer_text(observation, ordered(statements_[session]));
}

std::vector<Answers> Ours::outcomes() const {
  std::vector<Answers> found;
  for (const auto& state : states_) found.push_back(state.answers);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

bool Ours::keep(const Answers& outcome) {
  std::vector<State> kept;
  for (auto& state : states_) {
    if (state.answers == outcome) kept.push_back(state);
  }
  for (const auto& [session, answer] : outcome) statements_[session].clear();
  if (kept.empty()) return false;
  states_ = std::move(kept);
  return true;
}

bool Ours::in_transaction(std::size_t session) const { return states_.front().server.in_transaction(session); }

std::vector<std::string> Ours::tables() const {
  const auto& server = states_.front().server;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < server.catalog().tables.size(); ++i) {
    std::vector<live::Row> rows;
    for (const auto& tuple : server.table(i)) rows.push_back(as_row(tuple));
    texts.push_back(server.catalog().tables[i].name + ":" + rows_text(rows, false));
  }
  return texts;
}

}  // namespace gapless::disagree
