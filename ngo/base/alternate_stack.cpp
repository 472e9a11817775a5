#include "ngo/base/alternate_stack.hpp"

#include <signal.h>
#include <sys/mman.h>

namespace ngo {

AlternateStack::AlternateStack() noexcept {
  stack_t before{};
  if (sigaltstack(nullptr, &before) != 0 || (before.ss_flags & SS_DISABLE) == 0) return;
  // Pages that are never used cost nothing.
  void* const memory = mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  stack_t ours{};
  ours.ss_sp = memory;
  ours.ss_size = kSize;
  if (sigaltstack(&ours, nullptr) != 0) {
    munmap(memory, kSize);
    return;
  }
  memory_ = memory;
}

AlternateStack::~AlternateStack() {
  if (memory_ == nullptr) return;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  sigaltstack(&none, nullptr);
  munmap(memory_, kSize);
}

}  // namespace ngo
