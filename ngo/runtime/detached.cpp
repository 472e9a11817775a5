#include "ngo/runtime/detached.hpp"

#include <atomic>
#include <cstdio>
#include <string>
#include <utility>

#include "ngo/runtime/event_loop.hpp"

namespace ngo {
namespace {

void print(std::exception_ptr error) noexcept {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& what) {
    std::fprintf(stderr, "ngo: detached work failed: %s\n", what.what());
  } catch (...) {
    std::fputs("ngo: detached work failed with something that is no std::exception\n", stderr);
  }
}

std::atomic<UnhandledError> unhandled{&print};

}  // namespace

// The entry of one piece of detached work in its loop.
class DetachedWork {
 public:
  explicit DetachedWork(EventLoop& loop) : loop_(loop) {
    Context& from = Context::current();
    context.set_trace(from.trace());
    from.each_log_field([&](std::string_view name, std::string_view value) {
      context.add_log_field(std::string(name), std::string(value));
    });
    loop_.detached_.push_back(context);
    ++loop_.detached_count_;
  }
  DetachedWork(const DetachedWork&) = delete;
  DetachedWork& operator=(const DetachedWork&) = delete;
  ~DetachedWork() { --loop_.detached_count_; }

  Context context;

 private:
  EventLoop& loop_;
};

namespace {

detail::Root drive(Task<void> task) {
  DetachedWork work(EventLoop::current());
  CurrentContext::set(&work.context);
  try {
    co_await std::move(task);
  } catch (const Error& error) {
    if (error.code() != Code::cancelled) unhandled.load()(std::current_exception());
  } catch (...) {
    unhandled.load()(std::current_exception());
  }
  // The task's frame, with the arguments it holds, is gone before the work counts as ended.
  task = Task<void>();
  CurrentContext::set(nullptr);
}

}  // namespace

void set_unhandled_error(UnhandledError handler) noexcept { unhandled = handler; }

void spawn_detached(Task<void> task) {
  CurrentContext restore(Context::current());
  drive(std::move(task));
}

}  // namespace ngo
