// Plays what was recorded of a real Redis (redis.transcript) on our rules.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/keyvalue/machine.h"

namespace gapless::store::keyvalue {

// Words of a line: blanks part them, double quotes hold them together.
Command words_of(const std::string& line);
// As Python shows it: 'OK', None, 5, [5, 'ERR<ERR …>'].
std::string as_python(const Reply& reply);

// Sessions on one database, which know MULTI and EXEC.
class Table {
 public:
  Reply say(std::size_t session, const Command& command);
  // What lives shorter than this is gone.
  void pass(std::int64_t ms);

  Database database;
  std::map<std::size_t, Session> sessions;

 private:
  Reply in_transaction(std::size_t session, const Command& command);
  void tell(const Event& event, std::size_t but);

  std::map<std::size_t, std::vector<Command>> queued_;
};

struct Line {
  std::string text;  // "s1: GET bal"
  std::string wanted, got;
};
// All lines of the part "R4b" of the transcript.
std::vector<Line> played(const std::string& part);
// All parts, in order.
std::vector<std::string> parts();

}  // namespace gapless::store::keyvalue
