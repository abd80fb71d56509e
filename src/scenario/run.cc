#include "scenario/run.h"

#include <algorithm>
#include <charconv>

#include "scenario/interpret.h"
#include "sql/bind.h"

namespace gapless::scenario {
namespace {

std::size_t times_of(const SourceText& source, const Name& number) {
  std::size_t result = 0;
  const auto [end, error] = std::from_chars(number.text.data(), number.text.data() + number.text.size(), result);
  if (error != std::errc() || result < 1 || result > most_actors) {
    throw ModelError(source, number.at, "a request is run between 1 and " + std::to_string(most_actors) + " times");
  }
  return result;
}

bool reads_clock(const sql::Expression& expression) {
  const bool own =
      expression.kind == sql::Expression::Kind::function &&
      (expression.function == sql::Function::now || expression.function == sql::Function::clock_timestamp ||
       expression.function == sql::Function::statement_timestamp);
  return own || std::ranges::any_of(expression.arguments, reads_clock);
}

sql::Value argument_of(const Source& source, sql::Range range, bool has_clock) {
  auto statement = sql::parse_expression(source, range, [](std::string_view) { return false; });
  if (!statement.parameters.empty()) {
    throw ModelError(*source, range.begin,
                     "the arguments of `run` are values; there is no `:" + statement.parameters.front() + "` here");
  }
  if (has_clock && reads_clock(std::get<sql::Select>(statement.body).targets.front().expression)) {
    throw ModelError(*source, range.begin,
                     "where there is a `clock` it is not known here what time it is: write the instant, or let the "
                     "request read it");
  }
  sql::bind(statement, {});
  return constant({std::make_shared<const sql::Statement>(std::move(statement)), {}, range.begin}, *source);
}

std::size_t request_of(const File& file, const SourceText& source, const Name& wanted) {
  const auto found = std::ranges::find_if(file.requests, [&](const Request& r) { return r.name.text == wanted.text; });
  if (found != file.requests.end()) return static_cast<std::size_t>(found - file.requests.begin());
  std::vector<std::string> names;
  for (const auto& request : file.requests) names.push_back(request.name.text);
  const std::string near = sql::did_you_mean(wanted.text, names);
  throw ModelError(
      source, wanted.at,
      "there is no request `" + wanted.text + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
}

}  // namespace

std::vector<Play> plays_of(const File& file, const Source& source, bool has_clock) {
  std::vector<Play> plays;
  for (const auto& term : file.runs.front().terms) {
    Play play{term.kind, {}, term.until.text, 1, term.times.has_value()};
    if (term.kind == Term::Kind::deliver && play.until.empty()) {
      throw ModelError(*source, term.until.at, "the status that ends the delivery is empty");
    }
    for (const auto& sent : term.requests) {
      auto& one = play.requests.emplace_back();
      one.request = request_of(file, *source, sent.request);
      const auto& request = file.requests[one.request];
      if (sent.arguments.size() != request.parameters.size()) {
        throw ModelError(*source, sent.request.at,
                         "`" + request.name.text + "` takes " + std::to_string(request.parameters.size()) +
                             (request.parameters.size() == 1 ? " argument" : " arguments") + ", not " +
                             std::to_string(sent.arguments.size()));
      }
      for (const auto& range : sent.arguments) one.arguments.push_back(argument_of(source, range, has_clock));
    }
    if (term.times) play.times = times_of(*source, *term.times);
    plays.push_back(std::move(play));
  }
  if (actors_of(plays) > most_actors) {
    throw ModelError(*source, file.runs.front().at, "more than " + std::to_string(most_actors) + " actors");
  }
  return plays;
}

std::size_t actors_of(const std::vector<Play>& plays) {
  std::size_t sum = 0;
  for (const auto& play : plays) sum += play.times;
  return sum;
}

std::vector<std::size_t> deal(const std::vector<Play>& plays, std::optional<std::size_t> actors,
                              const SourceText& source, Offset at) {
  const std::size_t total = actors.value_or(actors_of(plays));
  if (total < 1 || total > most_actors) {
    throw ModelError(source, at, "the number of actors is between 1 and " + std::to_string(most_actors));
  }
  const auto fixed = static_cast<std::size_t>(std::ranges::count(plays, false, &Play::starred));
  std::vector<std::size_t> result;
  if (fixed == plays.size()) {
    for (std::size_t i = 0; i < total; ++i) result.push_back(i % plays.size());
    return result;
  }
  if (total < fixed) {
    throw ModelError(
        source, at,
        "this `run` has " + std::to_string(fixed) + " requests without `*`: fewer actors than that are not possible");
  }
  // A lap gives each term as many as the run line says, one at a time in turn: for the run line's own total that is
  // the run line itself.
  std::vector<std::size_t> times(plays.size(), 0);
  std::vector<std::size_t> lap;
  std::size_t rest = total - fixed;
  for (std::size_t i = 0; i < plays.size(); ++i) times[i] = plays[i].starred ? 0 : 1;
  while (rest > 0) {
    lap.assign(plays.size(), 0);
    for (bool dealt = true; dealt && rest > 0;) {
      dealt = false;
      for (std::size_t i = 0; i < plays.size() && rest > 0; ++i) {
        if (!plays[i].starred || lap[i] == plays[i].times) continue;
        ++lap[i];
        ++times[i];
        --rest;
        dealt = true;
      }
    }
  }
  for (std::size_t i = 0; i < plays.size(); ++i) result.insert(result.end(), times[i], i);
  return result;
}

}  // namespace gapless::scenario
