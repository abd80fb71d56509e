// The hash map for integers and strings. Its order of iteration is never used, so that nothing depends on it.
// The only door to Boost.Unordered.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <concepts>
#include <cstdint>
#include <string>

#include "base/digest.h"

namespace gapless {

struct StableHash {
  using is_avalanching = void;
  std::size_t operator()(std::uint64_t key) const { return mix(key); }
  std::size_t operator()(const std::string& key) const { return Digest().add(key).value(); }
};

template <class Key, class Value>
using HashMap = boost::unordered_flat_map<Key, Value, StableHash>;

}  // namespace gapless
