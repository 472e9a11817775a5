// One thread's engine: resumes coroutines, waits for descriptors, fires timers, takes work from other
// threads. One loop a thread. A turn: run what is ready; wait in the poller; read the clock once; handle
// events, timers and posted work. Code that runs on a loop must not block; blocking work goes through
// ngo::blocking().
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "ngo/base/intrusive_list.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/poller.hpp"
#include "ngo/runtime/timer.hpp"
#include "ngo/runtime/waiter.hpp"

namespace ngo {

template <class T>
class Task;

class EventLoop {
 public:
  // The clock must outlive the loop.
  explicit EventLoop(Clock& clock = Clock::real());
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  // The loop that runs on this thread or, while none does, was last created here. Without one: an assertion,
  // since only code that runs on a loop can ask.
  [[nodiscard]] static EventLoop& current() noexcept;
  // The same, or nullptr where this thread has no loop.
  [[nodiscard]] static EventLoop* current_or_null() noexcept;

  // Runs until stop(). Meanwhile this loop is the thread's current one.
  void run();
  // From any thread: run() returns after its present turn; one that has not begun yet returns at once.
  void stop() noexcept;
  // Runs until `task` has ended and gives back its result; for main(), tests and tools. Throws
  // Error{internal} when called by work that this loop runs, which could never end.
  template <class T>
  T block_on(Task<T> task);

  // The time at the beginning of this turn.
  [[nodiscard]] TimePoint now() const noexcept { return now_; }
  [[nodiscard]] WallTime wall() const noexcept { return clock_.wall(); }
  [[nodiscard]] Clock& clock() const noexcept { return clock_; }
  [[nodiscard]] TimerWheel& timers() noexcept { return timers_; }
  [[nodiscard]] Poller& poller() noexcept { return *poller_; }

  // Has the loop call `f` soon, on its thread. From any thread; in order for each poster. `f` must not throw.
  template <class F>
  void post(F f) {
    push(new PostedCall<F>(std::move(f)));
  }

  // Queues a woken waiter. Its own thread only.
  void make_ready(Waiter& waiter) noexcept { ready_.push_back(waiter); }

  // Something outside (a thread of the blocking pool, another loop) is going to post here: a virtual clock
  // must not jump ahead meanwhile. Its own thread only.
  void expect_external() noexcept { ++external_; }
  void external_arrived() noexcept { --external_; }

  // The work that spawn_detached() has started here and that has not ended. Its own thread only.
  [[nodiscard]] std::size_t detached_count() const noexcept { return detached_count_; }
  void cancel_detached() noexcept;

  // For the watchdog. The number of the piece of work that runs now (0: the loop waits in the kernel), and
  // what it is, as set by name_work().
  struct Activity {
    std::uint64_t turn;
    const char* work;
  };
  [[nodiscard]] Activity activity() const noexcept {
    return {turn_published_.load(std::memory_order_relaxed), work_.load(std::memory_order_relaxed)};
  }
  // Says what this thread works on until it next waits, for example a route; what goes on after a wait is
  // named by its Context (set_work()). `name` must stay valid for the life of the process.
  void name_work(const char* name) noexcept { work_.store(name, std::memory_order_relaxed); }

 private:
  struct Posted {
    virtual ~Posted() = default;
    virtual void call() = 0;
    Posted* next = nullptr;
  };
  template <class F>
  struct PostedCall final : Posted {
    explicit PostedCall(F&& f) : function(std::move(f)) {}
    void call() override { function(); }
    F function;
  };

  // Makes the loop the one that this thread runs, for the time of a block.
  class Entered {
   public:
    explicit Entered(EventLoop& loop);
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;
    ~Entered();

   private:
    EventLoop& loop_;
    EventLoop* current_before_;
    EventLoop* running_before_;
    Context* context_before_;
  };

  friend class DetachedWork;
  friend class PendingWaits;
  class Visit;
  void push(Posted* posted) noexcept;
  void run_posted() noexcept;
  void run_ready();
  void turn();
  void turn_until_stopped();
  void begin_work(const char* name) noexcept {
    work_.store(name, std::memory_order_relaxed);
    turn_published_.store(++turn_, std::memory_order_relaxed);
  }

  Clock& clock_;
  TimePoint now_;
  std::unique_ptr<Poller> poller_;
  TimerWheel timers_;
  List<Waiter, detail::InQueue> ready_;
  List<Context> detached_;
  std::size_t detached_count_ = 0;
  std::int64_t external_ = 0;
  std::uint64_t turn_ = 0;
  alignas(64) std::atomic<std::uint64_t> turn_published_{0};
  std::atomic<const char*> work_{nullptr};
  alignas(64) std::atomic<Posted*> posted_{nullptr};
  std::atomic<int> visitors_{0};  // threads in post() or stop()
  std::atomic<bool> stopping_{false};
};

}  // namespace ngo
