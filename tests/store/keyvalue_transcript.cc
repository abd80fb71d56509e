#include "keyvalue_transcript.h"

#include <fstream>
#include <sstream>

#include "base/check.h"

namespace gapless::store::keyvalue {
namespace {

std::vector<std::string> lines_of_transcript() {
  std::ifstream in(GAPLESS_REDIS_TRANSCRIPT);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  check(!lines.empty(), "the transcript is there");
  return lines;
}

bool begins_part(const std::string& line) { return line.starts_with("## "); }
std::string part_of(const std::string& line) { return line.substr(3, line.find(' ', 3) - 3); }

std::string quoted(const std::string& text) {
  char quote = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
  return quote + text + quote;
}

Line play_line(Table& table, const std::string& line) {
  std::size_t arrow = line.rfind(" => ");
  std::size_t session = static_cast<std::size_t>(line.at(1) - '0');
  Reply reply = table.say(session, words_of(line.substr(4, arrow - 4)));
  return {line.substr(0, arrow), line.substr(arrow + 4), as_python(reply)};
}

}  // namespace

Command words_of(const std::string& line) {
  Command command;
  for (std::size_t at = 0; at < line.size();) {
    bool is_quoted = line[at] == '"';
    std::size_t start = at + (is_quoted ? 1 : 0);
    std::size_t end = std::min(line.find(is_quoted ? '"' : ' ', start), line.size());
    command.push_back(line.substr(start, end - start));
    at = std::min(line.find_first_not_of(' ', end + 1), line.size());
  }
  return command;
}

std::string as_python(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::nil:
      return "None";
    case Reply::Kind::integer:
      return std::to_string(reply.integer);
    case Reply::Kind::error:
      return quoted("ERR<" + reply.text + ">");
    case Reply::Kind::array:
      break;
    default:
      return quoted(reply.text);
  }
  std::string text = "[";
  for (const Reply& element : reply.elements) text += (text == "[" ? "" : ", ") + as_python(element);
  return text + "]";
}

Reply Table::say(std::size_t session, const Command& command) {
  std::string name = upper(command[0]);
  if (queued_.contains(session)) return in_transaction(session, command);
  if (name == "MULTI") {
    queued_[session];
    return ok();
  }
  Answer answered = answer(database, sessions[session], {command}, false);
  tell(answered.event, session);
  return answered.reply;
}

Reply Table::in_transaction(std::size_t session, const Command& command) {
  std::string name = upper(command[0]);
  if (name == "EXEC" || name == "DISCARD") {
    std::vector<Command> commands = name == "EXEC" ? queued_[session] : std::vector<Command>{command};
    queued_.erase(session);
    Answer answered = answer(database, sessions[session], commands, name == "EXEC");
    tell(answered.event, session);
    return answered.reply;
  }
  queued_[session].push_back(command);
  if (name == "WATCH") return error("ERR WATCH inside MULTI is not allowed");
  std::optional<std::string> refused = refusal(command);
  return refused ? error(*refused) : status("QUEUED");
}

void Table::tell(const Event& event, std::size_t but) {
  for (auto& [number, session] : sessions)
    if (number != but) session = map(session, event);
}

void Table::pass(std::int64_t ms) {
  for (const std::string& key : expirable(database)) {
    if (*database.entries.at(key).ttl_ms > ms) continue;
    Expired expired = expire(database, key);
    database = expired.database;
    tell(expired.event, 0);
  }
}

std::vector<Line> played(const std::string& part) {
  Table table;
  std::vector<Line> all;
  bool inside = false;
  for (const std::string& line : lines_of_transcript()) {
    if (begins_part(line))
      inside = part_of(line) == part;
    else if (inside && line.starts_with("("))
      table.pass(80);
    else if (inside && line.starts_with("s"))
      all.push_back(play_line(table, line));
  }
  return all;
}

std::vector<std::string> parts() {
  std::vector<std::string> all;
  for (const std::string& line : lines_of_transcript())
    if (begins_part(line)) all.push_back(part_of(line));
  return all;
}

}  // namespace gapless::store::keyvalue
