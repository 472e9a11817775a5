#include "ngo/app/telemetry/pool_metrics.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace ngo::app {
namespace {

using metrics::Collector;
using metrics::Description;
using metrics::Kind;
using metrics::LabelView;

// What pools of one kind tell, under which names.
struct Names {
  const char* pool;
  const char* state;
  Description count;
  Description most;
  Description least;
  Description pending;
  Description timeouts;
  Description wait;
};

constexpr Names names_of(std::string_view count, std::string_view most, std::string_view least,
                         std::string_view pending, std::string_view timeouts, std::string_view wait,
                         const char* pool, const char* state) {
  constexpr Kind kNow = Kind::up_down_counter;
  return {pool,
          state,
          {kNow, count, "{connection}", "connections of a pool"},
          {kNow, most, "{connection}", "how many a pool may have"},
          {kNow, least, "{connection}", "how many a pool keeps open"},
          {kNow, pending, "{request}", "callers that wait for a connection"},
          {Kind::counter, timeouts, "{timeout}", "callers that have waited in vain"},
          {Kind::histogram, wait, "s", "how long those who had to wait for a connection have waited"}};
}

constexpr Names kDatabase = names_of("db.client.connection.count", "db.client.connection.max",
                                     "db.client.connection.idle.min", "db.client.connection.pending_requests",
                                     "db.client.connection.timeouts", "db.client.connection.wait_time",
                                     "db.client.connection.pool.name", "db.client.connection.state");
constexpr Names kOther = names_of("ngo.client.connection.count", "ngo.client.connection.max",
                                  "ngo.client.connection.idle.min", "ngo.client.connection.pending_requests",
                                  "ngo.client.connection.timeouts", "ngo.client.connection.wait_time",
                                  "ngo.client.connection.pool.name", "ngo.client.connection.state");

constexpr const char* kPool = "ngo.client.connection.pool.name";
constexpr Description kOpening{Kind::up_down_counter, "ngo.client.connection.opening", "{connection}",
                               "connections that are being opened"};
constexpr Description kCreated{Kind::counter, "ngo.client.connection.created", "{connection}",
                               "connections that were opened"};
constexpr Description kFailed{Kind::counter, "ngo.client.connection.failed", "{connection}",
                              "connections that could not be opened"};
constexpr Description kClosed{Kind::counter, "ngo.client.connection.closed", "{connection}",
                              "connections that were closed"};
constexpr Description kRefused{Kind::counter, "ngo.client.connection.refused", "{request}",
                               "callers that were refused at once, since too many wait"};

struct Sum {
  net::PoolStats stats;
  std::size_t min_idle = 0;
};

void add(Sum& sum, const net::PoolView& pool) {
  const net::PoolStats its = pool.stats();
  sum.stats.limit += its.limit;
  sum.stats.in_use += its.in_use;
  sum.stats.idle += its.idle;
  sum.stats.opening += its.opening;
  sum.stats.waiting += its.waiting;
  sum.stats.opened += its.opened;
  sum.stats.open_failed += its.open_failed;
  sum.stats.timed_out += its.timed_out;
  sum.stats.refused += its.refused;
  for (std::size_t i = 0; i < net::kPoolCloseReasons; ++i) sum.stats.closed[i] += its.closed[i];
  sum.stats.wait.merge(its.wait);
  sum.min_idle += pool.options().min_idle;
}

metrics::HistogramData wait_times(const Histogram::Snapshot& wait) {
  static const auto kBounds = std::make_shared<const std::vector<double>>(metrics::kShortSeconds.begin(),
                                                                          metrics::kShortSeconds.end());
  metrics::HistogramData data;
  data.bounds = kBounds;
  std::uint64_t below = 0;
  for (const double bound : *kBounds) {
    const std::uint64_t up_to = wait.count_up_to(static_cast<std::uint64_t>(bound * 1e9));
    data.counts.push_back(up_to - below);
    below = up_to;
  }
  data.counts.push_back(wait.count() - below);
  data.count = wait.count();
  data.sum = static_cast<double>(wait.sum()) * 1e-9;
  return data;
}

void tell(Collector& out, const std::string& name, PoolUse use, const Sum& sum) {
  const net::PoolStats& now = sum.stats;
  const Names& names = use == PoolUse::database ? kDatabase : kOther;
  const LabelView pool{names.pool, std::string_view(name)};
  if (use != PoolUse::http) {  // whose conventions count them as http.client.open_connections
    out.add(names.count, now.in_use, {pool, {names.state, "used"}});
    out.add(names.count, now.idle, {pool, {names.state, "idle"}});
  }
  out.add(names.most, now.limit, {pool});
  if (sum.min_idle != 0) out.add(names.least, sum.min_idle, {pool});
  out.add(names.pending, now.waiting, {pool});
  out.add(names.timeouts, now.timed_out, {pool});
  out.add(names.wait, wait_times(now.wait), {pool});
  const LabelView ours{kPool, std::string_view(name)};
  out.add(kOpening, now.opening, {ours});
  out.add(kCreated, now.opened, {ours});
  out.add(kFailed, now.open_failed, {ours});
  out.add(kRefused, now.refused, {ours});
  for (std::size_t i = 0; i < net::kPoolCloseReasons; ++i) {
    if (now.closed[i] != 0)
      out.add(kClosed, now.closed[i],
              {ours, {"ngo.client.connection.close.reason", to_string(static_cast<net::PoolClose>(i))}});
  }
}

}  // namespace

metrics::Collection pool_metrics(Metrics& metrics, const PoolRegistry& pools) {
  return metrics.on_collect([&pools](Collector& out) {
    std::map<std::pair<PoolUse, std::string>, Sum> groups;
    for (const ShownPool& each : pools.all()) {
      const net::PoolOptions& options = each.view.options();
      add(groups[{each.use, options.group.empty() ? options.name : options.group}], each.view);
    }
    for (const auto& [group, sum] : groups) tell(out, group.second, group.first, sum);
  });
}

}  // namespace ngo::app
