// A stack for signal handlers, for as long as the object lives. A handler for crashes needs one on every
// thread that runs other people's code: when the thread's own stack is full there is no place left to run it
// on.
#pragma once

#include <cstddef>

namespace ngo {

class AlternateStack {
 public:
  // For the calling thread; does nothing when it has one already (a sanitizer's), or when there is no memory.
  AlternateStack() noexcept;
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;
  // On the same thread.
  ~AlternateStack();

 private:
  static constexpr std::size_t kSize = std::size_t{64} * 1024;
  void* memory_ = nullptr;
};

}  // namespace ngo
