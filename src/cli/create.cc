// gapless new: a scenario to begin with, or the list of what there is.
#include <algorithm>
#include <string>
#include <vector>

#include "base/source.h"
#include "cli/files.h"
#include "cli/run.h"
#include "cli/templates.h"
#include "sql/bind.h"

namespace gapless::cli {
namespace {

// "idempotency-key" is as good as "idempotency_key".
std::string name_of(std::string word) {
  std::ranges::replace(word, '-', '_');
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return word;
}

std::vector<std::string> each_once(std::string_view Template::*member) {
  std::vector<std::string> names;
  for (const auto& each : templates()) {
    if (std::ranges::find(names, each.*member) == names.end()) names.emplace_back(each.*member);
  }
  return names;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void list_templates(const Terminal& terminal) {
  std::size_t width = 0;
  for (const auto& each : templates()) width = std::max(width, each.money_path.size());
  terminal.out << "Money paths:\n";
  for (const auto& path : each_once(&Template::money_path)) {
    const auto found = std::ranges::find(templates(), std::string_view(path), &Template::money_path);
    terminal.out << "  " << path << std::string(width - path.size() + 2, ' ') << found->title << "\n";
  }
  terminal.out << "Stores: " << list_of(each_once(&Template::store)) << "\n"
               << "To begin with one: gapless new " << templates().front().money_path << " --store "
               << templates().front().store << "\n";
}

[[noreturn]] void refuse(const char* what, const std::string& given, std::string_view Template::*member) {
  const auto names = each_once(member);
  const auto near = sql::did_you_mean(given, names);
  throw ModelError(Diagnostic{"gapless", 0, 0,
                              std::string("there is no ") + what + " `" + given + "`" +
                                  (near.empty() ? "" : "; did you mean `" + near + "`?") +
                                  " There are: " + list_of(names),
                              ""});
}

const Template& find_template(const NewArguments& arguments) {
  const auto path = name_of(arguments.money_path);
  const auto store = name_of(arguments.store);
  const auto all = templates();
  if (std::ranges::find(all, path, &Template::money_path) == all.end()) {
    refuse("money path", arguments.money_path, &Template::money_path);
  }
  const auto found =
      std::ranges::find_if(all, [&](const auto& each) { return each.money_path == path && each.store == store; });
  if (found == all.end()) refuse("store", arguments.store, &Template::store);
  return *found;
}

}  // namespace

int create(const NewArguments& arguments, const Terminal& terminal) {
  if (arguments.money_path.empty()) {
    list_templates(terminal);
    return 0;
  }
  const auto& found = find_template(arguments);
  if (arguments.output == "-") {
    terminal.out << found.text;
    return 0;
  }
  const auto file = arguments.output.empty() ? std::string(found.money_path) + ".gap" : arguments.output;
  create_file(file, found.text);
  terminal.out << "Wrote " << file << ". Check it with: gapless check " << file << "\n";
  return 0;
}

}  // namespace gapless::cli
