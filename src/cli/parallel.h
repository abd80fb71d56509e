// Tasks that do not know of each other, several at the same time.
#pragma once

#include <cstddef>
#include <functional>

namespace gapless::cli {

// Does them all; threads take the next one that nobody has taken. Each writes into its own place, so that what comes of
// it does not depend on `jobs`.
void each_task(std::size_t tasks, std::size_t jobs, const std::function<void(std::size_t)>& task);

}  // namespace gapless::cli
