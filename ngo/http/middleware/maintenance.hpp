// Maintenance: every request is answered with 503 and Retry-After, but for those to allowed paths and from
// allowed addresses. Switched while the service runs: by app.maintenance(), or with POST /maintenance on the
// ops port. Health probes answer as ever; nothing is taken out of a load balancer by it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/rules.hpp"
#include "ngo/net/address.hpp"
#include "ngo/net/network.hpp"

namespace ngo {

class Response;

namespace http {

// The section `httpServer.middlewares.maintenance`.
struct MaintenanceOptions {
  bool enabled = false;
  std::chrono::seconds retry_after = std::chrono::minutes(1);
  std::string message = "the service is under maintenance; try again later";
  std::vector<std::string> paths;
  std::vector<net::Network> addresses;

  [[nodiscard]] std::string mistake() const;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::live<&MaintenanceOptions::enabled>(),
      ngo::check<&MaintenanceOptions::mistake>(),
      ngo::description<&MaintenanceOptions::enabled>("whether the service starts under maintenance"),
      ngo::description<&MaintenanceOptions::retry_after>("when clients are told to come again"),
      ngo::description<&MaintenanceOptions::message>("what they are told"),
      ngo::description<&MaintenanceOptions::paths>("that are served nevertheless, with all below them"),
      ngo::description<&MaintenanceOptions::addresses>("that are served nevertheless: 10.0.0.0/8, ::1"));
};

}  // namespace http

// From any thread.
class Maintenance {
 public:
  Maintenance() = default;
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

  // Requests that are being answered are not touched. `retry_after` of zero keeps what the configuration
  // says.
  void begin(std::chrono::seconds retry_after = std::chrono::seconds(0)) noexcept;
  void end() noexcept { on_.store(false, std::memory_order_relaxed); }
  [[nodiscard]] bool is_on() const noexcept { return on_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::chrono::seconds retry_after() const noexcept {
    return std::chrono::seconds(retry_after_.load(std::memory_order_relaxed));
  }

  // Before requests come. Throws Error{invalid_argument} for what mistake() finds.
  void configure(const http::MaintenanceOptions& options);
  // Whether a request is served nevertheless.
  [[nodiscard]] bool admits(std::string_view path, const net::Address& client) const;
  void answer(std::string_view path, Response& response) const;

 private:
  std::atomic<bool> on_{false};
  std::atomic<std::int64_t> retry_after_{60};
  std::string message_ = "the service is under maintenance; try again later";
  std::vector<std::string> paths_;
  std::vector<net::Network> networks_;
};

}  // namespace ngo
