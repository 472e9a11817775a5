#include "ngo/app/pools.hpp"

#include <gtest/gtest.h>

#include "ngo/app/telemetry/pool_metrics.hpp"
#include "ngo/net/pool.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

using Numbers = net::Pool<int>;

Numbers::Hooks hooks() {
  Numbers::Hooks hooks;
  hooks.open = []() -> Task<int> { co_return 1; };
  return hooks;
}

net::PoolOptions called(std::string name, std::string group = "") {
  net::PoolOptions options;
  options.name = std::move(name);
  options.group = std::move(group);
  options.max_size = 5;
  options.min_idle = 1;
  return options;
}

const metrics::Point* point_of(const metrics::Snapshot& snapshot, std::string_view family,
                               const metrics::Labels& labels) {
  const metrics::Family* const found = snapshot.find(family);
  if (found == nullptr) return nullptr;
  for (const metrics::Point& each : found->points) {
    if (*each.labels == labels) return &each;
  }
  return nullptr;
}

double number_of(const metrics::Snapshot& snapshot, std::string_view family, const metrics::Labels& labels) {
  const metrics::Point* const point = point_of(snapshot, family, labels);
  return point == nullptr ? -1 : point->number();
}

TEST(PoolRegistry, KnowsPoolsUntilTheirOwnerIsGone) {
  EventLoop loop;
  Numbers one(called("one"), hooks());
  Numbers two(called("two"), hooks());
  PoolRegistry pools;
  pools.add("store", PoolUse::database, [&] { return std::vector{one.view()}; });
  pools.add("client", PoolUse::http, [&] { return std::vector{one.view(), two.view()}; });
  const std::vector<ShownPool> all = pools.all();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].owner, "store");
  EXPECT_EQ(all[2].view.options().name, "two");
  pools.remove("client");
  EXPECT_EQ(pools.all().size(), 1U);
}

TEST(PoolMetrics, FollowTheConventionsForDatabasesAndSumPoolsOfOneGroup) {
  EventLoop loop;
  Numbers orders(called("sql:orders"), hooks());
  Numbers first(called("http:users at 10.0.0.1", "http:users"), hooks());
  Numbers second(called("http:users at 10.0.0.2", "http:users"), hooks());
  PoolRegistry pools;
  pools.add("sql", PoolUse::database, [&] { return std::vector{orders.view()}; });
  pools.add("httpClient", PoolUse::http, [&] { return std::vector{first.view(), second.view()}; });
  Metrics metrics;
  const metrics::Collection collection = pool_metrics(metrics, pools);
  loop.block_on([](Numbers& from, Metrics& registry) -> Task<void> {
    Numbers::Lease lease = co_await from.checkout();
    const metrics::Snapshot now = registry.snapshot();
    const metrics::Label name{"db.client.connection.pool.name", "sql:orders"};
    EXPECT_EQ(number_of(now, "db.client.connection.count", {name, {"db.client.connection.state", "used"}}),
              1);
    EXPECT_EQ(number_of(now, "db.client.connection.count", {name, {"db.client.connection.state", "idle"}}),
              0);
    EXPECT_EQ(number_of(now, "db.client.connection.max", {name}), 5);
    EXPECT_EQ(number_of(now, "db.client.connection.idle.min", {name}), 1);
    EXPECT_EQ(number_of(now, "db.client.connection.pending_requests", {name}), 0);
    EXPECT_EQ(
        number_of(now, "ngo.client.connection.created", {{"ngo.client.connection.pool.name", "sql:orders"}}),
        1);
    const metrics::Label users{"ngo.client.connection.pool.name", "http:users"};
    EXPECT_EQ(number_of(now, "ngo.client.connection.max", {users}), 10);
    EXPECT_EQ(now.find("ngo.client.connection.count"), nullptr) << "HTTP clients count theirs themselves";
  }(orders, metrics));
}

Task<void> waits_for_one(Numbers& pool, Metrics& metrics) {
  Numbers::Lease held = co_await pool.checkout();
  try {
    const Numbers::Lease none = co_await pool.checkout();
    ADD_FAILURE() << "there was none to have";
  } catch (const Error&) {
  }
  const metrics::Snapshot now = metrics.snapshot();
  const metrics::Label name{"ngo.client.connection.pool.name", "small"};
  EXPECT_EQ(number_of(now, "ngo.client.connection.timeouts", {name}), 1);
  const metrics::Point* const waited = point_of(now, "ngo.client.connection.wait_time", {name});
  EXPECT_NE(waited, nullptr);
  if (waited == nullptr) co_return;
  const auto& data = std::get<metrics::HistogramData>(waited->value);
  EXPECT_EQ(data.count, 1U);
  EXPECT_NEAR(data.sum, 0.02, 0.001);
  EXPECT_EQ(data.counts.size(), data.bounds->size() + 1);
  std::uint64_t all = 0;
  for (const std::uint64_t each : data.counts) all += each;
  EXPECT_EQ(all, 1U);
}

TEST(PoolMetrics, ShowHowLongCallersHaveWaited) {
  VirtualClock clock;
  EventLoop loop(clock);
  net::PoolOptions options;
  options.name = "small";
  options.max_size = 1;
  options.max_wait = std::chrono::milliseconds(20);
  Numbers pool(options, hooks());
  PoolRegistry pools;
  pools.add("numbers", PoolUse::other, [&] { return std::vector{pool.view()}; });
  Metrics metrics;
  const metrics::Collection collection = pool_metrics(metrics, pools);
  loop.block_on(waits_for_one(pool, metrics));
}

}  // namespace
}  // namespace ngo::app
