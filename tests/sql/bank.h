// A small catalog for tests, and two questions about a statement: what it became, or what is wrong with it.
#pragma once

#include <string>
#include <string_view>

#include "print.h"
#include "sql/bind.h"
#include "sql/parse.h"

namespace gapless::sql {

inline Setup setup_of(std::string text) {
  const Source source = make_source("bank.sql", std::move(text));
  return parse_setup(source, {0, static_cast<Offset>(source->text.size())}, "bank");
}

inline const Catalog& bank() {
  static const Catalog catalog = setup_of(R"(
      CREATE TABLE users (id int PRIMARY KEY, balance int NOT NULL, name text);
      CREATE TABLE codes (id bigserial, code text UNIQUE, used boolean, at timestamp, price numeric(10, 2));
      CREATE TABLE tickets (number int GENERATED ALWAYS AS IDENTITY, owner text))")
                                     .catalog;
  return catalog;
}

inline Statement bound(std::string_view text) {
  Statement statement = parse_statement(text);
  bind(statement, bank());
  return statement;
}

inline std::string meaning(std::string_view text) { return print(bound(text)); }

// "line:column: message"
template <class Action>
std::string complaint_of(Action action) {
  try {
    action();
  } catch (const ModelError& error) {
    const auto& found = error.diagnostic();
    return std::to_string(found.line) + ":" + std::to_string(found.column) + ": " + found.message;
  }
  return "no complaint";
}

inline std::string complaint(std::string_view text) {
  return complaint_of([&] { bound(text); });
}

}  // namespace gapless::sql
