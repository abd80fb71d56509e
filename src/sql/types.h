// PostgreSQL's rules about types, as far as they show before running.
//
// A string in quotes has no type until something beside it says which; then it is read as that type. A parameter and
// NULL have none at all until they have a value, and go with everything.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "sql/statement.h"

namespace gapless::sql {

// Completes the type of an operation, function, aggregate, cast, CASE, IN list or BETWEEN whose arguments are bound.
void complete_type(Expression& expression, const SourceText& source);

// A string without a type becomes a value of `type`; ModelError where it cannot be read. Else no change.
void adapt(Expression& expression, Type type, const SourceText& source);

// The condition of WHERE, CHECK, …: boolean, or not known yet.
void require_boolean(Expression& expression, std::string_view construct, const SourceText& source);

// A number for LIMIT and OFFSET.
void require_number(Expression& expression, std::string_view construct, const SourceText& source);

// Both sides of a comparison; `op` is for the message: "operator does not exist: integer = text".
void require_comparable(Expression& left, Expression& right, std::string_view op, Offset at, const SourceText& source);

// Brings alternatives (results of CASE, arguments of coalesce, a column of UNION) to one type and returns it: numbers
// become the widest, everything else must agree.
Type unify(std::span<Expression* const> alternatives, std::string_view construct, const SourceText& source);

// What is assigned to a column must be castable by assignment: numbers to numbers, dates and timestamps to each other,
// anything to text.
void assign_to_column(Expression& expression, const Column& column, const SourceText& source);

}  // namespace gapless::sql
