#include "ngo/runtime/workers.hpp"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>

#include "ngo/base/alternate_stack.hpp"

namespace ngo {
namespace {

constinit thread_local std::size_t worker_index = ~std::size_t{0};

// The CPUs of the cgroup's quota; nothing when there is no quota. cgroup v2: cpu.max; v1: cpu.cfs_quota_us.
std::optional<double> cgroup_cpus() noexcept {
  auto read = [](const char* path, const char* format, auto*... values) {
    std::FILE* file = std::fopen(path, "re");
    if (file == nullptr) return 0;
    int got = std::fscanf(file, format, values...);
    std::fclose(file);
    return got;
  };
  long long quota = 0;
  long long period = 0;
  if (read("/sys/fs/cgroup/cpu.max", "%lld %lld", &quota, &period) == 2 && period > 0) {
    return static_cast<double>(quota) / static_cast<double>(period);
  }
  if (read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "%lld", &quota) == 1 && quota > 0 &&
      read("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "%lld", &period) == 1 && period > 0) {
    return static_cast<double>(quota) / static_cast<double>(period);
  }
  return std::nullopt;
}

}  // namespace

std::size_t available_cpus() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::size_t cpus = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) cpus = static_cast<std::size_t>(CPU_COUNT(&set));
  if (std::optional<double> quota = cgroup_cpus()) {
    cpus = std::min(cpus, static_cast<std::size_t>(std::ceil(*quota)));
  }
  return std::max<std::size_t>(cpus, 1);
}

// How far the threads have come; the constructor waits for all of them.
struct Workers::Start {
  std::mutex mutex;
  std::condition_variable progress;
  std::size_t begun = 0;
  std::exception_ptr failure;
};

Workers::Workers(std::size_t count) {
  if (count == 0) count = available_cpus();
  loops_.resize(count);
  thread_ids_.resize(count);
  // Shared, since the last thread may still be notifying when this constructor has returned.
  auto start = std::make_shared<Start>();
  try {
    for (std::size_t index = 0; index < count; ++index) {
      threads_.emplace_back([this, index, start] { run(index, *start); });
    }
  } catch (const std::system_error& error) {
    std::lock_guard lock(start->mutex);
    start->failure = std::make_exception_ptr(
        Error(Code::resource_exhausted, "cannot start worker " + std::to_string(threads_.size()) + " of " +
                                            std::to_string(count) + ": " + error.what()));
  }
  std::unique_lock lock(start->mutex);
  start->progress.wait(lock, [&] { return start->begun == threads_.size(); });
  if (start->failure) {
    lock.unlock();
    stop();
    std::rethrow_exception(start->failure);
  }
}

void Workers::run(std::size_t index, Start& start) {
  const AlternateStack stack;
  worker_index = index;
  thread_ids_[index] = gettid();
  pthread_setname_np(pthread_self(), ("ngo-worker-" + std::to_string(index)).c_str());
  // Signals are the main thread's business.
  sigset_t all;
  sigfillset(&all);
  for (int synchronous : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF})
    sigdelset(&all, synchronous);
  for (int real_time = SIGRTMIN; real_time <= SIGRTMAX; ++real_time) sigdelset(&all, real_time);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  // Each loop is made on its own thread, so that its memory is near.
  std::exception_ptr failure;
  try {
    loops_[index] = std::make_unique<EventLoop>();
  } catch (...) {
    failure = std::current_exception();
  }
  {
    std::lock_guard lock(start.mutex);
    ++start.begun;
    if (failure) start.failure = failure;
    start.progress.notify_all();
  }
  if (loops_[index] != nullptr) loops_[index]->run();
}

void Workers::stop() {
  if (threads_.empty()) return;
  for (auto& loop : loops_) {
    if (loop != nullptr) loop->stop();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Workers::~Workers() { stop(); }

std::optional<std::size_t> Workers::current_index() noexcept {
  if (worker_index == ~std::size_t{0}) return std::nullopt;
  return worker_index;
}

namespace detail {

void RunOnAwaiterBase::await_suspend(std::coroutine_handle<> handle) {
  suspend(handle);
  home_ = &EventLoop::current();
  home_->expect_external();
  deadline_ = context().deadline();
  if (deadline_ && &home_->clock() != &remote_.clock()) {
    // The other side's clock may show another time: what counts is how long is left.
    deadline_ = later(remote_.clock().now(), *deadline_ - home_->now());
  }
  trace_ = context().trace();
  context().each_log_field(
      [this](std::string_view name, std::string_view value) { log_fields_.emplace_back(name, value); });
  work_ = context().work();
  call_ = std::make_shared<RemoteCall>();
  remote_.post([this, call = call_] { drive(this, call); });
}

Root RunOnAwaiterBase::drive(RunOnAwaiterBase* self, std::shared_ptr<RemoteCall> call) {
  {
    Context context;
    if (self->deadline_) context.set_deadline(*self->deadline_);
    context.set_trace(self->trace_);
    for (auto& [name, value] : self->log_fields_) context.add_log_field(std::move(name), std::move(value));
    context.set_work(self->work_);
    call->context = &context;
    CurrentContext::set(&context);
    co_await self->run_there();
    CurrentContext::set(nullptr);
    call->context = nullptr;
  }
  self->home_->post([self] {
    self->home_->external_arrived();
    self->wake();
  });
}

bool RunOnAwaiterBase::abandon() noexcept {
  // Arrives after the call itself, since posts keep their order.
  remote_.post([call = call_, cause = context().cause().value_or(Code::cancelled)] {
    if (call->context != nullptr) call->context->cancel(cause);
  });
  return false;
}

}  // namespace detail
}  // namespace ngo
