// What nearly every file includes of the standard library, compiled once (meson.build, `prefix`): reading it anew in
// each file took a sixth of the time of six that were measured. No file may rely on it: each includes what it uses, and
// `./dev sanitize` builds without it. Only what belongs to the system: a change of our own headers must not rebuild
// everything.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <exception>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>
