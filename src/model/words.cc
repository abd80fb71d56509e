// What happens to the world stands in a schedule as verb(what), where a backslash quotes.
#include "model/words.h"

#include <string_view>

namespace gapless::model {
namespace {

std::string unquoted(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    result += text[at];
  }
  return result;
}

std::string words_of_world(const std::string& text) {
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return text;
  const auto verb = text.substr(0, open);
  const auto what = unquoted(std::string_view(text).substr(open + 1, close - open - 1));
  const auto end = text.substr(close + 1);
  if (verb == "expire") return what + " expires";
  if (verb == "clock") return "it is " + what + " now";
  if (verb == "settle" && end == ":done") return what + " is settled: it was done";
  if (verb == "settle" && end == ":not_done") return what + " is settled: it was not done";
  if (verb == "forget") return "the provider forgets " + what;
  if (verb == "replicate") return what + " hears of the next commit";
  return text;
}

}  // namespace

std::string words(const Step& step) {
  switch (step.kind) {
    case Step::Kind::operation:
      return step.operation;
    case Step::Kind::crash:
      return "crashes";
    case Step::Kind::retry:
      return "is sent again by its client";
    case Step::Kind::duplicate:
      return "is received twice";
    case Step::Kind::redeliver:
      return "is delivered again";
    case Step::Kind::last_run:
      return "runs for the last time";
    case Step::Kind::world:
      return words_of_world(step.operation);
  }
  return step.operation;
}

bool ends_lane(const Step& step) { return step.kind == Step::Kind::crash || !step.response.empty(); }

}  // namespace gapless::model
