// How often the server has chosen what, where it may choose. Situations that look alike to it are one: the same
// statement is over, and the same statements wait, in the same order of arrival, whoever they belong to.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "live/tree.h"

namespace gapless::live {

class Experience {
 public:
  // After `started` the server came to rest at `place`.
  void note(const Node& started, const Node& place);
  // So often seen, and never so: it will not come.
  bool never(const Node& started, const Node& place) const;
  // How many plays one should spend on seeing it.
  std::uint64_t worth_trying(const Node& started, const Node& place) const;

 private:
  struct Situation {
    std::uint64_t seen = 0;
    std::map<std::string, std::uint64_t> outcomes;
  };
  std::map<std::string, Situation> situations_;
};

}  // namespace gapless::live
