// What is wrong with a request before anything runs: the parts of mistake(). Each throws a Mistake at the first.
#pragma once

#include <string>
#include <vector>

#include "store/document/value.h"

namespace gapless::store::document::mongo {

struct Mistake {
  std::string text;
};

// "; did you mean `$set`?", or empty.
std::string suggestion(const std::string& word, const std::vector<std::string>& candidates);

void check_filter(const Value& filter, const std::string& what = "the filter");
void check_update(const Value& update);
void check_replacement(const Value& replacement);
void check_pipeline(const Value& pipeline, bool in_update);
void check_expression(const Value& expression);
void check_projection(const Value& projection);
void check_sort(const Value& sort);

}  // namespace gapless::store::document::mongo
