#include <algorithm>
#include <cstdint>

#include "ngo/app/telemetry/backoff_impl.hpp"
#include "ngo/base/id.hpp"

namespace ngo::app {

Duration backoff(unsigned failures, Duration first, Duration longest) {
  constexpr unsigned kMostDoublings = 16;
  const unsigned doublings = std::min(failures == 0 ? 0 : failures - 1, kMostDoublings);
  const Duration whole = std::min(first * (std::int64_t{1} << doublings), longest);
  return whole * static_cast<std::int64_t>(500 + random_below(501)) / 1000;
}

}  // namespace ngo::app
