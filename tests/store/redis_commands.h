// Random Redis commands: all that we simulate, few keys, awkward values, and words that are wrong.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "store/keyvalue/rules.h"

namespace gapless::store::keyvalue {

// The same on every machine: std::uniform_int_distribution is not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
  bool percent(std::size_t chance) { return below(100) < chance; }
  template <typename List>
  const auto& any(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::mt19937_64 engine_;
};

// All keys that commands speak of.
const std::vector<std::string>& all_keys();

class Commands {
 public:
  explicit Commands(std::uint64_t seed);

  Command next();
  std::string key();
  Dice dice;

 private:
  Command fill(const std::string& pattern);
  std::string word(char kind);
  void spoil(Command& command);
  std::string time_to_live();

  char focus_;  // the first letter of the keys that most commands are about
  std::size_t times_ = 0;
};

}  // namespace gapless::store::keyvalue
