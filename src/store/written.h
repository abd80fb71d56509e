// Operations as text that a real server takes.
#pragma once

#include <string>

#include "store/operation.h"

namespace gapless::store {

// The statement with its parameters' values in their places, each as `print` writes it.
std::string with_parameters(const Operation& operation, std::string (*print)(const sql::Value&));

// For a server: a value keeps its type and stands by itself whatever is written around it, as '-5'::integer.
std::string for_server(const sql::Value& value);

// BEGIN with everything that the transaction is, whatever the session's defaults are.
std::string begin_for_server(const Operation& operation);

}  // namespace gapless::store
