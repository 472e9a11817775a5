// Work that goes on beside everything else until its owner ends it: a module's, or the health checks.
#pragma once

#include <cstddef>
#include <string>

#include "ngo/runtime/context.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::app {

// Belongs to one loop. end() must have been awaited before it is destroyed, if anything was started.
class BackgroundWork {
 public:
  // `title` names the owner in the log when the work fails.
  explicit BackgroundWork(std::string title) : title_(std::move(title)) {}
  BackgroundWork(const BackgroundWork&) = delete;
  BackgroundWork& operator=(const BackgroundWork&) = delete;

  // Starts it now, until its first wait. An exception is logged and ends this piece of work alone.
  void start(Task<void> work);
  // Cancels all of it and waits for its end.
  [[nodiscard]] Task<void> end();

 private:
  static detail::Root run(BackgroundWork& self, Task<void> work);

  std::string title_;
  Context context_;
  std::size_t running_ = 0;
  Event ended_;
};

}  // namespace ngo::app
