#include "ngo/app/health.hpp"

#include <gtest/gtest.h>

#include <map>

#include "ngo/app/health_routes.hpp"
#include "ngo/base/error.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;

class HealthTest : public testing::Test {
 public:
  // Runs the checks for that long.
  void run_for(Duration time) {
    auto run = [this]() -> Task<void> {
      co_await registry_.run(
          [this](std::string_view component, HealthStatus status, std::string_view reason) {
            changes_.push_back(std::string(component) + " " + std::string(to_string(status)) + " " +
                               std::string(reason));
          });
    };
    try {
      auto limited = [&]() -> Task<void> { co_await with_timeout(time, run()); };
      loop_.block_on(limited());
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::deadline_exceeded);
    }
  }
  HealthRegistry::Component component(std::string_view name) {
    for (auto& each : registry_.components()) {
      if (each.name == name) return each;
    }
    ADD_FAILURE() << "no component " << name;
    return {};
  }

  VirtualClock clock_;
  EventLoop loop_{clock_};
  HealthRegistry registry_{HealthOptions(), clock_};
  std::vector<std::string> changes_;
};

TEST_F(HealthTest, AComponentGoesDownAfterTwoFailuresAndUpAfterOneSuccess) {
  int checks = 0;
  registry_.add("db", [&checks]() -> Task<Health> {
    ++checks;
    if (checks == 2 || checks == 4 || checks == 5) throw Error(Code::unavailable, "refused");
    co_return Health::up().with("version", "7");
  });
  run_for(65s);
  EXPECT_GE(checks, 6);
  // The single failure (2) changes nothing; two in a row (4, 5) do, and one success (6) ends it.
  EXPECT_EQ(changes_, (std::vector<std::string>{"db UP ", "db DOWN refused", "db UP "}));
  EXPECT_EQ(component("db").health.details[0].second, "7");
}

TEST_F(HealthTest, ACheckThatHangsIsDownByItsTimeout) {
  registry_.add("slow", []() -> Task<Health> {
    co_await sleep(1h);
    co_return Health::up();
  });
  run_for(15s);
  EXPECT_EQ(component("slow").health.status, HealthStatus::down);
  EXPECT_EQ(component("slow").health.reason, "no answer within 1000 ms");
}

TEST_F(HealthTest, AResultThatIsTooOldIsUnknown) {
  registry_.add("db", []() -> Task<Health> { co_return Health::up(); });
  run_for(5s);
  EXPECT_EQ(component("db").health.status, HealthStatus::up);
  clock_.advance(1h);
  EXPECT_EQ(component("db").health.status, HealthStatus::unknown);
}

TEST_F(HealthTest, OnlyReadinessIndicatorsTakeTheServiceOut) {
  registry_.add("cache", []() -> Task<Health> { co_return Health::down("gone"); });
  bool good = false;
  registry_.add(
      "schema", [&good]() -> Task<Health> { co_return good ? Health::up() : Health::down("migrating"); },
      true);
  registry_.set_online(true);
  run_for(25s);
  EXPECT_FALSE(registry_.ready());
  EXPECT_EQ(registry_.status(), HealthStatus::down);
  good = true;
  run_for(25s);
  EXPECT_TRUE(registry_.ready());
  registry_.set_online(false);
  EXPECT_FALSE(registry_.ready());
}

TEST_F(HealthTest, TheUsersWordDecidesOnLiveness) {
  EXPECT_TRUE(registry_.alive());
  registry_.set_liveness([] { return false; });
  EXPECT_FALSE(registry_.alive());
}

}  // namespace
}  // namespace ngo
