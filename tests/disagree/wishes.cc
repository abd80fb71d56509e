#include "wishes.h"

#include <stdexcept>

namespace gapless::disagree {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == ',') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

}  // namespace

void Wishes::adjust(std::string_view text) {
  if (text.starts_with("only:")) {
    text.remove_prefix(5);
    for (auto& [kind, weight] : weights) weight = 0;
  }
  for (const auto& word : split(text)) {
    const auto equals = word.find('=');
    const auto found = weights.find(word.substr(0, equals));
    if (found == weights.end()) throw std::invalid_argument("there is no kind \"" + word.substr(0, equals) + "\"");
    found->second = equals == std::string::npos ? 4 : std::stoi(word.substr(equals + 1));
  }
}

void Wishes::choose_levels(std::string_view text) {
  levels.clear();
  for (const auto& word : split(text)) {
    if (word == "rc") {
      levels.push_back(store::Isolation::read_committed);
    } else if (word == "rr") {
      levels.push_back(store::Isolation::repeatable_read);
    } else if (word == "ser") {
      levels.push_back(store::Isolation::serializable);
    } else {
      throw std::invalid_argument("a level is rc, rr or ser, not \"" + word + "\"");
    }
  }
}

}  // namespace gapless::disagree
