#include "store/document/request.h"

namespace gapless::store::document {
namespace {

std::string listed(const std::vector<Value>& values) {
  std::string text;
  for (const auto& value : values) text += (text.empty() ? "" : ", ") + to_string(value);
  return text;
}

}  // namespace

std::string to_string(const Request& request) {
  if (request.method == "commitTransaction" || request.method == "abortTransaction") return request.method;
  if (!request.text.empty()) {
    std::string text;
    std::size_t next = 0;
    char quote = '\0';
    for (const char c : request.text) {
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '?' && next < request.arguments.size()) {
        const auto* held = get<std::string>(request.arguments[next]);
        text += held != nullptr ? "'" + *held + "'" : to_string(request.arguments[next]);
        ++next;
        continue;
      }
      text += c;
    }
    return text;
  }
  if (request.collection.empty()) return request.method + " " + listed(request.arguments);
  std::string text = "db." + request.collection + "." + request.method + "(" + listed(request.arguments) + ")";
  for (const auto& [method, arguments] : request.chained) text += "." + method + "(" + listed(arguments) + ")";
  return text;
}

void add_to(Digest& digest, const Request& request) {
  digest.add(request.method).add(request.collection).add(request.text).add(request.arguments.size());
  for (const auto& value : request.arguments) add_to(digest, value);
  digest.add(request.chained.size());
  for (const auto& [method, arguments] : request.chained) {
    digest.add(method).add(arguments.size());
    for (const auto& value : arguments) add_to(digest, value);
  }
}

}  // namespace gapless::store::document
