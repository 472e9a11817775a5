// The last requests of a worker with their heads, for people who look. Kept only while somebody does: asking
// switches the recording on for ten minutes, and while it is off a request pays for one load. Secrets never
// get in (Authorization, cookies, and headers whose names say that they hold one).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/base/civil_time.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo::http {

struct Exchange;

struct RecentExchange {
  using Headers = std::vector<std::pair<std::string, std::string>>;
  SystemTime began;
  Duration took{};
  std::string method;
  std::string uri;
  Headers request_headers;
  std::string remote_address;
  int status = 0;
  Headers response_headers;
  std::string route;
  std::string trace_id;
};

class RecentExchanges {
 public:
  static constexpr std::size_t kKept = 100;
  static constexpr std::size_t kMostHeaders = 50;
  static constexpr std::size_t kLongest = 500;  // of a value that is kept

  [[nodiscard]] bool on() const noexcept { return on_.load(std::memory_order_relaxed); }
  // From any thread.
  void switch_on(bool on) noexcept { on_.store(on, std::memory_order_relaxed); }
  void add(RecentExchange exchange);
  // Appends what it has. From any thread.
  void copy_to(std::vector<RecentExchange>& out) const;
  void clear();

 private:
  std::atomic<bool> on_{false};
  mutable std::mutex mutex_;
  std::deque<RecentExchange> kept_;
};

// What may be shown of a header's value.
[[nodiscard]] std::string shown_header(std::string_view name, std::string_view value);

}  // namespace ngo::http
