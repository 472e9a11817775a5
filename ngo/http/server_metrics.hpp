// What a server counts of its requests, by OpenTelemetry's conventions: http.server.request.duration,
// http.server.active_requests and the sizes of bodies, by method, route, status and version. The instruments
// of a combination are bound when it comes for the first time and found again without a lock, a hash or an
// allocation.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "ngo/http/method.hpp"
#include "ngo/http/route_table.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo::http {

// How a request is told apart by who only counts.
struct RequestKind {
  Method method = Method::unknown;
  std::uint8_t version = 11;  // 10, 11, 20
  bool secure = false;
};

class ServerMetrics {
 public:
  struct Outcome {
    int status = 0;       // 0: the client went away before there was one
    bool broken = false;  // the answer did not get through as a whole
    Duration took{};
    std::int64_t request_bytes = -1;  // -1: no body
    std::uint64_t response_bytes = 0;
    TraceIdentity trace;  // where it is kept
  };

  // The registry must outlive it. `routes`: any table of them.
  ServerMetrics(Metrics& metrics, const RouteTable& routes);
  ServerMetrics(const ServerMetrics&) = delete;
  ServerMetrics& operator=(const ServerMetrics&) = delete;
  ~ServerMetrics();

  void begin(RequestKind kind) noexcept { active(kind).add(1); }
  void end(const CompiledRoute& route, RequestKind kind, const Outcome& outcome) noexcept;
  // What was no request is answered with this status.
  void refused(int status) noexcept;

 private:
  struct Instruments {
    metrics::Histogram duration;
    metrics::Histogram request_bytes;  // bound where requests have bodies
    metrics::Histogram response_bytes;
  };
  // All statuses of one kind of request on one route.
  struct Statuses;
  struct PerRoute {
    std::atomic<Statuses*> first{nullptr};
  };
  using ActiveSlot = std::atomic<const metrics::UpDownCounter*>;

  [[nodiscard]] metrics::UpDownCounter active(RequestKind kind) noexcept {
    const metrics::UpDownCounter* found =
        active_[static_cast<std::size_t>(kind.method) * 2 + (kind.secure ? 1 : 0)].load(
            std::memory_order_acquire);
    return found != nullptr ? *found : bind_active(kind);
  }
  [[nodiscard]] metrics::UpDownCounter bind_active(RequestKind kind) noexcept;
  [[nodiscard]] const Instruments* find(const CompiledRoute& route, RequestKind kind, const Outcome& outcome);
  [[nodiscard]] const Instruments* bind(const CompiledRoute& route, Statuses& statuses, RequestKind kind,
                                        const Outcome& outcome);

  metrics::Metric<metrics::Histogram> duration_;
  metrics::Metric<metrics::Histogram> request_bytes_;
  metrics::Metric<metrics::Histogram> response_bytes_;
  metrics::Metric<metrics::UpDownCounter> active_requests_;
  metrics::Metric<metrics::Counter> refused_;
  std::vector<PerRoute> per_route_;  // the last is that of the fallback
  std::array<ActiveSlot, (kMethodCount + 1) * 2> active_{};
  std::mutex mutex_;  // of whoever binds
  std::vector<std::unique_ptr<Instruments>> bound_;
  std::vector<std::unique_ptr<Statuses>> statuses_;
  std::vector<std::unique_ptr<metrics::UpDownCounter>> bound_active_;
};

// Why a request failed, the same on span and metric: "500" for that status, "cancelled" where the client went
// away; empty when it did not fail.
[[nodiscard]] std::string_view error_type(int status, bool broken) noexcept;

}  // namespace ngo::http
