// Small questions about types, shared by types.cc and result_type.cc.
#pragma once

#include "sql/statement.h"

namespace gapless::sql {

bool is_number(Type type);
Type wider(Type a, Type b);  // REQUIRES: both are numbers, or the first is unknown
bool is_untyped_string(const Expression& expression);
bool is_open(const Expression& expression);  // its type shows only when it runs: a parameter, or made of one
void wrap_in_cast(Expression& expression, Type type);

}  // namespace gapless::sql
