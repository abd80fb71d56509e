// The handler notes the signal and gives it back its default action; everything else happens where the program waits.
#include "live/interrupt.h"

#include <csignal>

#include "live/connection.h"

namespace gapless::live {
namespace {

volatile std::sig_atomic_t signal_that_came = 0;
bool ignored = false;
struct sigaction before_interrupt;
struct sigaction before_termination;

void note(int signal) { signal_that_came = signal; }

}  // namespace

InterruptGuard::InterruptGuard() {
  signal_that_came = 0;
  ignored = false;
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // and no SA_RESTART: poll() shall return
  sigaction(SIGINT, &action, &before_interrupt);
  sigaction(SIGTERM, &action, &before_termination);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &before_interrupt, nullptr);
  sigaction(SIGTERM, &before_termination, nullptr);
}

int interrupted_by() { return signal_that_came; }

void throw_if_interrupted() {
  if (signal_that_came != 0 && !ignored) throw Interrupted();
}

void ignore_interrupts() { ignored = true; }

}  // namespace gapless::live
