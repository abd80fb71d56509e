// A specification whose SQL is parsed and bound: what every block does to the simulated server.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/source.h"
#include "spec/specification.h"
#include "sql/statement.h"

namespace gapless::spec {

// One statement of a block.
struct Command {
  enum class Kind {
    statement,
    prepare,  // PREPARE name AS statement
    execute,  // EXECUTE name
    call,     // SELECT name(…), name a function of the setup: `statement` is its body with the arguments put in
    nothing,  // VACUUM, DROP TABLE at the end and so on: nobody could tell that it was done
    refused,  // not for us: `refusal` says so when it is reached, as nothing is wrong with a step that never runs
  };
  Kind kind = Kind::statement;
  Offset at = 0;
  std::shared_ptr<const sql::Statement> statement;
  std::string name;
  std::optional<ModelError> refusal;
};

// What is sent to the server as one message: the statements of a block.
using Message = std::vector<Command>;

struct Program {
  Specification specification;
  sql::Catalog catalog;  // what the setup blocks make
  std::vector<Message> setups;
  Message teardown;
  std::vector<Message> session_setups;  // one a session; empty where none is written
  std::vector<Message> session_teardowns;
  std::vector<Message> steps;
};

// Throws ModelError where the tables of the setup cannot be made.
Program compile(Specification specification);

}  // namespace gapless::spec
