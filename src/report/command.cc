// Level and faults are named only where they are not what the file says: replay takes the setting without faults where
// the file has one.
#include "report/command.h"

#include "base/check.h"

namespace gapless::report {
namespace {

// Schedules look alike whatever is in them: expire(lock:SAVE50) needs quotes, a key may hold anything.
std::string in_double_quotes(std::string_view text) {
  std::string word = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') word += '\\';
    word += c;
  }
  return word + "\"";
}

}  // namespace

std::string replay_command(const model::Run& run) {
  check(run.verdict.counterexample.has_value(), "only a counterexample is replayed");
  std::string command = "./dev replay --model " + shell_word(run.file) + " --variant " + shell_word(run.variant) +
                        " --actors " + std::to_string(run.actors);
  if (run.isolation != run.file_isolation) {
    command += " --isolation " + shell_word(store::to_string(run.isolation));
  }
  if (!run.faults.none() || run.faults_given) command += " --faults " + shell_word(to_string(run.faults));
  return command + " " + in_double_quotes(model::to_string(run.verdict.counterexample->schedule));
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:@%+=";
  if (!text.empty() && text.find_first_not_of(harmless) == std::string_view::npos) return std::string(text);
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

}  // namespace gapless::report
