// The code of docs/resilience.md.
#include "supplier.hpp"

#include <ngo/runtime/wait.hpp>

using namespace std::chrono_literals;

struct Supply {
  std::string item;
  int price = 0;
};

struct Opened {
  std::uint64_t opened = 0;
  std::size_t idle = 0;
  std::size_t in_use = 0;
};

// [parts]
// One of each for what is called, shared by all workers.
struct SupplierGuards {
  ngo::RetryBudget budget{{.ratio = 0.2, .min_per_second = 1}};
  ngo::Retry retry{{.max_attempts = 3, .base_delay = 10ms}, &budget};
  ngo::DeadlineBudget time{{.share = 0.8, .at_least = 5ms}};
  ngo::Hedge hedge{{.delay = 50ms, .percentile = 0.95}, &budget};
  ngo::CircuitBreaker breaker{{.resource = "supplier",
                               .strategy = ngo::BreakerStrategy::error_ratio,
                               .retry_timeout_ms = 1000,
                               .min_request_amount = 20,
                               .threshold = 0.5}};
  ngo::ConcurrencyLimit limit{"supplier", {.limit = 50}};
};
// [/parts]

// [compose]
ngo::Task<int> guarded_price(SupplierGuards& guards, Supplier& supplier, std::string item) {
  auto call = [&] { return supplier.price_of(item); };
  auto limited = [&] { return guards.limit.run(call); };
  auto protected_by_breaker = [&] { return guards.breaker.run(limited); };
  auto in_time = [&] { return guards.time.run(protected_by_breaker); };
  auto hedged = [&] { return guards.hedge.run(in_time); };
  co_return co_await guards.retry.run(hedged);
}
// [/compose]

// [fallback]
ngo::Task<Supply> price_or_list_price(SupplierGuards& guards, Supplier& supplier, std::string item) {
  try {
    const int price = co_await ngo::with_timeout(200ms, guarded_price(guards, supplier, item));
    co_return Supply{item, price};
  } catch (const ngo::Error& error) {
    if (!ngo::CircuitBreaker::is_failure(error.code())) throw;
  }
  co_return Supply{item, 100};  // from the printed list
}
// [/fallback]

void add_resilience(ngo::App& app) {
  auto guards = std::make_shared<SupplierGuards>();

  // [listener]
  guards->breaker.on_change([](const ngo::BreakerChange& change) {
    ngo::log::warn("circuit breaker {} is {}", change.resource, to_string(change.to));
  });
  // [/listener]

  // [show]
  app.guard({"supplier", guards->breaker}).guard({"supplier", guards->budget});
  app.guard({"supplier", guards->hedge}).guard({"supplier", guards->limit});
  // [/show]

  app.get("/supplies/{item}", [guards](std::string item, Supplier& supplier) -> ngo::Task<Supply> {
    co_return co_await price_or_list_price(*guards, supplier, std::move(item));
  });

  app.get("/supplier", [](Supplier& supplier) {
    const ngo::net::PoolStats stats = supplier.stats();
    return Opened{stats.opened, stats.idle, stats.in_use};
  });

  // [hint]
  app.get("/busy", []() -> std::string {
    ngo::Error busy(ngo::Code::resource_exhausted, "the supplier is closed for lunch");
    ngo::set_retry_after(busy, 90s);
    throw busy;
  });
  // [/hint]

  // [console]
  app.get("/breaker", [guards] { return guards->breaker.state(); });
  app.post("/breaker/open", [guards] { guards->breaker.force_open(); });
  app.post("/breaker/reset", [guards] { guards->breaker.reset(); });
  // [/console]
}
