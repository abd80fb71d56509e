// Arbitrary bytes as a scenario file: load() ends in models or in a ModelError with a place inside the file.
//
//   ./dev fuzz    builds it; by hand:
//   CXX=clang++-16 meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false
//   ninja -C build-fuzz fuzz_targets
//   build-fuzz/tests/fuzz/fuzz_scenario_fuzz -max_len=4096 -max_total_time=600 corpus models
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/source.h"
#include "scenario/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    gapless::scenario::load(gapless::make_source("fuzz.gap", text), {});
  } catch (const gapless::ModelError& error) {
    if (error.diagnostic().message.empty() || error.diagnostic().line < 1) std::abort();
  }
  return 0;
}
