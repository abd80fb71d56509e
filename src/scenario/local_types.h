// The types of locals, as far as they can be told without running anything: what a column of a collection is made of
// that only ever gets the value of a parameter. To be wrong here costs a column its type, never a result.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenario/syntax.h"
#include "scenario/world.h"

namespace gapless::scenario {

// Of the columns of what a request to a document database returns.
using ResultTypes = std::map<std::string, sql::Type>;

class LocalTypes {
 public:
  // Called for each request to a document database, with the types of its expressions.
  // `within`: the name that the transaction around it has, if it has one.
  using Visit = std::function<ResultTypes(const DocumentText& text, const std::optional<Name>& within,
                                          const OfExpression& of_expression)>;

  LocalTypes(const File& file, const Source& source, const World& world, Visit visit);

  // Goes through every variant of every request once. What a `send` says is known the next time.
  void run();

 private:
  struct Known {
    sql::Type type = sql::Type::unknown;  // of a single value
    ResultTypes fields;                   // of a result, by names in lower case
  };
  using Names = std::map<std::string, Known>;

  void learn_arguments();
  void block(const Block& block, Names names);
  void statement(const Statement& statement, Names& names);
  Known value(const ValueText& value, const Names& names);
  Known of_sql(const SqlText& text) const;
  Known of_request(const DocumentText& text, const Names& names);
  sql::Type type_of(sql::Range range, const Names& names) const;
  store::document::Value sample(const Literal& literal, const Names& names) const;

  const File& file_;
  const Source& source_;
  const World& world_;
  Visit visit_;
  std::optional<Name> within_;
  std::vector<std::vector<sql::Type>> arguments_;  // of each request's parameters
};

}  // namespace gapless::scenario
