#include "ngo/app/sources/pace_impl.hpp"

#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;

constexpr Duration kQuick = 1s;
constexpr unsigned kMost = 2;

}  // namespace

void Pace::begin() noexcept { begin_ = EventLoop::current().now(); }

Task<void> Pace::rest() {
  quick_ = EventLoop::current().now() - begin_ < kQuick ? quick_ + 1 : 0;
  if (quick_ > kMost) co_await sleep(kQuick);
}

}  // namespace ngo::app
