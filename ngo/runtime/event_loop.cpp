#include "ngo/runtime/event_loop.hpp"

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace ngo {
namespace {

constinit thread_local EventLoop* current_loop = nullptr;  // runs, or was created, on this thread
constinit thread_local EventLoop* running_loop = nullptr;  // is inside run() or block_on() on this thread

}  // namespace

void Waiter::suspend_uncancellable(std::coroutine_handle<> handle) noexcept {
  handle_ = handle;
  context_ = &Context::current();
  loop_ = &EventLoop::current();
  since_ = loop_->now();
  cancelled_ = false;
}

void Waiter::suspend(std::coroutine_handle<> handle) noexcept {
  suspend_uncancellable(handle);
  context_->add(*this);
}

void Waiter::wake() noexcept {
  if (!pending()) return;
  Link<detail::InContext>::unlink();
  Link<detail::InQueue>::unlink();
  queued_ = true;
  loop_->make_ready(*this);
}

void Waiter::cancel() noexcept {
  if (!pending() || !abandon()) return;
  cancelled_ = true;
  wake();
}

void Waiter::throw_cancelled() {
  cancelled_ = false;
  context_->check();
  throw Error(Code::cancelled, "the wait was cancelled");
}

Waiter::~Waiter() = default;

EventLoop::EventLoop(Clock& clock)
    : clock_(clock), now_(clock.now()), poller_(Poller::create()), timers_(now_) {
  if (running_loop == nullptr) current_loop = this;
}

// A thread that is in post() or stop(): what it posted may already have run, and the loop be gone, before it
// wakes the poller.
class EventLoop::Visit {
 public:
  explicit Visit(EventLoop& loop) noexcept : loop_(loop) {
    loop_.visitors_.fetch_add(1, std::memory_order_relaxed);
  }
  ~Visit() { loop_.visitors_.fetch_sub(1, std::memory_order_release); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  EventLoop& loop_;
};

EventLoop::~EventLoop() {
  while (visitors_.load(std::memory_order_acquire) != 0) std::this_thread::yield();
  Posted* posted = posted_.exchange(nullptr, std::memory_order_acquire);
  while (posted != nullptr) {
    Posted* next = posted->next;
    delete posted;
    posted = next;
  }
  if (current_loop == this) current_loop = nullptr;
}

void EventLoop::cancel_detached() noexcept {
  detached_.for_each([](Context& context) { context.cancel(); });
}

EventLoop* EventLoop::current_or_null() noexcept { return current_loop; }

EventLoop& EventLoop::current() noexcept {
  if (current_loop == nullptr) [[unlikely]] {
    std::fputs("ngo: this thread runs no event loop; awaiting is possible on workers only\n", stderr);
    std::abort();
  }
  return *current_loop;
}

EventLoop::Entered::Entered(EventLoop& loop)
    : loop_(loop),
      current_before_(current_loop),
      running_before_(running_loop),
      context_before_(CurrentContext::get()) {
  if (running_loop == &loop) {
    throw Error(Code::internal,
                "block_on() or run() was called by work that the same loop runs; co_await the task instead");
  }
  current_loop = running_loop = &loop;
  CurrentContext::set(nullptr);
  // It may have stood still for long.
  loop.now_ = loop.clock_.now();
  loop.begin_work(nullptr);
}

EventLoop::Entered::~Entered() {
  loop_.turn_published_.store(0, std::memory_order_relaxed);
  current_loop = current_before_;
  running_loop = running_before_;
  CurrentContext::set(context_before_);
}

void EventLoop::run() {
  Entered entered(*this);
  turn_until_stopped();
}

void EventLoop::turn_until_stopped() {
  while (!stopping_.load(std::memory_order_relaxed)) turn();
  stopping_.store(false, std::memory_order_relaxed);
}

void EventLoop::stop() noexcept {
  Visit visit(*this);
  stopping_.store(true, std::memory_order_relaxed);
  poller_->wake();
}

void EventLoop::turn() {
  run_ready();
  std::optional<Duration> timeout;
  if (!ready_.empty() || posted_.load(std::memory_order_relaxed) != nullptr ||
      stopping_.load(std::memory_order_relaxed)) {
    timeout = Duration::zero();
  } else if (std::optional<TimePoint> next = timers_.next()) {
    // Only an idle loop lets a virtual clock jump: first it looks whether anything has come from outside.
    if (external_ == 0 && clock_.jump_to(now_)) {
      poller_->wait(Duration::zero(), [](void*) {}, nullptr);
      if (ready_.empty() && posted_.load(std::memory_order_relaxed) == nullptr) clock_.jump_to(*next);
      timeout = Duration::zero();
    } else {
      timeout = *next > now_ ? *next - now_ : Duration::zero();
    }
  }
  turn_published_.store(0, std::memory_order_relaxed);
  poller_->wait(
      timeout,
      [](void* self) {
        auto& loop = *static_cast<EventLoop*>(self);
        loop.begin_work(nullptr);
        loop.now_ = loop.clock_.now();
      },
      this);
  timers_.advance(now_);
  run_posted();
}

void EventLoop::run_ready() {
  // Only what is ready now: what it makes ready in turn comes after the next look at the descriptors.
  List<Waiter, detail::InQueue> batch;
  batch.splice_back(ready_);
  while (Waiter* waiter = batch.pop_front()) {
    begin_work(waiter->context_->work());
    CurrentContext::set(waiter->context_);
    waiter->handle_.resume();
  }
  CurrentContext::set(nullptr);
}

void EventLoop::push(Posted* posted) noexcept {
  Visit visit(*this);
  Posted* head = posted_.load(std::memory_order_relaxed);
  do {
    posted->next = head;
  } while (
      !posted_.compare_exchange_weak(head, posted, std::memory_order_release, std::memory_order_relaxed));
  // Whoever puts the first one wakes the loop; the others ride along. The loop itself looks before it waits.
  if (head == nullptr && running_loop != this) poller_->wake();
}

void EventLoop::run_posted() noexcept {
  if (posted_.load(std::memory_order_relaxed) == nullptr) return;
  Posted* stack = posted_.exchange(nullptr, std::memory_order_acquire);
  Posted* in_order = nullptr;
  while (stack != nullptr) {
    Posted* next = stack->next;
    stack->next = in_order;
    in_order = stack;
    stack = next;
  }
  while (in_order != nullptr) {
    std::unique_ptr<Posted> posted(std::exchange(in_order, in_order->next));
    begin_work(nullptr);
    posted->call();
    CurrentContext::set(nullptr);
  }
}

}  // namespace ngo
