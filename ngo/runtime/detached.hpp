// Work that is meant to outlive the request that starts it. It keeps the request's trace and log fields, but
// neither its deadline nor its cancellation. The worker knows it: a stopping service waits for it for a
// while, then cancels it. An exception that leaves it goes to the handler of unhandled errors (the log).
#pragma once

#include <exception>

#include "ngo/runtime/task.hpp"

namespace ngo {

// Starts the task now on this worker, until its first wait.
void spawn_detached(Task<void> task);

// Where the errors of detached work go. Set once, before the workers run.
using UnhandledError = void (*)(std::exception_ptr) noexcept;
void set_unhandled_error(UnhandledError handler) noexcept;

}  // namespace ngo
