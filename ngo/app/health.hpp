// Is the service alive, is it ready, and how are the things that it depends on? Indicators are checked in the
// background and their results kept, so that a probe reads memory and can never be slowed down by a slow
// database. One failed check does not turn a component over (flap control).
//
// A dependency that is down is shown in the details and makes the service not ready only if its indicator
// says so: a shared database in the readiness of every copy would take all of them out at once.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/base/rules.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

// The section `health`.
struct HealthOptions {
  std::chrono::milliseconds interval = std::chrono::seconds(10);
  std::chrono::milliseconds timeout = std::chrono::seconds(1);
  std::uint32_t failures_to_down = 2;
  std::uint32_t successes_to_up = 1;
  bool auto_online = true;

  static constexpr auto rules =
      ngo::rules(ngo::camel_case(),
                 ngo::description<&HealthOptions::interval>(
                     "between two checks of an indicator, with a tenth of jitter"),
                 ngo::description<&HealthOptions::timeout>("of one check"),
                 ngo::description<&HealthOptions::failures_to_down>(
                     "checks in a row that must fail before a component is down"),
                 ngo::description<&HealthOptions::successes_to_up>(
                     "checks in a row that must succeed before it is up again"),
                 ngo::description<&HealthOptions::auto_online>(
                     "become ready when the start is done; false waits for /health/online"),
                 ngo::range<&HealthOptions::failures_to_down>(1, 100),
                 ngo::range<&HealthOptions::successes_to_up>(1, 100));
};

enum class HealthStatus : std::uint8_t { up, out_of_service, down, unknown };
[[nodiscard]] std::string_view to_string(HealthStatus status) noexcept;

// What one check found. An indicator that throws is down with the error's message.
struct Health {
  Health() = default;
  explicit Health(HealthStatus found, std::string why = {}) : status(found), reason(std::move(why)) {}
  static Health up() { return Health(HealthStatus::up); }
  static Health down(std::string why) { return Health(HealthStatus::down, std::move(why)); }
  Health&& with(std::string name, std::string value) && {
    details.emplace_back(std::move(name), std::move(value));
    return std::move(*this);
  }

  HealthStatus status = HealthStatus::up;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> details;
};

using HealthIndicator = std::function<Task<Health>()>;

// All indicators of a process, and whether it takes traffic. Checks run on the loop that run() runs on;
// everything that asks may do so from any thread.
class HealthRegistry {
 public:
  // `clock` tells the age of results.
  explicit HealthRegistry(HealthOptions options, Clock& clock = Clock::real());
  HealthRegistry(const HealthRegistry&) = delete;
  HealthRegistry& operator=(const HealthRegistry&) = delete;
  ~HealthRegistry();

  // Adds an indicator; before run(). With `for_readiness` its being down makes the service not ready.
  void add(std::string name, HealthIndicator indicator, bool for_readiness = false);
  // Checks all indicators now, then each at its interval, until cancelled. `on_change` is told of every
  // transition.
  using OnChange =
      std::function<void(std::string_view component, HealthStatus status, std::string_view reason)>;
  [[nodiscard]] Task<void> run(OnChange on_change);
  // Checks all of them once, now, and waits for the results.
  [[nodiscard]] Task<void> refresh();

  // The user's word on liveness; none: alive. Called by the probe, so it must be quick.
  void set_liveness(std::function<bool()> alive) { alive_ = std::move(alive); }
  [[nodiscard]] bool alive() const;

  // Traffic on or off, by the deployer or by the life cycle.
  void set_online(bool online) noexcept { online_.store(online, std::memory_order_relaxed); }
  [[nodiscard]] bool online() const noexcept { return online_.load(std::memory_order_relaxed); }
  // Online, and no readiness indicator is down.
  [[nodiscard]] bool ready() const;

  struct Component {
    std::string name;
    Health health;
    bool for_readiness = false;
    std::int64_t age_ms = 0;  // since the last check; negative: none yet
    std::int64_t took_ms = 0;
  };
  [[nodiscard]] std::vector<Component> components() const;
  // The worst of the components: down, out of service, up.
  [[nodiscard]] HealthStatus status() const;

  [[nodiscard]] const HealthOptions& options() const noexcept { return options_; }

 private:
  struct Entry;
  [[nodiscard]] Task<void> check(Entry& entry);
  [[nodiscard]] Task<void> watch(Entry& entry);
  void take(Entry& entry, Health found, std::int64_t took_ms);

  HealthOptions options_;
  Clock& clock_;
  std::vector<std::unique_ptr<Entry>> entries_;
  OnChange on_change_;
  std::function<bool()> alive_;
  std::atomic<bool> online_{false};
  mutable std::mutex mutex_;  // guards the results in entries_, which probes on other threads read
};

}  // namespace ngo
