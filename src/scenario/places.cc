#include "scenario/places.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/source.h"
#include "scenario/flow.h"

namespace gapless::scenario {
namespace {

// A zero byte stands for what an expression puts there.
std::optional<std::string> fixed(const std::vector<WordPiece>& word) {
  std::string text;
  for (const auto& piece : word) {
    const auto* part = std::get_if<std::string>(&piece);
    text += part != nullptr ? *part : std::string(1, '\0');
  }
  return text;
}

std::string shown(const std::vector<WordPiece>& word) {
  std::string text;
  for (const auto& piece : word) {
    const auto* part = std::get_if<std::string>(&piece);
    text += part != nullptr ? *part : "{" + std::get<Formula>(piece).statement->text + "}";
  }
  return text;
}

// What an instruction does, but for where it stands.
std::optional<model::Place> place_of(const Instruction& instruction) {
  model::Place place;
  if (const auto* perform = std::get_if<Perform>(&instruction.body)) {
    if (std::holds_alternative<sql::Transaction>(perform->statement->body)) return std::nullopt;
    place.at = perform->statement->at;
    place.database = perform->database;
    place.statement = perform->statement;
    place.text = perform->statement->text;
  } else if (const auto* await = std::get_if<AwaitTruth>(&instruction.body)) {
    place.at = await->statement->at;
    place.database = await->database;
    place.statement = await->statement;
    place.text = "await " + await->statement->text;
  } else if (const auto* call = std::get_if<Call>(&instruction.body)) {
    place.call = call->name;
    place.text = "call " + call->name;
  } else if (const auto* send = std::get_if<SendMessage>(&instruction.body)) {
    place.call = send->request;
    place.text = "send " + send->request;
  } else if (const auto* command = std::get_if<RedisCommand>(&instruction.body)) {
    for (const auto& word : command->words) {
      place.command.push_back(fixed(word));
      place.text += (place.text.empty() ? "" : " ") + shown(word);
    }
  } else if (const auto* request = std::get_if<DocumentRequest>(&instruction.body)) {
    place.method = request->call.method;
    place.collection = request->collection;
    place.text = store::document::to_string(request->known);
  } else {
    return std::nullopt;
  }
  return place;
}

}  // namespace

// A block on several ways out (`finally`) is there several times, at one place of the source.
void add_places(const Code& code, const std::string& request, const std::vector<bool>& positive,
                std::vector<model::Place>& places) {
  auto stays_positive = positive;  // parameters are the first variables
  for (Target target = 0; target < code.instructions.size(); ++target) {
    for (const auto variable : flow_of(code.instructions[target], target).writes) {
      if (variable < stays_positive.size()) stays_positive[variable] = false;
    }
  }
  std::map<Offset, model::Place> sorted;
  for (const auto& instruction : code.instructions) {
    auto place = place_of(instruction);
    if (!place) continue;
    place->request = request;
    if (const auto* perform = std::get_if<Perform>(&instruction.body)) {
      for (const auto variable : perform->parameters) {
        place->is_positive.push_back(variable < stays_positive.size() && stays_positive[variable]);
      }
    }
    const Offset at = place->at != 0 ? place->at : instruction.at;
    place->line = static_cast<std::size_t>(diagnostic_at(*code.source, at, "").line);
    sorted.try_emplace(at, *std::move(place));
  }
  for (auto& [at, place] : sorted) places.push_back(std::move(place));
}

}  // namespace gapless::scenario
