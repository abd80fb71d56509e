// The SQL of a step has any number of lines, so the test is needed to know where it ends. A table's line under the
// names says how wide its columns are, so that values may hold bars and line ends, too.
#include "spec/expected.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

namespace gapless::spec {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

class OutputReader {
 public:
  OutputReader(const Source& output, const Specification& specification)
      : source_(output), text_(output->text), specification_(specification) {}

  Transcript read() {
    const auto heading = line();
    constexpr std::string_view begin = "Parsed test spec with ";
    const auto digits = heading.starts_with(begin) ? heading.substr(begin.size()) : std::string_view();
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), result_.sessions);
    if (digits.empty() || parsed.ec != std::errc{}) refuse(0, "`Parsed test spec with … sessions` was expected here");
    while (at_ < text_.size()) read_run();
    return std::move(result_);
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }

  bool take(std::string_view word) {
    if (!rest().starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  // Up to the line's end, which is passed over.
  std::string_view line() {
    const auto whole = rest().substr(0, rest().find('\n'));
    at_ = std::min(text_.size(), at_ + whole.size() + 1);
    return whole;
  }

  [[noreturn]] void refuse(std::size_t at, std::string message) const {
    throw ModelError(*source_, static_cast<Offset>(at), std::move(message));
  }

  void read_run() {
    if (!take("\nstarting permutation:")) refuse(at_, "isolationtester prints no such line here for this test");
    Run run;
    while (take(" ")) run.steps.push_back(step_named(at_, {" ", "\n"}));
    if (!take("\n")) refuse(at_, "there is no step of this name");
    while (at_ < text_.size() && !rest().starts_with("\nstarting permutation:")) read_report(run);
    result_.runs.push_back(std::move(run));
  }

  // The step whose name stands here, with one of `ends` behind it, which is not passed over. The longest one.
  std::size_t step_named(std::size_t at, std::initializer_list<std::string_view> ends) {
    std::optional<std::size_t> found;
    const auto& steps = specification_.steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const auto& name = steps[i].name;
      if (!text_.substr(at).starts_with(name) || (found && steps[*found].name.size() >= name.size())) continue;
      for (const auto end : ends) {
        if (text_.substr(at + name.size()).starts_with(end)) found = i;
      }
    }
    if (!found) refuse(at, "the test has no step of this name");
    at_ = at + steps[*found].name.size();
    return *found;
  }

  void read_report(Run& run) {
    const auto begin = at_;
    if (take("step ")) {
      run.reports.push_back(step_report(begin));
    } else if (rest().starts_with("isolationtester: ")) {
      run.reports.push_back({Report::Kind::remark, 0, {}, std::string(line())});
    } else if (is_notice()) {
      run.reports.push_back({Report::Kind::notice, 0, {}, std::string(line())});
    } else {
      if (run.reports.empty()) run.reports.push_back({Report::Kind::outside, 0, {}, ""});
      run.reports.back().results.push_back(result());
    }
  }

  Report step_report(std::size_t begin) {
    Report report;
    report.step = step_named(at_, {": "});
    take(": ");
    const auto& step = specification_.steps[report.step];
    if (take("<... completed>\n")) {
      report.kind = Report::Kind::completed;
    } else if (!take(specification_.text(step.sql))) {
      refuse(begin, "step \"" + step.name + "\" is another one in the test");
    } else if (take(" <waiting ...>\n")) {
      report.kind = Report::Kind::waiting;
    } else if (!take("\n")) {
      refuse(begin, "step \"" + step.name + "\" is another one in the test");
    }
    return report;
  }

  // SESSION: NOTICE:  text
  bool is_notice() const {
    for (const auto& session : specification_.sessions) {
      if (!rest().starts_with(session.name + ": ")) continue;
      const auto severity = rest().substr(session.name.size() + 2);
      const auto colon = severity.find(':');
      if (colon != std::string_view::npos && colon > 0 && colon < 20 && severity.substr(colon).starts_with(":  ") &&
          std::all_of(severity.begin(), severity.begin() + static_cast<std::ptrdiff_t>(colon), is_upper)) {
        return true;
      }
    }
    return false;
  }

  Result result() {
    if (take("ERROR:  ") || take("FATAL:  ")) return {std::nullopt, std::string(line())};
    const auto begin = at_;
    const auto names = line();
    const auto border = line();
    const bool is_border = !border.empty() && border.find_first_not_of("-+") == std::string_view::npos;
    if (!is_border || border.size() != names.size()) {
      refuse(begin, "isolationtester prints no such line here for this test");
    }
    Rows rows;
    rows.columns = fields(names, border);
    while (!take_count(rows.rows.size())) {
      if (rest().size() <= border.size() || rest()[border.size()] != '\n') {
        refuse(at_, "this is no row of the table above");
      }
      rows.rows.push_back(fields(rest().substr(0, border.size()), border));
      at_ += border.size() + 1;
    }
    return {std::move(rows), ""};
  }

  bool take_count(std::size_t rows) {
    return take("(" + std::to_string(rows) + (rows == 1 ? " row)\n\n" : " rows)\n\n"));
  }

  static std::vector<std::string> fields(std::string_view row, std::string_view border) {
    std::vector<std::string> result;
    for (std::size_t begin = 0; begin <= border.size();) {
      const auto end = std::min(border.find('+', begin), border.size());
      result.emplace_back(trimmed(row.substr(begin, end - begin)));
      begin = end + 1;
    }
    return result;
  }

  Source source_;
  std::string_view text_;
  const Specification& specification_;
  std::size_t at_ = 0;
  Transcript result_;
};

}  // namespace

Transcript read_output(const Source& output, const Specification& specification) {
  constexpr std::size_t longest = 256U << 20U;
  if (output->text.size() > longest) throw ModelError(*output, 0, "an output of more than 256 MiB is not read");
  return OutputReader(output, specification).read();
}

}  // namespace gapless::spec
