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
    detail::Outcome<void> outcome;
    scope.spawn_counted(outcome.run(body(scope)), outcome);
    co_await scope.group_;
    if (scope.failure_) std::rethrow_exception(scope.failure_);
  }

  // Starts the task now, on this worker, until its first wait.
  void spawn(Task<void> task) { spawn_guarded(guard(std::move(task))); }

  // Ends the pending waits of all children.
  void cancel() noexcept { group_.children().cancel(); }

 private:
  Scope() = default;

  void spawn_counted(Task<void> task, detail::Outcome<void>& outcome) {
    group_.start(std::move(task), [this, &outcome] { fail(outcome.error); });
  }
  void spawn_guarded(Task<void> task) {
    group_.start(std::move(task), [] {});
  }
  Task<void> guard(Task<void> task) {
    try {
      co_await std::move(task);
    } catch (...) {
      fail(std::current_exception());
    }
  }
  void fail(const std::exception_ptr& error) noexcept {
    if (!error || failure_) return;
    failure_ = error;
    cancel();
  }

  detail::Group group_;
  std::exception_ptr failure_;
};

}  // namespace ngo
