// All threads of the process with what they do right now: for people who look at a service that hangs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/stack_trace.hpp"

namespace ngo::app {

struct ThreadState {
  int id = 0;
  std::string name;  // as the kernel knows it
  char state = '?';  // of /proc: R runs, S sleeps, D waits for a disk
  // Where it is; nothing when it did not answer in time or takes no signals.
  std::optional<StackTrace> stack;
};

// Interrupts one thread after the other for some microseconds each. To be called on a thread that may block:
// one that does not answer costs 20 ms.
[[nodiscard]] std::vector<ThreadState> all_threads();

// A line of StackTrace::describe() taken apart: "shop::Store::find(int)+0x1f (shop)" is the method
// "find(int)" of "shop::Store".
struct Frame {
  std::string scope;
  std::string function;
  std::string file;
};
[[nodiscard]] Frame parse_frame(std::string_view line);

}  // namespace ngo::app
