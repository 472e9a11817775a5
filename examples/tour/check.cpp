#include "check.hpp"

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <ngo/app/setup.hpp>
#include <ngo/base/error.hpp>
#include <ngo/runtime/combine.hpp>
#include <ngo/runtime/event_loop.hpp>
#include <ngo/runtime/scope.hpp>
#include <ngo/runtime/wait.hpp>

#include "hall.hpp"
#include "runtime.hpp"

namespace tour {

using namespace std::chrono_literals;

namespace {

bool expect(bool good, const char* what) {
  if (!good) std::printf("this does not hold: %s\n", what);
  return good;
}

}  // namespace

// [virtual]
bool check_time() {
  ngo::VirtualClock clock;
  ngo::EventLoop loop(clock);
  const ngo::TimePoint began = clock.now();

  bool good = expect(loop.block_on(price_or_list_price("circus")) == 99, "the partner is too slow for 50 ms");
  good &= expect(clock.now() - began == 50ms, "exactly 50 ms have passed, none of them really");
  // [/virtual]
  good &= expect(loop.block_on(price_or_list_price("opera")) == 14, "the partner answers");
  good &= expect(loop.block_on(fastest_price("opera")) == 14, "the first price wins");
  good &= expect(loop.block_on(fastest_price("circus")) == 16, "the other one is cancelled");
  good &= expect(loop.block_on(total({"a", "bb"})) == 23, "prices add up");
  ngo::Semaphore one(1);
  good &= expect(loop.block_on(price_politely(one, "opera")) == 14 && one.available() == 1,
                 "the permit comes back");
  return good;
}

namespace {

// [host]
// What stands behind a Setup when no application does.
class TestHost final : public ngo::Setup::Host {
 public:
  ngo::Task<void*> module(const ngo::app::Recipe&, std::string, const ngo::Setup&) override {
    throw ngo::Error(ngo::Code::not_found, "this test has no other modules");
  }
  void add_health(std::string, ngo::HealthIndicator indicator, bool) override {
    indicators.push_back(std::move(indicator));
  }
  void add_drain(const ngo::Setup&, std::function<ngo::Task<void>()> on_drain) override {
    drains.push_back(std::move(on_drain));
  }
  void add_background(const ngo::Setup&, ngo::Task<void> work) override {
    background.push_back(std::move(work));
  }
  ngo::Workers* workers() noexcept override { return nullptr; }
  ngo::Metrics& metrics() noexcept override { return counted; }

  ngo::Metrics counted;
  std::vector<ngo::HealthIndicator> indicators;
  std::vector<std::function<ngo::Task<void>()>> drains;
  std::vector<ngo::Task<void>> background;
};
// [/host]

// [module-test]
ngo::Task<bool> seats_come_back() {
  TestHost host;
  ngo::Setup setup(host, "hall", "default");
  HallOptions options;
  options.seats = 5;
  auto hall = co_await Hall::open(options, setup);

  bool good = hall->hold(5).has_value() && !hall->hold(1).has_value();
  auto wait_an_hour = [&](ngo::Scope& scope) -> ngo::Task<void> {
    scope.spawn(std::move(host.background.front()));
    co_await ngo::sleep(1h);
    scope.cancel();
  };
  co_await ngo::Scope::run(wait_an_hour);
  good &= hall->free() == 5;

  co_await host.drains.front()();
  co_return good && !hall->hold(1).has_value();
}

}  // namespace

bool check_module() {
  ngo::VirtualClock clock;
  ngo::EventLoop loop(clock);
  return expect(loop.block_on(seats_come_back()), "seats that nobody pays for can be sold again");
}
// [/module-test]

}  // namespace tour
