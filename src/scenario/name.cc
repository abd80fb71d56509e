#include "scenario/name.h"

#include "sql/bind.h"

namespace gapless::scenario {

std::string to_lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

std::string meant(std::string_view wanted, const std::vector<std::string>& candidates) {
  const std::string near = sql::did_you_mean(wanted, candidates);
  return near.empty() ? "" : "; did you mean `" + near + "`?";
}

}  // namespace gapless::scenario
