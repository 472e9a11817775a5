// What the runtime costs a request: tasks, contexts, deadlines, a turn of the loop, a reading of the clock.
#include <benchmark/benchmark.h>

#include <chrono>
#include <vector>

#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/runtime/timer.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using namespace std::chrono_literals;

void read_clock(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ngo::Clock::real().now());
}
BENCHMARK(read_clock);

class Expiry final : public ngo::Timer {
  void fire() noexcept override {}
};

// As for each request, while as many other deadlines are armed.
void arm_and_disarm_timer(benchmark::State& state) {
  const ngo::TimePoint now = ngo::Clock::real().now();
  ngo::TimerWheel wheel(now);
  std::vector<Expiry> others(static_cast<std::size_t>(state.range(0)));
  ngo::Duration delay = 1s;
  for (Expiry& other : others) wheel.arm(other, now + (delay += 7ms));
  Expiry timer;
  for (auto _ : state) {
    wheel.arm(timer, now + 10s);
    timer.disarm();
  }
}
BENCHMARK(arm_and_disarm_timer)->Arg(0)->Arg(1000);

void run_on_loop(ngo::Task<void> work) {
  ngo::EventLoop loop;
  loop.block_on(std::move(work));
}

[[gnu::noinline]] ngo::Task<int> number(int value) { co_return value; }

[[gnu::noinline]] ngo::Task<int> nested(int depth) {
  if (depth == 0) co_return 0;
  const int below = co_await nested(depth - 1);
  co_return below + 1;
}

ngo::Task<void> await_one(benchmark::State& state) {
  for (auto _ : state) {
    const int got = co_await number(7);
    benchmark::DoNotOptimize(got);
  }
}
void await_task(benchmark::State& state) { run_on_loop(await_one(state)); }
BENCHMARK(await_task);

ngo::Task<void> await_nested(benchmark::State& state) {
  for (auto _ : state) {
    const int got = co_await nested(9);
    benchmark::DoNotOptimize(got);
  }
}
void await_ten_nested_tasks(benchmark::State& state) { run_on_loop(await_nested(state)); }
BENCHMARK(await_ten_nested_tasks);

ngo::Task<void> await_limited(benchmark::State& state) {
  for (auto _ : state) {
    const int got = co_await ngo::with_timeout(10s, number(7));
    benchmark::DoNotOptimize(got);
  }
}
void await_task_with_timeout(benchmark::State& state) { run_on_loop(await_limited(state)); }
BENCHMARK(await_task_with_timeout);

ngo::Task<void> await_both(benchmark::State& state) {
  for (auto _ : state) {
    const auto got = co_await ngo::when_all(number(1), number(2));
    benchmark::DoNotOptimize(got);
  }
}
void await_two_at_once(benchmark::State& state) { run_on_loop(await_both(state)); }
BENCHMARK(await_two_at_once);

ngo::Task<void> lock_and_unlock(benchmark::State& state) {
  ngo::Mutex mutex;
  for (auto _ : state) {
    auto guard = co_await mutex.lock();
    benchmark::DoNotOptimize(&guard);
  }
}
void lock_free_mutex(benchmark::State& state) { run_on_loop(lock_and_unlock(state)); }
BENCHMARK(lock_free_mutex);

// A wait that really suspends: through the ready queue and one turn of the loop, which polls.
ngo::Task<void> yield_again(benchmark::State& state) {
  for (auto _ : state) co_await ngo::yield();
}
void turn_of_the_loop(benchmark::State& state) { run_on_loop(yield_again(state)); }
BENCHMARK(turn_of_the_loop);

}  // namespace
