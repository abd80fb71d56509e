// A case fails exactly where the run makes the command's exit status 1 or 3, so that both say the same.
#include "report/junit.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "report/command.h"
#include "report/controls.h"
#include "report/text.h"

namespace gapless::report {
namespace {

using model::Run;

std::string attribute(std::string_view name, std::string_view value) {
  return fmt::format(" {}=\"{}\"", name, xml_text(value));
}

struct Failure {
  std::string type;
  std::string message;
};

Failure vacuous(const Run& run) {
  std::string guards;
  for (const auto& control : run.controls) {
    if (!control.vacuous()) continue;
    guards += (guards.empty() ? "" : ", ") + control.guard;
    if (control.line > 0) guards += " (line " + std::to_string(control.line) + ")";
  }
  if (guards.empty()) return {};
  return {"vacuous", "nothing breaks without " + guards};
}

// Empty type: the run passes.
Failure failure_of(const Run& run, const model::Report& report) {
  model::Report alone;
  alone.runs = {run};
  alone.require_holds = report.require_holds;
  const int status = exit_status(alone);
  if (status == 3) return {"coverage", coverage_note(run)};
  if (status != 1) return report.require_no_vacuous ? vacuous(run) : Failure{};
  if (run.verdict.outcome != model::Outcome::violated) {
    return {"expectation", "expected a violation, but every interleaving holds"};
  }
  const auto invariant = run.verdict.counterexample ? run.verdict.counterexample->invariant : "an invariant";
  return {"violation", "“" + invariant + "” is violated"};
}

// An attribute cannot keep lines apart: it says what happened and the message of the place; all lines are in the text.
std::string headline(std::string message) {
  const auto end_of_sentence = message.find('\n');
  if (end_of_sentence == std::string::npos) return message;
  message[end_of_sentence] = ' ';
  return message.substr(0, message.find('\n'));
}

std::string test_case(const Run& run, const model::Report& report) {
  auto text =
      "    <testcase" + attribute("classname", run.file + "." + run.scenario) +
      attribute("name", fmt::format("{} ({} actors, {}{})", run.variant, run.actors, store::to_string(run.isolation),
                                    run.faults.none() ? "" : ", " + to_string(run.faults))) +
      attribute("time", fmt::format("{:.3f}", run.verdict.seconds));
  const auto failure = failure_of(run, report);
  if (failure.type.empty()) return text + "/>\n";
  text += ">\n      <failure" + attribute("type", failure.type) + attribute("message", headline(failure.message)) + ">";
  if (failure.message.find('\n') != std::string::npos) text += xml_text("\n" + failure.message + "\n");
  if (run.verdict.counterexample) {
    const auto table = counterexample_text(run.verdict.counterexample->execution, false);
    text += xml_text("\n" + table + "\n" + replay_command(run) + "\n");
  }
  return text + "</failure>\n    </testcase>\n";
}

std::string suite(std::string_view name, const std::vector<const Run*>& runs, const model::Report& report) {
  const auto failures =
      std::ranges::count_if(runs, [&](const Run* run) { return !failure_of(*run, report).type.empty(); });
  double seconds = 0;
  for (const auto* run : runs) seconds += run->verdict.seconds;
  auto text = fmt::format("  <testsuite{} tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"{:.3f}\">\n",
                          attribute("name", name), runs.size(), failures, seconds);
  for (const auto* run : runs) text += test_case(*run, report);
  return text + "  </testsuite>\n";
}

std::string error_case(std::string_view where, std::string_view type, std::string_view message,
                       std::string_view details) {
  return "    <testcase" + attribute("classname", where) + attribute("name", "loads and runs") + ">\n      <error" +
         attribute("type", type) + attribute("message", message) + ">" + xml_text(details) +
         "</error>\n    </testcase>\n";
}

std::string errors_suite(const model::Report& report) {
  const auto count = report.errors.size() + report.internal_errors.size();
  if (count == 0) return {};
  auto text =
      fmt::format("  <testsuite name=\"errors\" tests=\"{0}\" failures=\"0\" errors=\"{0}\" time=\"0.000\">\n", count);
  for (const auto& error : report.errors) {
    text += error_case(error.file.empty() ? "gapless" : error.file, "model", error.message, to_string(error));
  }
  for (const auto& message : report.internal_errors) text += error_case("gapless", "internal", message, message);
  return text + "  </testsuite>\n";
}

// The length of the UTF-8 character at the front, 0 if there is none that XML 1.0 allows.
std::size_t xml_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const auto lead = byte(0);
  if (lead < 0x80U) return lead >= 0x20U || lead == '\t' || lead == '\n' || lead == '\r' ? 1 : 0;
  const std::size_t length = lead >> 5U == 0x6U ? 2 : lead >> 4U == 0xEU ? 3 : lead >> 3U == 0x1EU ? 4 : 0;
  if (length == 0 || length > text.size()) return 0;
  std::uint32_t code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
    code = code << 6U | (byte(i) & 0x3FU);
  }
  constexpr std::uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool allowed = code >= smallest[length] && code <= 0x10FFFFU && !(code >= 0xD800U && code <= 0xDFFFU) &&
                       code != 0xFFFEU && code != 0xFFFFU;
  return allowed ? length : 0;
}

}  // namespace

std::string to_junit(const model::Report& report) {
  std::vector<std::string> names;
  std::vector<std::vector<const Run*>> suites;
  for (const auto& run : report.runs) {
    const auto name = run.file + ": " + run.scenario;
    const auto known = std::ranges::find(names, name) - names.begin();
    if (known == std::ssize(names)) {
      names.push_back(name);
      suites.emplace_back();
    }
    suites[static_cast<std::size_t>(known)].push_back(&run);
  }
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"gapless\">\n";
  for (std::size_t i = 0; i < suites.size(); ++i) text += suite(names[i], suites[i], report);
  return text + errors_suite(report) + "</testsuites>\n";
}

std::string xml_text(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto length = xml_character(text);
    const auto character = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(character.size());
    if (length == 0) {
      result += "\xEF\xBF\xBD";
    } else if (character == "<") {
      result += "&lt;";
    } else if (character == ">") {
      result += "&gt;";
    } else if (character == "&") {
      result += "&amp;";
    } else if (character == "\"") {
      result += "&quot;";
    } else {
      result += character;
    }
  }
  return result;
}

}  // namespace gapless::report
