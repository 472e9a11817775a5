#include "ngo/log/crash.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string_view>

#include "ngo/base/alternate_stack.hpp"
#include "ngo/base/stack_trace.hpp"
#include "ngo/log/log.hpp"
#include "ngo/log/writer_impl.hpp"

namespace ngo::log {
namespace {

constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

std::string_view name_of(int signal) noexcept {
  switch (signal) {
    case SIGSEGV: return "SIGSEGV (an address that is not there)";
    case SIGBUS: return "SIGBUS (an address that cannot be reached)";
    case SIGFPE: return "SIGFPE (a division by zero or another wrong operation)";
    case SIGILL: return "SIGILL (an instruction that does not exist)";
    case SIGABRT: return "SIGABRT (abort, an exception that nobody caught, a failed assertion)";
    default: return "a signal";
  }
}

// Nothing in here allocates or locks: the crash may have come in the middle of malloc.
class Text {
 public:
  Text& add(std::string_view text) noexcept {
    const std::size_t size = text.size() < bytes_.size() - size_ ? text.size() : bytes_.size() - size_;
    std::memcpy(bytes_.data() + size_, text.data(), size);
    size_ += size;
    return *this;
  }
  Text& add_hex(std::uintptr_t number) noexcept {
    std::array<char, 2 * sizeof number> digits;
    std::size_t count = 0;
    do digits[count++] = "0123456789abcdef"[number & 15];
    while ((number >>= 4) != 0);
    add("0x");
    while (count > 0) add({&digits[--count], 1});
    return *this;
  }
  Text& add_number(long number) noexcept {
    std::array<char, 24> digits;
    std::size_t count = 0;
    do digits[count++] = static_cast<char>('0' + number % 10);
    while ((number /= 10) != 0);
    while (count > 0) add({&digits[--count], 1});
    return *this;
  }
  void write_to(int descriptor) const noexcept {
    [[maybe_unused]] auto n = ::write(descriptor, bytes_.data(), size_);
  }

 private:
  std::array<char, 8192> bytes_;
  std::size_t size_ = 0;
};

std::atomic<int> crashed{0};

// The stack with names is told by another thread than the one that crashed, whose heap may be broken.
struct Told {
  StackTrace stack;
  int signal = 0;
  long thread = 0;
};
Told told;

void on_crash(int signal, siginfo_t* details, void* /*context*/) {
  if (crashed.exchange(1) == 0) {
    told.stack = StackTrace::capture();
    told.signal = signal;
    told.thread = syscall(SYS_gettid);
    Text text;
    text.add("ngo: the program crashed: ").add(name_of(signal)).add(" at ");
    text.add_hex(reinterpret_cast<std::uintptr_t>(details->si_addr))
        .add(" in thread ")
        .add_number(told.thread);
    text.add("; the stack (addr2line -e PROGRAM tells more):\n");
    for (std::size_t i = 0; i < told.stack.size(); ++i)
      text.add("  ").add_hex(reinterpret_cast<std::uintptr_t>(told.stack[i])).add("\n");
    text.write_to(STDERR_FILENO);
    Writer& writer = Writer::shared();
    if (writer.is_running() && !writer.is_here()) writer.crash_from_signal(std::chrono::seconds(3));
  } else if (told.thread != syscall(SYS_gettid)) {
    // Somebody crashed before: let him tell his story.
    for (int i = 0; i < 400; ++i) usleep(10'000);
  }
  ::signal(signal, SIG_DFL);
  raise(signal);
}

}  // namespace

void report_crash() noexcept {
  try {
    std::string frames;
    for (const std::string& frame : told.stack.describe()) frames.append(frame).push_back('\n');
    with({{"thread", told.thread}, {"stack", frames}})
        .at(Level::fatal, "the program crashed: {}", name_of(told.signal));
  } catch (const std::exception&) {
    // The addresses have been written already.
  }
}

void install_crash_handler() {
  static std::once_flag once;
  std::call_once(once, [] {
    StackTrace::prime();
    // For when the crash is that the stack is full. Workers and blocking threads have their own.
    static const auto* const kStack = new AlternateStack;
    static_cast<void>(kStack);
    for (const int signal : kSignals) {
      struct sigaction old{};
      if (sigaction(signal, nullptr, &old) != 0 || (old.sa_flags & SA_SIGINFO) != 0 ||
          old.sa_handler != SIG_DFL)
        continue;
      struct sigaction ours{};
      ours.sa_sigaction = &on_crash;
      ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
      sigemptyset(&ours.sa_mask);
      sigaction(signal, &ours, nullptr);
    }
  });
}

}  // namespace ngo::log
