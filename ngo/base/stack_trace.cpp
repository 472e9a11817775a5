#include "ngo/base/stack_trace.hpp"

#include <execinfo.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <mutex>

#include "ngo/base/symbols_impl.hpp"

namespace ngo {
namespace {

constexpr std::size_t kSpare = 8;  // room for the frames of the capture itself

}  // namespace

// The hand-over between the thread that asks and the signal handler on the thread that is asked. One for the
// process and never destroyed: a signal may be delivered after whoever sent it has lost patience.
struct StackTraceSignal {
  std::mutex one_at_a_time;
  sem_t answered;
  int number = 0;              // of the signal; 0: none is free
  std::atomic<int> wanted{0};  // the thread that is to answer; whoever makes it 0 owns `trace`
  std::atomic<bool> done{false};
  StackTrace trace;

  StackTraceSignal() {
    sem_init(&answered, 0, 0);
    StackTrace::prime();
    // The last real-time signal that nobody uses yet.
    for (int candidate = SIGRTMAX; candidate >= SIGRTMIN; --candidate) {
      struct sigaction present{};
      if (sigaction(candidate, nullptr, &present) != 0 || present.sa_handler != SIG_DFL) continue;
      struct sigaction action{};
      action.sa_sigaction = &StackTraceSignal::handle;
      action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
      sigfillset(&action.sa_mask);
      if (sigaction(candidate, &action, nullptr) == 0) number = candidate;
      break;
    }
  }

  static StackTraceSignal& instance() {
    static auto* const signal = new StackTraceSignal();
    return *signal;
  }

  static void handle(int, siginfo_t*, void* context) {
    const int error = errno;
    StackTraceSignal& self = instance();
    int me = static_cast<int>(syscall(SYS_gettid));
    if (self.wanted.compare_exchange_strong(me, 0)) {
      self.trace = StackTrace::capture();
      // The frames of the handler and of the kernel's trampoline are not the thread's own work.
      void* at = interrupted_at(context);
      for (std::size_t i = 0; i < self.trace.count_; ++i) {
        if (self.trace.frames_[i] != at) continue;
        self.trace.drop_front(i);
        self.trace.interrupted_ = true;
        break;
      }
      self.done.store(true, std::memory_order_release);
      sem_post(&self.answered);
    }
    errno = error;
  }

  static void* interrupted_at(void* context) noexcept {
    auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    return reinterpret_cast<void*>(machine.gregs[REG_RIP]);  // NOLINT(performance-no-int-to-ptr)
#elif defined(__aarch64__)
    return reinterpret_cast<void*>(machine.pc);  // NOLINT(performance-no-int-to-ptr)
#else
    (void)machine;
    return nullptr;
#endif
  }
};

void StackTrace::drop_front(std::size_t count) noexcept {
  std::copy(frames_.begin() + static_cast<std::ptrdiff_t>(count),
            frames_.begin() + static_cast<std::ptrdiff_t>(count_), frames_.begin());
  count_ -= count;
}

[[gnu::noinline]] StackTrace StackTrace::capture() noexcept {
  std::array<void*, kMaxFrames + kSpare> frames;
  const int got = backtrace(frames.data(), static_cast<int>(frames.size()));
  const auto end = frames.begin() + got;
  // This function, and what a sanitizer puts before it, are left out.
  auto begin = std::find(frames.begin(), end, __builtin_return_address(0));
  if (begin == end) begin = frames.begin();
  StackTrace trace;
  trace.count_ = std::min(static_cast<std::size_t>(end - begin), kMaxFrames);
  std::copy_n(begin, trace.count_, trace.frames_.begin());
  return trace;
}

void StackTrace::prime() noexcept {
  void* frame = nullptr;
  backtrace(&frame, 1);
}

std::optional<StackTrace> StackTrace::capture_thread(int thread, std::chrono::milliseconds limit) {
  StackTraceSignal& signal = StackTraceSignal::instance();
  if (signal.number == 0) return std::nullopt;
  std::lock_guard lock(signal.one_at_a_time);
  signal.done.store(false, std::memory_order_relaxed);
  signal.wanted.store(thread);
  if (syscall(SYS_tgkill, getpid(), thread, signal.number) != 0) {
    signal.wanted.store(0);
    return std::nullopt;
  }
  timespec until{};
  clock_gettime(CLOCK_MONOTONIC, &until);
  const auto nanoseconds = until.tv_nsec + std::chrono::nanoseconds(limit).count();
  until.tv_sec += nanoseconds / 1'000'000'000;
  until.tv_nsec = nanoseconds % 1'000'000'000;
  while (!signal.done.load(std::memory_order_acquire)) {
    if (sem_clockwait(&signal.answered, CLOCK_MONOTONIC, &until) == 0 || errno == EINTR) continue;
    // Too late, unless the handler has begun: then it ends within microseconds.
    if (signal.wanted.exchange(0) != 0) return std::nullopt;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 1;
  }
  return signal.trace;
}

std::vector<std::string> StackTrace::describe() const {
  std::vector<std::string> lines;
  lines.reserve(count_);
  for (std::size_t i = 0; i < count_; ++i) {
    // A return address may lie behind the end of the function that made the call.
    const bool exact = i == 0 && interrupted_;
    lines.push_back(detail::describe_address(frames_[i], exact));
  }
  return lines;
}

}  // namespace ngo
