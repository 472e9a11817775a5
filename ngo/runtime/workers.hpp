// The threads that serve: one EventLoop each, as many as the process may use CPUs. A worker's connections,
// timers and pools are its own. Work goes from one to another with run_on(), never a coroutine that has
// begun.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {

// The CPUs that this process may use: the smaller of its affinity and its cgroup's quota (rounded up); at
// least one.
[[nodiscard]] std::size_t available_cpus() noexcept;

class Workers {
 public:
  // Starts `count` threads (0: available_cpus()), each with a loop that runs. Throws
  // Error{resource_exhausted} when the machine does not give the threads or the loops' descriptors.
  explicit Workers(std::size_t count = 0);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  // stop() and join.
  ~Workers();

  [[nodiscard]] std::size_t size() const noexcept { return loops_.size(); }
  [[nodiscard]] EventLoop& loop(std::size_t index) noexcept { return *loops_[index]; }
  // The kernel's id (gettid) of a worker's thread.
  [[nodiscard]] int thread_id(std::size_t index) const noexcept { return thread_ids_[index]; }
  // From outside the workers: ends the loops and joins the threads. Idempotent.
  void stop();

  // The number of the worker that this code runs on; nothing outside of workers.
  [[nodiscard]] static std::optional<std::size_t> current_index() noexcept;

 private:
  struct Start;
  void run(std::size_t index, Start& start);

  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::vector<int> thread_ids_;
  std::vector<std::thread> threads_;
};

namespace detail {

// One call of run_on(): shared by the two loops, since a cancellation may cross the end on its way.
struct RemoteCall {
  Context* context = nullptr;  // while the task runs; used on the remote thread alone
};

class RunOnAwaiterBase : public Waiter {
 public:
  [[nodiscard]] bool await_ready() const {
    check_cancelled();
    return false;
  }
  void await_suspend(std::coroutine_handle<> handle);

 protected:
  explicit RunOnAwaiterBase(EventLoop& loop) noexcept : remote_(loop) {}
  ~RunOnAwaiterBase() = default;
  // On the remote thread: calls the function and awaits its task.
  virtual Task<void> run_there() = 0;

 private:
  bool abandon() noexcept final;
  static Root drive(RunOnAwaiterBase* self, std::shared_ptr<RemoteCall> call);

  EventLoop& remote_;
  EventLoop* home_ = nullptr;
  std::shared_ptr<RemoteCall> call_;
  // What the Context there takes over from the one here.
  std::optional<TimePoint> deadline_;
  TraceIdentity trace_;
  std::vector<std::pair<std::string, std::string>> log_fields_;
  const char* work_ = nullptr;
};

template <class F>
class [[nodiscard]] RunOnAwaiter final : public RunOnAwaiterBase {
  using TaskType = std::invoke_result_t<F&>;
  template <class T>
  static T result_of(Task<T>*);
  using Result = decltype(result_of(static_cast<TaskType*>(nullptr)));

 public:
  RunOnAwaiter(EventLoop& loop, F function) : RunOnAwaiterBase(loop), function_(std::move(function)) {}
  Result await_resume() {
    finish();
    return outcome_.take();
  }

 private:
  Task<void> run_there() override {
    try {
      return outcome_.run(function_());
    } catch (...) {
      outcome_.error = std::current_exception();
      return nothing();
    }
  }
  static Task<void> nothing() { co_return; }

  F function_;
  Outcome<Result> outcome_;
};

}  // namespace detail

// Calls `function()`, which returns a Task, on another loop; the caller goes on, where it was, with the
// result. The deadline, the trace, the log fields and a cancellation of the caller's Context reach the other
// side; the caller waits for its end in any case. The other loop must run until then.
template <class F>
[[nodiscard]] detail::RunOnAwaiter<F> run_on(EventLoop& loop, F function) {
  return detail::RunOnAwaiter<F>(loop, std::move(function));
}

}  // namespace ngo
