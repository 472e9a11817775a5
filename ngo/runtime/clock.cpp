#include "ngo/runtime/clock.hpp"

#include <ctime>

namespace ngo {
namespace {

class RealClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const noexcept override { return TimePoint(read(CLOCK_MONOTONIC)); }
  [[nodiscard]] WallTime wall() const noexcept override { return WallTime(read(CLOCK_REALTIME)); }

 private:
  static Duration read(clockid_t id) noexcept {
    timespec at{};
    clock_gettime(id, &at);
    return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
  }
};

}  // namespace

Clock& Clock::real() noexcept {
  static RealClock clock;
  return clock;
}

}  // namespace ngo
