// Schedules as text. A recorded schedule is a small file of `key: value` lines that a person can read and write; each
// key stands exactly once, so that a damaged file is refused rather than replayed as something else.
#include "model/schedule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <range/v3/algorithm/count_if.hpp>
#include <range/v3/range/conversion.hpp>
#include <range/v3/view/join.hpp>
#include <range/v3/view/sliding.hpp>
#include <range/v3/view/transform.hpp>
#include <utility>

#include "model/model.h"

namespace gapless::model {

namespace views = ranges::views;

namespace {

constexpr std::array<std::string_view, 9> keys = {"model",  "scenario",  "variant", "isolation", "actors",
                                                  "faults", "invariant", "digest",  "schedule"};
// Added later: a file of before has none.
constexpr std::string_view optional_key = "faults";

// Values stand on one line each.
std::string escaped(std::string_view value) {
  std::string result;
  for (const char c : value) {
    if (c == '\\') {
      result += "\\\\";
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\r') {
      result += "\\r";
    } else {
      result += c;
    }
  }
  return result;
}

std::optional<std::string> unescaped(std::string_view value) {
  std::string result;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\') {
      result += value[i];
      continue;
    }
    if (++i == value.size()) return std::nullopt;
    if (value[i] == 'n') {
      result += '\n';
    } else if (value[i] == 'r') {
      result += '\r';
    } else if (value[i] == '\\') {
      result += '\\';
    } else {
      return std::nullopt;
    }
  }
  return result;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text, int base = 10) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

std::string hexadecimal(std::uint64_t number) {
  std::string digits(16, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, number >>= 4U) {
    *digit = "0123456789abcdef"[number & 0xFU];
  }
  return digits;
}

using Fields = std::map<std::string, std::string, std::less<>>;

std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// Adds one `key: value` line; the reason why it is none, or empty.
std::string add_field(std::string_view line, Fields& fields) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return "a line must read `key: value`, not `" + std::string(line) + "`";
  const auto key = line.substr(0, colon);
  if (std::ranges::find(keys, key) == keys.end()) return "unknown key `" + std::string(key) + "`";
  auto value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  auto plain = unescaped(value);
  if (!plain) return "`" + std::string(key) + "` has an unknown escape (known: \\\\, \\n, \\r)";
  if (!fields.emplace(key, *std::move(plain)).second) return "`" + std::string(key) + "` stands twice";
  return {};
}

std::string read_fields(std::string_view text, Fields& fields) {
  for (int number = 1; !text.empty(); ++number) {
    const auto line = take_line(text);
    if (line.empty() || line.front() == '#') continue;
    if (auto wrong = add_field(line, fields); !wrong.empty()) return "line " + std::to_string(number) + ": " + wrong;
  }
  for (const auto key : keys) {
    if (key != optional_key && !fields.contains(key)) return "`" + std::string(key) + ":` is missing";
  }
  return {};
}

constexpr std::string_view blanks = " \t\r\n";

// Where a word that begins here ends: at a blank, but not within parentheses, where a backslash quotes.
std::size_t end_of_word(std::string_view text) {
  std::size_t open = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (open == 0 && blanks.find(c) != std::string_view::npos) return at;
    if (open > 0 && c == '\\') ++at;
    if (c == '(') ++open;
    if (c == ')' && open > 0) --open;
  }
  return text.size();
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

bool all_words(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_word); }

// A step of nobody's: "expire(lock:SAVE50)", "settle(charge(1, 50)):done".
bool is_of_world(std::string_view word) {
  const auto open = word.find('(');
  const auto close = word.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  const auto rest = word.substr(close + 1);
  return all_words(word.substr(0, open)) && (rest.empty() || (rest.front() == ':' && all_words(rest.substr(1))));
}

std::optional<Choice> parse_choice(std::string_view word) {
  const auto digits = std::min(word.find_first_not_of("0123456789"), word.size());
  if (digits == 0) return is_of_world(word) ? std::optional(Choice{0, std::string(word)}) : std::nullopt;
  const auto actor = parse_number<std::size_t>(word.substr(0, digits));
  const auto what = word.substr(digits);
  const bool is_known = what.empty() || ((what.front() == ':' || what.front() == '!') && all_words(what.substr(1)));
  if (!actor || *actor == 0 || !is_known) return std::nullopt;
  return Choice{*actor, std::string(what)};
}

}  // namespace

std::string to_string(const Choice& choice) {
  return choice.actor == 0 ? choice.what : std::to_string(choice.actor) + choice.what;
}

std::string to_string(const Schedule& schedule) {
  const auto text = [](const Choice& choice) { return to_string(choice); };
  return schedule.steps | views::transform(text) | views::join(' ') | ranges::to<std::string>();
}

std::optional<Schedule> parse_schedule(std::string_view text) {
  Schedule schedule;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    if (text.empty()) return schedule;
    const auto word = text.substr(0, end_of_word(text));
    auto choice = parse_choice(word);
    if (!choice) return std::nullopt;
    schedule.steps.push_back(*std::move(choice));
    text.remove_prefix(word.size());
  }
}

std::size_t switches(const Schedule& schedule) {
  const auto differ = [](const auto& pair) { return pair.front().actor != pair.back().actor; };
  return static_cast<std::size_t>(ranges::count_if(schedule.steps | views::sliding(2), differ));
}

std::string to_string(const RecordedSchedule& recorded) {
  std::string text = "# A counterexample that Gapless found. Play it with: ./dev replay THIS-FILE\n";
  const auto line = [&](std::string_view key, std::string_view value) {
    text.append(key).append(": ").append(escaped(value)).append("\n");
  };
  line("model", recorded.file);
  line("scenario", recorded.scenario);
  line("variant", recorded.variant);
  line("isolation", recorded.isolation);
  line("actors", std::to_string(recorded.actors));
  if (recorded.faults != "none") line("faults", recorded.faults);
  line("invariant", recorded.invariant);
  line("digest", hexadecimal(recorded.digest));
  line("schedule", to_string(recorded.schedule));
  return text;
}

std::optional<RecordedSchedule> parse_recorded_schedule(std::string_view text, std::string& reason) {
  Fields fields;
  reason = read_fields(text, fields);
  if (!reason.empty()) return std::nullopt;

  const auto actors = parse_number<std::size_t>(fields["actors"]);
  const auto digest = parse_number<std::uint64_t>(fields["digest"], 16);
  auto schedule = parse_schedule(fields["schedule"]);
  if (!actors || *actors == 0) reason = "`actors` must be a number from 1";
  if (!digest || fields["digest"].size() != 16) reason = "`digest` must be 16 hexadecimal digits";
  if (!schedule) reason = "`schedule` must be steps, as in `1 2 2 1` or `1 2:lost_done 1!crash expire(key)`";
  if (!reason.empty()) return std::nullopt;
  const auto faults = parse_faults(fields.contains("faults") ? fields["faults"] : "none");
  if (!faults) {
    reason = "`faults` must be bounds, as in `crash <= 1, retry <= 1`, or `none`";
    return std::nullopt;
  }
  return RecordedSchedule{.file = fields["model"],
                          .scenario = fields["scenario"],
                          .variant = fields["variant"],
                          .isolation = fields["isolation"],
                          .actors = *actors,
                          .faults = to_string(*faults),
                          .invariant = fields["invariant"],
                          .digest = *digest,
                          .schedule = *std::move(schedule)};
}

}  // namespace gapless::model
