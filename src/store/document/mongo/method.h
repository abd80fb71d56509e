// The methods of a collection: what arguments, options and chained methods each takes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "store/document/request.h"

namespace gapless::store::document::mongo {

struct Method {
  enum class Use { read, write, schema };
  std::string name;
  Use use = Use::read;
  std::size_t least = 0;               // arguments
  std::vector<std::string> arguments;  // what each is: "filter", "update", "options", …
  std::vector<std::string> options;    // names that the argument "options" may have
  std::vector<std::string> chained;
};

const std::vector<Method>& methods();
const Method* find_method(std::string_view name);

// The argument that is so called in the method's list; null where it is not given.
Value argument(const Request& request, std::string_view name);
Value option(const Request& request, std::string_view name);

// What find and findOne are asked for, by arguments, options and chained methods.
struct Reading {
  Value filter;
  Value projection;
  Value sort;
  Value skip;
  Value limit;
  bool counts = false;
};
Reading reading(const Request& request);

// findOneAnd…: the document as it is afterwards, not before.
bool returns_new(const Request& request);

// One of bulkWrite's operations as the request that it stands for: {insertOne: {document: {…}}}.
Request bulk_request(const Request& request, const Value& operation);

}  // namespace gapless::store::document::mongo
