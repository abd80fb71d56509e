// Top down: setups, teardown, sessions, permutations, in this order. Names are looked up afterwards, since a
// permutation may hold a step back for one that comes later in it.
#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "spec/scanner.h"
#include "spec/specification.h"
#include "sql/utf8.h"

namespace gapless::spec {
namespace {

// More would only fill the memory.
constexpr std::size_t most_steps_in_all_orders = 1'000'000;
constexpr std::size_t most_steps = 10'000;
constexpr std::size_t most_sessions = 100;

// As written: names are not looked up yet.
struct WrittenBlocker {
  Blocker::Kind kind = Blocker::Kind::once;
  Token step;
  std::size_t notices = 0;
};
struct WrittenStep {
  Token step;
  std::vector<WrittenBlocker> blockers;
};

class Reader {
 public:
  explicit Reader(Source source) : source_(source), scanner_(std::move(source)) {}

  Specification read() {
    result_.source = source_;
    advance();
    while (is_keyword("setup")) result_.setups.push_back(block_after_keyword());
    result_.teardown = optional_block("teardown");
    if (!is_keyword("session")) refuse("`session NAME` was expected here");
    while (is_keyword("session")) session();
    std::vector<std::vector<WrittenStep>> written;
    while (is_keyword("permutation")) written.push_back(permutation());
    if (token_.kind != Token::Kind::end) {
      refuse(written.empty() ? "`step`, `teardown`, `session` or `permutation` was expected here"
                             : "`permutation` or the end of the file was expected here");
    }
    if (written.empty()) {
      every_order();
    } else {
      for (const auto& each : written) result_.permutations.push_back(linked(each));
      find_unused();
    }
    return std::move(result_);
  }

 private:
  void session() {
    advance();
    Session session;
    session.at = token_.at;
    session.name = name("a session");
    session.setup = optional_block("setup");
    if (!is_keyword("step")) refuse("`step NAME { SQL }` was expected here: a session has at least one step");
    while (is_keyword("step")) {
      session.steps.push_back(result_.steps.size());
      step(result_.sessions.size());
    }
    session.teardown = optional_block("teardown");
    if (result_.sessions.size() == most_sessions) {
      throw ModelError(*source_, session.at, "there are more than " + std::to_string(most_sessions) + " sessions");
    }
    result_.sessions.push_back(std::move(session));
  }

  void step(std::size_t session) {
    advance();
    Step step;
    step.session = session;
    step.at = token_.at;
    step.name = name("a step");
    step.sql = block();
    if (result_.steps.size() == most_steps) {
      throw ModelError(*source_, step.at, "there are more than " + std::to_string(most_steps) + " steps");
    }
    if (!numbers_.emplace(step.name, result_.steps.size()).second) {
      throw ModelError(*source_, step.at, "there is another step named \"" + step.name + "\"");
    }
    result_.steps.push_back(std::move(step));
  }

  std::vector<WrittenStep> permutation() {
    advance();
    std::vector<WrittenStep> steps;
    while (token_.kind == Token::Kind::identifier) {
      WrittenStep step{token_, {}};
      advance();
      if (is_mark("(")) {
        do {
          advance();
          step.blockers.push_back(blocker());
        } while (is_mark(","));
        if (!is_mark(")")) refuse("`,` or `)` was expected here");
        advance();
      }
      steps.push_back(std::move(step));
    }
    if (steps.empty()) refuse("the name of a step was expected here");
    return steps;
  }

  WrittenBlocker blocker() {
    WrittenBlocker blocker;
    if (is_mark("*")) {
      advance();
      return blocker;
    }
    if (token_.kind != Token::Kind::identifier) refuse("`*` or the name of a step was expected here");
    blocker.kind = Blocker::Kind::step;
    blocker.step = token_;
    advance();
    if (!is_keyword("notices")) return blocker;
    advance();
    blocker.kind = Blocker::Kind::notices;
    if (token_.kind != Token::Kind::number) refuse("a number of notices was expected here");
    const auto& digits = token_.text;
    constexpr std::size_t most_notices = 1'000'000;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), blocker.notices);
    if (parsed.ec != std::errc{} || blocker.notices > most_notices) refuse("this number is too large");
    advance();
    return blocker;
  }

  Permutation linked(const std::vector<WrittenStep>& written) const {
    Permutation permutation;
    for (const auto& step : written) permutation.push_back({number_of(step.step), {}, step.step.at});
    for (std::size_t i = 0; i < written.size(); ++i) {
      for (const auto& blocker : written[i].blockers) {
        permutation[i].blockers.push_back(linked(blocker, permutation, permutation[i].step));
      }
    }
    return permutation;
  }

