// What a call pays for its pool and for the parts that guard it.
#include <benchmark/benchmark.h>

#include <memory>

#include "ngo/net/pool.hpp"
#include "ngo/resilience/circuit_breaker.hpp"
#include "ngo/resilience/concurrency_limit.hpp"
#include "ngo/resilience/hedge.hpp"
#include "ngo/resilience/retry.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using ngo::net::Pool;

void run_on_loop(ngo::Task<void> work) {
  ngo::EventLoop loop;
  loop.block_on(std::move(work));
}

[[gnu::noinline]] ngo::Task<int> call() { co_return 7; }

struct Connections {
  Pool<int> pool{{.max_size = 8},
                 {.open = [] { return call(); }, .usable = [](int& number) { return number == 7; }}};
};

ngo::Task<void> try_checkouts(benchmark::State& state) {
  Connections its;
  co_await its.pool.warm_up(4);
  for (auto _ : state) {
    Pool<int>::Lease lease = its.pool.try_checkout();
    benchmark::DoNotOptimize(*lease);
  }
}
void pool_try_checkout(benchmark::State& state) { run_on_loop(try_checkouts(state)); }
BENCHMARK(pool_try_checkout);

ngo::Task<void> checkouts(benchmark::State& state) {
  Connections its;
  co_await its.pool.warm_up(4);
  for (auto _ : state) {
    Pool<int>::Lease lease = co_await its.pool.checkout();
    benchmark::DoNotOptimize(*lease);
  }
}
void pool_checkout(benchmark::State& state) { run_on_loop(checkouts(state)); }
BENCHMARK(pool_checkout);

ngo::BreakerRule rule() {
  ngo::BreakerRule rule;
  rule.resource = "billing";
  rule.strategy = ngo::BreakerStrategy::error_ratio;
  rule.stat_sliding_window_bucket_count = 10;
  return rule;
}

// One breaker for all threads: each with a loop of its own.
void breaker_pass(benchmark::State& state) {
  static ngo::CircuitBreaker breaker(rule());
  ngo::EventLoop loop;
  for (auto _ : state) {
    ngo::CircuitBreaker::Pass pass = breaker.try_enter();
    benchmark::DoNotOptimize(&pass);
  }
}
BENCHMARK(breaker_pass)->Threads(1)->Threads(2);

void breaker_pass_and_success(benchmark::State& state) {
  static ngo::CircuitBreaker breaker(rule());
  ngo::EventLoop loop;
  for (auto _ : state) breaker.try_enter().succeeded();
}
BENCHMARK(breaker_pass_and_success)->Threads(1)->Threads(2);

void breaker_refusal(benchmark::State& state) {
  ngo::EventLoop loop;
  ngo::CircuitBreaker breaker(rule());
  breaker.force_open();
  for (auto _ : state) benchmark::DoNotOptimize(static_cast<bool>(breaker.try_enter()));
}
BENCHMARK(breaker_refusal);

// While errors are in the window, each call sums it up.
void breaker_success_after_an_error(benchmark::State& state) {
  ngo::EventLoop loop;
  ngo::CircuitBreaker breaker(rule());
  breaker.try_enter().failed();
  for (auto _ : state) breaker.try_enter().succeeded();
}
BENCHMARK(breaker_success_after_an_error);

void concurrency_permit(benchmark::State& state) {
  static ngo::ConcurrencyLimit limit("billing");
  ngo::EventLoop loop;
  for (auto _ : state) limit.try_enter().succeeded();
}
BENCHMARK(concurrency_permit)->Threads(1)->Threads(2);

ngo::Task<void> plain(benchmark::State& state) {
  for (auto _ : state) {
    const int got = co_await call();
    benchmark::DoNotOptimize(got);
  }
}
void call_alone(benchmark::State& state) { run_on_loop(plain(state)); }
BENCHMARK(call_alone);

ngo::Task<void> retried(benchmark::State& state) {
  ngo::RetryBudget budget;
  ngo::Retry retry({}, &budget);
  for (auto _ : state) {
    const int got = co_await retry.run(call);
    benchmark::DoNotOptimize(got);
  }
}
void call_with_retry(benchmark::State& state) { run_on_loop(retried(state)); }
BENCHMARK(call_with_retry);

ngo::Task<void> hedged(benchmark::State& state) {
  ngo::Hedge hedge({.percentile = 0.95});
  for (auto _ : state) {
    const int got = co_await hedge.run(call);
    benchmark::DoNotOptimize(got);
  }
}
void call_with_hedge(benchmark::State& state) { run_on_loop(hedged(state)); }
BENCHMARK(call_with_hedge);

ngo::Task<void> guarded(benchmark::State& state) {
  ngo::CircuitBreaker breaker(rule());
  for (auto _ : state) {
    const int got = co_await breaker.run(call);
    benchmark::DoNotOptimize(got);
  }
}
void call_with_breaker(benchmark::State& state) { run_on_loop(guarded(state)); }
BENCHMARK(call_with_breaker);

}  // namespace
