// The outside world: words, streams, whether they are terminals. Everything else is in run().
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/engine.h"
#include "cli/run.h"

int main(int argc, char** argv) {
  using namespace gapless::cli;
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  // https://no-color.org: set to anything but the empty string.
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  const char* kind = std::getenv("TERM");
  const bool dumb = kind != nullptr && std::string_view(kind) == "dumb";
  const bool colour = isatty(STDOUT_FILENO) == 1 && !set("NO_COLOR") && !dumb;
  const bool progress = isatty(STDERR_FILENO) == 1 && !dumb;
  const int status = run(words, real_engine(), {std::cout, std::cerr, colour, progress});
  std::cout.flush();
  // A report that could not be written (a full disk) is no report.
  return std::cout ? status : 2;
}
