// A small database for the evaluator's tests: a schema and its rows, without any engine.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/statement.h"
#include "store/prepare.h"
#include "store/relational/evaluate.h"

namespace gapless::store {

class Bank : public Snapshot {
 public:
  // CREATE TABLEs and INSERTs, whose rows must come in the order of the primary key.
  explicit Bank(std::string_view schema_text) {
    const Schema schema = prepare_schema(schema_text, "bank", "schema");
    catalog_ = schema.catalog;
    tables_.resize(catalog_.tables.size());
    for (const auto& statement : schema.statements) insert(statement);
  }

  const sql::Catalog& catalog() const { return catalog_; }
  std::span<const Tuple> rows(std::size_t table_number) const override { return tables_.at(table_number); }

 private:
  void insert(const sql::Statement& statement) {
    const auto& insert = std::get<sql::Insert>(statement.body);
    const auto& table = catalog_.tables.at(insert.table_number);
    QueryMemory memory;
    for (const Tuple& source : Evaluator(*statement.source, *this, {}, memory).select(insert.source)) {
      Tuple row(table.columns.size());
      for (std::size_t i = 0; i < source.size(); ++i) {
        const std::size_t number = insert.column_numbers.at(i);
        row[number] = to_column(source[i], table.columns.at(number), *statement.source, statement.at);
      }
      tables_.at(insert.table_number).push_back(std::move(row));
    }
  }

  sql::Catalog catalog_;
  std::vector<std::vector<Tuple>> tables_;
};

// "1|ann ; 2|NULL", as psql -At with `\pset null NULL` and ' ; ' between the rows.
inline std::string printed(const std::vector<Tuple>& rows) {
  std::string text;
  for (const Tuple& row : rows) {
    if (&row != &rows.front()) text += " ; ";
    for (const Value& value : row) {
      if (&value != &row.front()) text += "|";
      text += sql::to_string(value);
    }
  }
  return text;
}

// What a query gives: rows, "ERROR condition: message", or "MODEL ERROR line:column message".
inline std::string result_of(const Bank& bank, std::string_view text, std::span<const Value> parameters = {}) {
  try {
    const auto statement = prepare(text, bank.catalog(), "query");
    QueryMemory memory;
    return printed(
        Evaluator(*statement->source, bank, parameters, memory).select(std::get<sql::Select>(statement->body)));
  } catch (const SqlError& error) {
    return "ERROR " + error.condition + ": " + error.what();
  } catch (const ModelError& error) {
    const auto& diagnostic = error.diagnostic();
    return "MODEL ERROR " + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) + " " +
           diagnostic.message;
  }
}

}  // namespace gapless::store
