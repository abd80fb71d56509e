// Replies become rows; only commands that answer in pairs are known by name here.
#include "store/keyvalue/reply.h"

#include <algorithm>
#include <utility>

namespace gapless::store::keyvalue {
namespace {

sql::Value value_of(const Reply& reply) {
  if (reply.kind == Reply::Kind::nil) return sql::Null{};
  if (reply.kind == Reply::Kind::integer) return reply.integer;
  return to_string(reply);
}

// HGETALL answers field, value, field, value; ZRANGE with WITHSCORES member, score.
bool in_pairs(const Command& command) {
  std::string name = upper(command.at(0));
  if (name == "HGETALL" || name == "ZPOPMIN" || name == "ZPOPMAX") return true;
  bool range = name.starts_with("ZRANGE") || name.starts_with("ZREVRANGE");
  return range && std::any_of(command.begin() + 1, command.end(),
                              [](const std::string& word) { return upper(word) == "WITHSCORES"; });
}

std::string condition_of(const std::string& error) {
  std::string code = error.substr(0, error.find(' '));
  if (code == "WRONGTYPE") return "redis_wrongtype";
  if (code == "EXECABORT") return "redis_execabort";
  return "redis_error";
}

}  // namespace

Reply integer(std::int64_t value) {
  return {.kind = Reply::Kind::integer, .integer = value, .text = {}, .elements = {}};
}

Reply status(std::string text) {
  return {.kind = Reply::Kind::status, .integer = 0, .text = std::move(text), .elements = {}};
}

Reply bulk(std::string text) {
  return {.kind = Reply::Kind::bulk, .integer = 0, .text = std::move(text), .elements = {}};
}

Reply error(std::string text) {
  return {.kind = Reply::Kind::error, .integer = 0, .text = one_line(std::move(text)), .elements = {}};
}

Reply array(std::vector<Reply> elements) {
  return {.kind = Reply::Kind::array, .integer = 0, .text = {}, .elements = std::move(elements)};
}

Reply bulks(const std::vector<std::string>& texts) {
  std::vector<Reply> elements;
  for (const std::string& text : texts) elements.push_back(bulk(text));
  return array(std::move(elements));
}

std::string to_string(const Reply& reply) {
  if (reply.kind == Reply::Kind::nil) return "NULL";
  if (reply.kind == Reply::Kind::integer) return std::to_string(reply.integer);
  if (reply.kind != Reply::Kind::array) return reply.text;
  std::string text = "[";
  for (const Reply& element : reply.elements) text += (text == "[" ? "" : ", ") + to_string(element);
  return text + "]";
}

Observation observation(const Reply& reply, const std::vector<Command>& commands, bool transaction) {
  Observation seen;
  seen.tag = "REDIS";
  if (reply.kind == Reply::Kind::error) {
    seen.error_condition = condition_of(reply.text);
    seen.error_message = reply.text;
    return seen;
  }
  bool pairs = !transaction && reply.kind == Reply::Kind::array && in_pairs(commands.at(0));
  seen.columns = pairs ? std::vector<std::string>{"field", "value"} : std::vector<std::string>{"value"};
  if (pairs)
    for (std::size_t i = 0; i + 1 < reply.elements.size(); i += 2)
      seen.rows.push_back({value_of(reply.elements[i]), value_of(reply.elements[i + 1])});
  else if (reply.kind == Reply::Kind::array)
    for (const Reply& element : reply.elements) seen.rows.push_back({value_of(element)});
  else if (reply.kind != Reply::Kind::nil)
    seen.rows.push_back({value_of(reply)});
  seen.count = seen.rows.size();
  return seen;
}

std::string one_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
  return text;
}

std::string upper(std::string word) {
  for (char& letter : word)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return word;
}

}  // namespace gapless::store::keyvalue
