// Structured spawning. A Scope is the lifetime of the tasks that are spawned in it:
//
//   co_await Scope::run([&](Scope& scope) -> Task<> {
//     for (auto& url : urls) scope.spawn(fetch(url));
//     co_return;
//   });
//
// Leaving the body waits for the children; leaving it by an exception cancels them first; a child that fails
// cancels the rest, and run() throws the first failure. A destructor cannot wait in C++, hence the body as a
// function. Work that is meant to outlive the request says so: spawn_detached().
#pragma once

#include <exception>
#include <type_traits>
#include <utility>

#include "ngo/runtime/combine.hpp"

namespace ngo {

class Scope {
 public:
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  // Calls body(scope), awaits it, then waits for everything that it spawned. `body` is kept until then.
  template <class Body>
  [[nodiscard]] static Task<void> run(Body body) {
    Scope scope;
    try {
      scope.spawn(body(scope));
    } catch (...) {
      // A body that is no coroutine may have spawned before it threw.
      scope.fail(std::current_exception());
    }
    co_await scope.group_;
    if (scope.failure_) std::rethrow_exception(scope.failure_);
    if (scope.ended_early_) Context::current().check();
  }

  // Starts the task now, on this worker, until its first wait.
  void spawn(Task<void> task) {
    group_.start(guard(std::move(task)), [] {});
  }

  // Ends the pending waits of all children, and of the body. That they end with Error{cancelled} is then no
  // failure: run() returns as usual.
  void cancel() noexcept {
    ended_early_ = true;
    group_.children().cancel();
  }

 private:
  Scope() = default;

  Task<void> guard(Task<void> task) {
    try {
      co_await std::move(task);
    } catch (const Error& error) {
      if (!ended_early_ || error.code() != Code::cancelled) fail(std::current_exception());
    } catch (...) {
      fail(std::current_exception());
    }
  }
  void fail(std::exception_ptr error) noexcept {
    if (failure_) return;
    failure_ = std::move(error);
    group_.children().cancel();
  }

  detail::Group group_;
  std::exception_ptr failure_;
  bool ended_early_ = false;
};

}  // namespace ngo
