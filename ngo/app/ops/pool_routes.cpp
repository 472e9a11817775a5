#include "ngo/app/ops/pool_routes.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/log/log.hpp"
#include "ngo/runtime/combine.hpp"

namespace ngo::app {
namespace {

struct PoolsQuery {
  std::string name;           // of one pool; empty: all
  std::uint32_t limit = 100;  // holders, and waiters, of each
  static constexpr auto rules = ngo::rules(ngo::range<&PoolsQuery::limit>(0, 10'000));
};

struct LimitOrder {
  std::string name;
  std::uint32_t limit = 0;
  static constexpr auto rules =
      ngo::rules(ngo::required<&LimitOrder::name>(), ngo::required<&LimitOrder::limit>(),
                 ngo::range<&LimitOrder::limit>(1, 1'000'000));
};

struct HolderBody {
  std::string worker;
  std::string work;
  std::optional<std::string> trace;
  std::optional<std::string> note;
  std::int64_t ms = 0;
  static constexpr auto rules =
      ngo::rules(ngo::omit_if_empty<&HolderBody::work>(), ngo::omit_if_empty<&HolderBody::trace>(),
                 ngo::omit_if_empty<&HolderBody::note>());
};

struct WorkerBody {
  std::string worker;
  std::uint64_t permits = 0;
  std::uint64_t wanted = 0;
  std::uint64_t in_use = 0;
  std::uint64_t idle = 0;
  std::uint64_t opening = 0;
  std::uint64_t waiting = 0;
  std::uint64_t lent = 0;
  std::uint64_t borrowed = 0;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct WaitBody {
  std::uint64_t count = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double max_ms = 0;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct PoolBody {
  std::string name;
  std::string module;
  std::uint64_t limit = 0;
  std::uint64_t share = 0;
  std::uint64_t in_use = 0;
  std::uint64_t idle = 0;
  std::uint64_t opening = 0;
  std::uint64_t waiting = 0;
  std::uint64_t checkouts = 0;
  std::uint64_t opened = 0;
  std::uint64_t open_failed = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t refused = 0;
  std::map<std::string, std::uint64_t> closed;
  WaitBody wait;
  std::vector<WorkerBody> workers;
  std::vector<std::string> silent_workers;
  std::vector<HolderBody> holders;
  std::vector<HolderBody> waiters;
  static constexpr auto rules = ngo::rules(ngo::camel_case());
};

struct PoolsBody {
  std::vector<PoolBody> pools;
};

std::string worker_name(std::optional<std::size_t> worker) {
  return worker ? std::to_string(*worker) : "supervisor";
}

std::vector<HolderBody> bodies_of(const std::vector<net::PoolHolder>& holders, std::size_t most) {
  std::vector<HolderBody> out;
  for (std::size_t i = 0; i < holders.size() && i < most; ++i) {
    const net::PoolHolder& each = holders[i];
    HolderBody body;
    body.worker = worker_name(each.worker);
    body.work = each.work;
    if (each.trace.valid()) body.trace = each.trace.to_string();
    if (!each.note.empty()) body.note = each.note;
    body.ms = std::chrono::duration_cast<std::chrono::milliseconds>(each.held).count();
    out.push_back(std::move(body));
  }
  return out;
}

WaitBody body_of(const Histogram::Snapshot& wait) {
  const auto milliseconds = [](std::uint64_t time) { return static_cast<double>(time) * 1e-6; };
  return {wait.count(), milliseconds(wait.quantile(0.5)), milliseconds(wait.quantile(0.99)),
          milliseconds(wait.greatest())};
}

WorkerBody body_of(const net::PoolPart& part) {
  WorkerBody body;
  body.worker = worker_name(part.worker);
  body.permits = part.permits;
  body.wanted = part.wanted;
  body.in_use = part.in_use;
  body.idle = part.idle;
  body.opening = part.opening;
  body.waiting = part.waiting;
  body.lent = part.lent;
  body.borrowed = part.borrowed;
  return body;
}

PoolBody body_of(const ShownPool& pool, const net::PoolReport& report, std::size_t most) {
  PoolBody body;
  body.name = pool.view.options().name;
  body.module = pool.owner;
  const net::PoolStats& stats = report.stats;
  body.limit = stats.limit;
  body.share = report.share;
  body.in_use = stats.in_use;
  body.idle = stats.idle;
  body.opening = stats.opening;
  body.waiting = stats.waiting;
  body.checkouts = stats.checkouts;
  body.opened = stats.opened;
  body.open_failed = stats.open_failed;
  body.timed_out = stats.timed_out;
  body.refused = stats.refused;
  for (std::size_t i = 0; i < net::kPoolCloseReasons; ++i) {
    if (stats.closed[i] != 0) body.closed.emplace(to_string(static_cast<net::PoolClose>(i)), stats.closed[i]);
  }
  body.wait = body_of(stats.wait);
  for (const net::PoolPart& each : report.workers) {
    body.workers.push_back(body_of(each));
    if (!each.answered) body.silent_workers.push_back(worker_name(each.worker));
  }
  std::sort(body.workers.begin(), body.workers.end(),
            [](const WorkerBody& a, const WorkerBody& b) { return a.worker < b.worker; });
  body.holders = bodies_of(report.holders, most);
  body.waiters = bodies_of(report.waiters, most);
  return body;
}

// All of that name: clients of two names may have pools to the same server.
std::vector<ShownPool> of_name(const PoolRegistry& pools, std::string_view name) {
  std::vector<ShownPool> all = pools.all();
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const ShownPool& each : all) names.push_back(each.view.options().name);
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    throw Error(Code::not_found, "no pool is called " + in_quotes(name) +
                                     (names.empty() ? "; there is none" : "; there are " + list_or(names)));
  }
  std::erase_if(all, [name](const ShownPool& each) { return each.view.options().name != name; });
  return all;
}

// All at once: a worker that is held is waited for once.
Task<PoolsBody> report(std::vector<ShownPool> pools, std::size_t most) {
  std::vector<Task<net::PoolReport>> asked;
  asked.reserve(pools.size());
  for (const ShownPool& each : pools) asked.push_back(each.view.report());
  const std::vector<net::PoolReport> reports = co_await when_all(std::move(asked));
  PoolsBody body;
  for (std::size_t i = 0; i < pools.size(); ++i) body.pools.push_back(body_of(pools[i], reports[i], most));
  co_return body;
}

Response not_stored(const PoolsBody& body) {
  Response response = Response::json(body);
  response.header("Cache-Control", "no-store");
  return response;
}

}  // namespace

void add_pools(Routes& routes, const PoolRegistry& pools) {
  routes.get("/ops/pools", [&pools](Query<PoolsQuery> query) -> Task<Response> {
    std::vector<ShownPool> wanted = query->name.empty() ? pools.all() : of_name(pools, query->name);
    const PoolsBody body = co_await report(std::move(wanted), query->limit);
    co_return not_stored(body);
  });
  routes.post("/ops/pools", [&pools](Json<LimitOrder> order) -> Task<Response> {
    std::vector<ShownPool> wanted = of_name(pools, order->name);
    for (const ShownPool& each : wanted) {
      const std::size_t before = each.view.stats().limit;
      each.view.set_max_size(order->limit);
      log::warn("the limit of the pool {} is {} now, it was {}; set at the ops port", order->name,
                order->limit, before);
    }
    const PoolsBody body = co_await report(std::move(wanted), PoolsQuery().limit);
    co_return not_stored(body);
  });
}

}  // namespace ngo::app
