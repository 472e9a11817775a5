#include "ngo/app/telemetry/pool_metrics.hpp"

#include <string_view>
#include <utility>

namespace ngo::app {
namespace {

using metrics::Description;
using metrics::Kind;

constexpr Description kCount{Kind::up_down_counter, "db.client.connection.count", "{connection}",
                             "connections of a pool"};
constexpr Description kMost{Kind::up_down_counter, "db.client.connection.max", "{connection}",
                            "how many a pool may have"};
constexpr Description kPending{Kind::up_down_counter, "db.client.connection.pending_requests", "{request}",
                               "callers that wait for a connection"};
constexpr Description kTimeouts{Kind::counter, "db.client.connection.timeouts", "{timeout}",
                                "callers that waited in vain"};

}  // namespace

metrics::Collection pool_metrics(Metrics& metrics, std::string name, std::function<net::PoolStats()> stats) {
  return metrics.on_collect([name = std::move(name), stats = std::move(stats)](metrics::Collector& out) {
    const net::PoolStats now = stats();
    const metrics::LabelView pool{"db.client.connection.pool.name", std::string_view(name)};
    constexpr const char* kState = "db.client.connection.state";
    out.add(kCount, now.in_use, {pool, {kState, "used"}});
    out.add(kCount, now.idle, {pool, {kState, "idle"}});
    out.add(kMost, now.limit, {pool});
    out.add(kPending, now.waiting, {pool});
    out.add(kTimeouts, now.timed_out, {pool});
  });
}

}  // namespace ngo::app
