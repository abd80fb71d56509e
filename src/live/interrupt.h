// SIGINT and SIGTERM while a real server is in use: they end the run in order, so that nothing of ours stays there. A
// second one ends the program at once.
#pragma once

namespace gapless::live {

// From here to the end of its life the two signals are only noted.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

// The signal that came, 0 if none did.
int interrupted_by();
// Throws Interrupted, unless the clean-up has begun.
void throw_if_interrupted();
// Cleaning up talks to the server, too, and must not be interrupted by what started it.
void ignore_interrupts();

}  // namespace gapless::live
