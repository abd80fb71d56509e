#include "cli/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace gapless::cli {

void each_task(std::size_t tasks, std::size_t jobs, const std::function<void(std::size_t)>& task) {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (auto i = next++; i < tasks; i = next++) task(i);
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min(jobs, tasks); ++i) others.emplace_back(work);
  work();
}  // the others have finished before anybody reads what they wrote

}  // namespace gapless::cli
