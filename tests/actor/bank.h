// What the tests of actors share: a small bank's statements, and observations to answer with.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor/session.h"
#include "actor/statements.h"
#include "store/prepare.h"

namespace gapless::actor::testing {

inline std::shared_ptr<Statements> bank_statements() {
  auto schema = store::prepare_schema("CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL, name text)",
                                      "bank", "bank_test");
  return std::make_shared<Statements>(std::move(schema.catalog), "bank_test");
}

inline store::Observation rows(std::vector<std::string> columns, std::vector<sql::Tuple> tuples) {
  store::Observation observation;
  observation.tag = "SELECT";
  observation.columns = std::move(columns);
  observation.count = tuples.size();
  observation.rows = std::move(tuples);
  return observation;
}

inline store::Observation balance(std::int32_t value) { return rows({"balance"}, {{value}}); }

inline store::Observation changed(std::uint64_t count) {
  store::Observation observation;
  observation.tag = "UPDATE";
  observation.count = count;
  return observation;
}

inline store::Observation error(std::string condition) {
  store::Observation observation;
  observation.error_condition = std::move(condition);
  observation.error_message = "as the test has it";
  return observation;
}

inline store::Observation done(std::string tag) {
  store::Observation observation;
  observation.tag = std::move(tag);
  return observation;
}

// A program that is one handler with one session on the bank, as model::Builder makes it.
template <class Handler>
Program program(Handler handler, std::shared_ptr<Statements> statements = bank_statements()) {
  return [handler = std::move(handler), statements = std::move(statements)](Context& context) {
    Session session(context, 0, statements);
    const Response response = handler(session);
    session.finish();
    return response;
  };
}

}  // namespace gapless::actor::testing
