// What the coroutines of a thread wait for right now: for people who look at a service that does nothing.
// Every root Context that something waits under is in a list of its thread, and a wait knows when it began;
// that is all that the hot path pays for. What a wait is, is its type; what waits, is the function that the
// coroutine goes on with.
#pragma once

#include <cstddef>
#include <optional>
#include <typeinfo>
#include <vector>

#include "ngo/runtime/context.hpp"

namespace ngo {

class EventLoop;

// Plain copies, to be named elsewhere (base/symbol_names.hpp): naming takes long.
struct PendingWait {
  const std::type_info* kind = nullptr;  // of the Waiter
  const void* resumes = nullptr;         // the code of the coroutine
  const char* work = nullptr;            // Context::work(): the route; may be null
  TimePoint since{};
  std::optional<TimePoint> deadline;
  TraceIdentity trace;
};

class PendingWaits {
 public:
  // Appends what waits on this thread, at most `most`, and gives back how many there are in all. `loop` is
  // this thread's. Waits that nobody can cancel (for the children of when_all) are not among them: what those
  // children wait for is.
  static std::size_t collect(EventLoop& loop, std::size_t most, std::vector<PendingWait>& out);

 private:
  friend class Context;
  [[nodiscard]] static List<Context>& roots() noexcept;
  static void visit(Context& context, std::size_t most, std::vector<PendingWait>& out, std::size_t& count);
};

}  // namespace ngo
