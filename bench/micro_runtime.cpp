// What the runtime costs a request: tasks, contexts, deadlines, channels, a turn of the loop, a reading of
// the clock, the way to another worker.
#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "ngo/runtime/channel.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/context.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/runtime/timer.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/runtime/workers.hpp"

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

void make_context(benchmark::State& state) {
  ngo::Context request;
  for (auto _ : state) {
    ngo::Context child(request);
    benchmark::DoNotOptimize(&child);
  }
}
BENCHMARK(make_context);

// A deadline that is armed by a wait and taken back, as for a request whose handler waits once.
ngo::Task<void> yield_limited(benchmark::State& state) {
  auto wait = []() -> ngo::Task<void> { co_await ngo::yield(); };
  for (auto _ : state) co_await ngo::with_timeout(10s, wait());
}
void wait_with_timeout(benchmark::State& state) { run_on_loop(yield_limited(state)); }
BENCHMARK(wait_with_timeout);

// On the virtual clock: what arming, the turn and the wake-up cost, without the waiting.
ngo::Task<void> sleep_again(benchmark::State& state) {
  for (auto _ : state) co_await ngo::sleep(1ms);
}
void sleep_and_wake(benchmark::State& state) {
  ngo::VirtualClock clock;
  ngo::EventLoop loop(clock);
  loop.block_on(sleep_again(state));
}
BENCHMARK(sleep_and_wake);

ngo::Task<void> send_and_receive(benchmark::State& state) {
  ngo::Channel<int> channel(16);
  for (auto _ : state) {
    const bool sent = co_await channel.send(1);
    const std::optional<int> got = co_await channel.receive();
    benchmark::DoNotOptimize(sent && got);
  }
}
void channel_send_and_receive(benchmark::State& state) { run_on_loop(send_and_receive(state)); }
BENCHMARK(channel_send_and_receive);

// To a worker and back, an eventfd each way; wall time, since the waiting is half of it.
ngo::Task<void> hop(benchmark::State& state, ngo::EventLoop& remote) {
  auto there = []() -> ngo::Task<void> { co_return; };
  for (auto _ : state) co_await ngo::run_on(remote, there);
}
void hop_to_a_worker_and_back(benchmark::State& state) {
  ngo::Workers workers(1);
  run_on_loop(hop(state, workers.loop(0)));
}
BENCHMARK(hop_to_a_worker_and_back)->UseRealTime();

// Without waiting for the answer to each: one wake-up carries many.
void post_to_a_worker(benchmark::State& state) {
  std::atomic<std::int64_t> called{0};
  ngo::Workers workers(1);
  for (auto _ : state) workers.loop(0).post([&] { called.fetch_add(1, std::memory_order_relaxed); });
  while (called.load() < state.iterations()) std::this_thread::yield();
}
BENCHMARK(post_to_a_worker)->UseRealTime();

}  // namespace
