// The traces that were kept of late, in memory and by bytes: what a service shows of itself where no back end
// is. Old ones go when new ones come.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "ngo/trace/span_data.hpp"

namespace ngo::trace {

// Used by all threads.
class Store {
 public:
  // `share`: so many traces are taken between two calls of renew() of those that were merely sampled; the
  // rest would only push out what came before. 0: all.
  explicit Store(std::size_t most_bytes, std::uint32_t share = 0)
      : most_bytes_(most_bytes), share_(share), left_(share) {}

  // One that is larger than everything together is not taken.
  void add(FragmentPtr fragment);
  // Whether one that is merely sampled would be taken now.
  [[nodiscard]] bool has_share() const noexcept {
    return most_bytes_ != 0 && (share_ == 0 || left_.load(std::memory_order_relaxed) != 0);
  }
  void renew() noexcept { left_.store(share_, std::memory_order_relaxed); }

  // What is asked for; what is not set holds for all. All of it is of the first span.
  struct Query {
    std::string route;   // http.route, or the name of the span
    std::string status;  // "error", "ok", "unset", or a number as in http.response.status_code; "5xx"
    std::int64_t min_duration = 0;  // nanoseconds
    std::int64_t max_duration = INT64_MAX;
    std::string attribute;  // of any span: "key" or "key=value"
    std::size_t limit = 100;
  };
  // The youngest first.
  [[nodiscard]] std::vector<FragmentPtr> find(const Query& query) const;
  // All of that trace, the oldest first.
  [[nodiscard]] std::vector<FragmentPtr> find(const TraceId& trace) const;

  struct Size {
    std::size_t fragments = 0;
    std::size_t bytes = 0;
    std::size_t most_bytes = 0;
  };
  [[nodiscard]] Size size() const;

 private:
  std::size_t most_bytes_;
  std::uint32_t share_;
  std::atomic<std::uint32_t> left_;  // of the share
  mutable std::mutex mutex_;
  std::deque<FragmentPtr> fragments_;
  std::size_t bytes_ = 0;
};

// As text: "true", "42", "1.5", "a, b".
[[nodiscard]] std::string to_text(const AttributeValue& value);

}  // namespace ngo::trace
