// The slowest requests of each route in each interval: they are kept whatever the sampler says. Whoever ends
// asks first whether it is slow enough, which is a comparison; only then a Fragment is made.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/runtime/clock.hpp"
#include "ngo/trace/span_data.hpp"

namespace ngo::trace {

// Used by all threads.
class Slowest {
 public:
  static constexpr std::size_t kMostGroups = 1000;  // routes; those beyond share one

  explicit Slowest(std::size_t each) : each_(each) {}

  class Group {
   public:
    [[nodiscard]] bool wants(Duration took) const noexcept {
      return took.count() > bar_.load(std::memory_order_relaxed);
    }

   private:
    friend class Slowest;
    struct Entry {
      Duration took{};
      FragmentPtr fragment;
    };
    std::atomic<std::int64_t> bar_{-1};  // nanoseconds that must be exceeded
    std::vector<Entry> entries_;
  };

  // Stays valid as long as this object. The same name is the same group.
  [[nodiscard]] Group& group(std::string_view name);
  void add(Group& group, Duration took, FragmentPtr fragment);
  // The end of an interval: gives away what is held and begins anew.
  [[nodiscard]] std::vector<FragmentPtr> take();

 private:
  std::size_t each_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Group>, std::less<>> groups_;
};

}  // namespace ngo::trace
