// Three things that a plain context switch gets wrong on this platform (Debian 12, Boost 1.81), each with a test in
// fiber_test.cc:
// - The C++ runtime keeps the stack of caught exceptions per thread. Two fibers that suspend inside `catch` would pop
//   each other's, so the two words of __cxa_eh_globals are swapped around each switch.
// - Boost unwinds an abandoned context by an exception of its own, which aborts where `catch (...)` swallows it. We
//   throw ours from suspend() instead, again and again until the function is left.
// - AddressSanitizer must be told of each switch.
#include "actor/fiber.h"

#include <cxxabi.h>

#include <boost/context/fiber.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>
#include <cstring>
#include <exception>
#include <utility>

#include "base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#define GAPLESS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GAPLESS_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef GAPLESS_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace gapless::actor {
namespace {

// Handlers in C++ parse SQL on the fiber's stack, and sanitizers enlarge frames; memory that is not touched costs
// nothing.
constexpr std::size_t stack_bytes = 1024 * 1024;

// What the runtime keeps per thread about exceptions in flight; the layout is fixed by the Itanium C++ ABI.
struct ExceptionGlobals {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

void swap_exception_globals(ExceptionGlobals& saved) {
  ExceptionGlobals current;
  void* const globals = abi::__cxa_get_globals();
  std::memcpy(&current, globals, sizeof current);
  std::memcpy(globals, &saved, sizeof saved);
  saved = current;
}

#ifdef GAPLESS_ADDRESS_SANITIZER
void start_switch(void** fake_stack, const void* bottom, std::size_t size) {
  __sanitizer_start_switch_fiber(fake_stack, bottom, size);
}
void finish_switch(void* fake_stack, const void** bottom, std::size_t* size) {
  __sanitizer_finish_switch_fiber(fake_stack, bottom, size);
}
void forget_poison(const void* bottom, std::size_t size) { __asan_unpoison_memory_region(bottom, size); }
#else
void start_switch(void**, const void*, std::size_t) {}
void finish_switch(void*, const void**, std::size_t*) {}
void forget_poison(const void*, std::size_t) {}
#endif

boost::context::pooled_fixedsize_stack& stack_pool() {
  thread_local boost::context::pooled_fixedsize_stack pool(stack_bytes, 4);
  return pool;
}

}  // namespace

struct Fiber::Implementation {
  Body body;
  boost::context::fiber inside;   // the function, while it is suspended
  boost::context::fiber outside;  // whoever resumed it, while it runs
  ExceptionGlobals exceptions;    // of the side that does not run
  std::exception_ptr error;
  bool done = false;
  bool abandoned = false;
  int times_unwound = 0;
  // For AddressSanitizer.
  const void* stack_bottom = nullptr;
  const void* outside_bottom = nullptr;
  std::size_t outside_size = 0;
  void* inside_fake_stack = nullptr;
};

Fiber::Fiber(Body body) : implementation_(std::make_unique<Implementation>()) {
  auto& own = *implementation_;
  own.body = std::move(body);
  auto& pool = stack_pool();
  const boost::context::stack_context stack = pool.allocate();
  own.stack_bottom = static_cast<const char*>(stack.sp) - stack.size;
  forget_poison(own.stack_bottom, stack.size);
  own.inside = boost::context::fiber(std::allocator_arg, boost::context::preallocated(stack.sp, stack.size, stack),
                                     pool, [this, &own](boost::context::fiber&& outside) {
                                       finish_switch(nullptr, &own.outside_bottom, &own.outside_size);
                                       own.outside = std::move(outside);
                                       try {
                                         if (!own.abandoned) own.body(*this);
                                       } catch (const Abandoned&) {  // NOLINT: nothing to do, the stack is unwound
                                       } catch (...) {
                                         own.error = std::current_exception();
                                       }
                                       own.done = true;
                                       start_switch(nullptr, own.outside_bottom, own.outside_size);
                                       return std::move(own.outside);
                                     });
}

Fiber::~Fiber() {
  auto& own = *implementation_;
  own.abandoned = true;
  try {
    if (!own.done) resume();
  } catch (...) {  // NOLINT: what an abandoned function throws concerns nobody
  }
}

void Fiber::resume() {
  auto& own = *implementation_;
  check(!own.done, "a fiber that is done is not resumed");
  void* fake_stack = nullptr;
  swap_exception_globals(own.exceptions);
  start_switch(&fake_stack, own.stack_bottom, stack_bytes);
  own.inside = std::move(own.inside).resume();
  finish_switch(fake_stack, nullptr, nullptr);
  swap_exception_globals(own.exceptions);
  if (own.error) std::rethrow_exception(std::exchange(own.error, nullptr));
}

void Fiber::suspend() {
  auto& own = *implementation_;
  if (!own.abandoned) {
    start_switch(&own.inside_fake_stack, own.outside_bottom, own.outside_size);
    own.outside = std::move(own.outside).resume();
    finish_switch(own.inside_fake_stack, &own.outside_bottom, &own.outside_size);
  }
  if (own.abandoned) {
    // A handler that swallows everything in a loop would keep us here for ever.
    constexpr int patience = 10000;
    if (++own.times_unwound > patience) std::terminate();
    throw Abandoned{};
  }
}

bool Fiber::done() const { return implementation_->done; }

}  // namespace gapless::actor