  Blocker linked(const WrittenBlocker& written, const Permutation& permutation, std::size_t blocked) const {
    Blocker blocker{written.kind, 0, written.notices};
    if (written.kind == Blocker::Kind::once) return blocker;
    blocker.step = number_of(written.step);
    if (std::ranges::find(permutation, blocker.step, &PermutationStep::step) == permutation.end()) {
      throw ModelError(*source_, written.step.at, "step \"" + written.step.text + "\" is not in this permutation");
    }
    if (result_.steps[blocker.step].session == result_.steps[blocked].session) {
      throw ModelError(*source_, written.step.at,
                       "a step cannot be held back for one of its own session, which comes in order anyway");
    }
    return blocker;
  }

  std::size_t number_of(const Token& step) const {
    const auto found = numbers_.find(step.text);
    if (found == numbers_.end()) throw ModelError(*source_, step.at, "there is no step named \"" + step.text + "\"");
    return found->second;
  }

  void find_unused() {
    std::vector<bool> used(result_.steps.size());
    for (const auto& permutation : result_.permutations) {
      for (const auto& step : permutation) used[step.step] = true;
    }
    for (const auto& [name, number] : numbers_) {
      if (!used[number]) result_.unused.push_back(name);
    }
  }

  // All interleavings of the sessions' steps, the first session's first.
  void every_order() {
    if (too_many_orders()) {
      throw ModelError(*source_, result_.sessions.front().at,
                       "no permutation is listed, and to run each of them would take more than " +
                           std::to_string(most_steps_in_all_orders) +
                           " steps; list the ones to run: permutation STEP STEP …");
    }
    std::vector<std::size_t> taken(result_.sessions.size());
    Permutation so_far;
    every_order_after(so_far, taken);
  }

  bool too_many_orders() const {
    // Sessions one by one: the k-th step of a session, among n steps so far, multiplies their number by n / k. Not one
    // of these products is greater than the next.
    std::uint64_t orders = 1;
    std::uint64_t steps = 0;
    for (const auto& session : result_.sessions) {
      for (std::uint64_t k = 1; k <= session.steps.size(); ++k) {
        orders = orders * ++steps / k;
        if (orders * result_.steps.size() > most_steps_in_all_orders) return true;
      }
    }
    return false;
  }

  void every_order_after(Permutation& so_far, std::vector<std::size_t>& taken) {
    if (so_far.size() == result_.steps.size()) {
      result_.permutations.push_back(so_far);
      return;
    }
    for (std::size_t session = 0; session < result_.sessions.size(); ++session) {
      const auto& steps = result_.sessions[session].steps;
      if (taken[session] == steps.size()) continue;
      const auto step = steps[taken[session]++];
      so_far.push_back({step, {}, result_.steps[step].at});
      every_order_after(so_far, taken);
      so_far.pop_back();
      --taken[session];
    }
  }

  // ------------------------------------------------------------------------------------------------- tokens

  void advance() { token_ = scanner_.next(); }
  bool is_keyword(std::string_view word) const { return token_.kind == Token::Kind::keyword && token_.text == word; }
  bool is_mark(std::string_view mark) const { return token_.kind == Token::Kind::mark && token_.text == mark; }

  [[noreturn]] void refuse(std::string message) const { throw ModelError(*source_, token_.at, std::move(message)); }

  std::string name(const std::string& of_what) {
    if (token_.kind != Token::Kind::identifier) {
      refuse("the name of " + of_what + " was expected here" +
             (token_.kind == Token::Kind::keyword ? "; a name that is a keyword goes in double quotes" : ""));
    }
    auto text = std::move(token_.text);
    advance();
    return text;
  }

  Block block() {
    if (token_.kind != Token::Kind::block) refuse("a block of SQL in braces was expected here");
    const auto block = token_.block;
    advance();
    return block;
  }

  Block block_after_keyword() {
    advance();
    return block();
  }

  std::optional<Block> optional_block(std::string_view keyword) {
    if (!is_keyword(keyword)) return std::nullopt;
    return block_after_keyword();
  }

  Source source_;
  Scanner scanner_;
  Token token_;
  Specification result_;
  std::map<std::string, std::size_t> numbers_;  // of steps, by name
};

}  // namespace

Specification read_specification(Source source) {
  constexpr std::size_t longest = 1U << 20U;
  if (source->text.size() > longest) throw ModelError(*source, 0, "a spec of more than 1 MiB is not read");
  const auto bad = sql::first_bad_byte(source->text);
  if (bad < source->text.size()) {
    throw ModelError(*source, static_cast<Offset>(bad), "this byte is no UTF-8, or zero");
  }
  return Reader(std::move(source)).read();
}

}  // namespace gapless::spec
