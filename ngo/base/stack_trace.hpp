// Call stacks: of this thread, or of another one that does not answer. Frames are named from the symbol
// tables of the files that are mapped, including functions that are local to them (the bodies of coroutines
// are), so a program needs no -rdynamic. A stripped program gets addresses. Naming reads files and is slow
// (milliseconds); capturing takes microseconds. Not for control flow, and no substitute for a debugger:
// inlined calls are not shown, and of a chain of coroutines only the innermost is on a stack.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace ngo {

class StackTrace {
 public:
  static constexpr std::size_t kMaxFrames = 64;

  // The calls that led here, the innermost (the caller of capture()) first. Async-signal-safe after prime().
  [[nodiscard]] static StackTrace capture() noexcept;

  // The stack of another thread of this process (by its kernel id, gettid()), taken by a real-time signal
  // that interrupts it; system calls that it sits in may end with EINTR. Nothing when it does not answer
  // within `limit`. One capture at a time: callers queue.
  [[nodiscard]] static std::optional<StackTrace> capture_thread(int thread, std::chrono::milliseconds limit);

  // Has the unwinder loaded, which its first use would do otherwise.
  static void prime() noexcept;

  // A line for each frame, "function(arguments)+0x1f (file)" or "0x7f12 (file+0x12)", the innermost first.
  [[nodiscard]] std::vector<std::string> describe() const;

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] const void* operator[](std::size_t index) const noexcept { return frames_[index]; }

 private:
  friend struct StackTraceSignal;
  void drop_front(std::size_t count) noexcept;

  std::array<void*, kMaxFrames> frames_{};
  std::size_t count_ = 0;
  bool interrupted_ = false;  // the first frame is where it was interrupted, not where a call returns to
};

}  // namespace ngo
