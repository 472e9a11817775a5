#include "ngo/trace/ticks_impl.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace ngo::trace::detail {
namespace {

bool find_whether_steady() noexcept {
#if defined(__x86_64__)
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & 1U << 8U) != 0;
#else
  return false;
#endif
}

std::int64_t steady_now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

const bool counter_is_steady = find_whether_steady();

namespace {

struct Begin {
  std::uint64_t ticks = detail::ticks();
  std::int64_t steady = steady_now();
};
const Begin begin;

}  // namespace

Moment Moment::now() noexcept {
  Moment out;
  out.ticks = detail::ticks();
  out.steady = steady_now();
  out.wall = std::chrono::duration_cast<std::chrono::nanoseconds>(
                 std::chrono::system_clock::now().time_since_epoch())
                 .count();
  if (counter_is_steady && out.ticks > begin.ticks && out.steady > begin.steady) {
    out.nanoseconds =
        static_cast<double>(out.steady - begin.steady) / static_cast<double>(out.ticks - begin.ticks);
  }
  return out;
}

}  // namespace ngo::trace::detail
