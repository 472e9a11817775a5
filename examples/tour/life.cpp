#include "life.hpp"

#include <atomic>
#include <chrono>
#include <string>

#include <ngo/log/log.hpp>
#include <ngo/runtime/wait.hpp>

#include "runtime.hpp"

namespace tour {

using namespace std::chrono_literals;

namespace {

// Set where the program finds its own state broken beyond repair.
std::atomic<bool> beyond_repair{false};

// [hook]
ngo::Task<void> warm_up() {
  int price = co_await price_of("opera");
  ngo::log::info("warm: the opera costs {}", price);
}
// [/hook]

ngo::Task<void> say_good_bye() {
  ngo::log::info("nothing is in flight any more");
  co_return;
}

// [indicator]
ngo::Task<ngo::Health> partner_health() {
  int price = co_await price_at_partner("opera");  // what it throws is the reason of being down
  if (price > 1000) co_return ngo::Health::down("the partner asks for " + std::to_string(price));
  co_return ngo::Health::up().with("price", std::to_string(price));
}
// [/indicator]

}  // namespace

void add_life(ngo::App& app) {
  // [hooks]
  app.pre_start(warm_up, 5s);  // a failure, or more than 5 s, stops the start
  app.after_stop(say_good_bye);
  // [/hooks]

  // [health]
  app.health("partner", partner_health);
  app.liveness([] { return !beyond_repair; });
  // [/health]
}

}  // namespace tour
