#include "ngo/app/guards.hpp"

#include <gtest/gtest.h>

#include "ngo/base/error.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/resilience/circuit_breaker.hpp"
#include "ngo/resilience/concurrency_limit.hpp"
#include "ngo/resilience/deadline_budget.hpp"
#include "ngo/resilience/hedge.hpp"
#include "ngo/resilience/retry.hpp"
#include "ngo/resilience/retry_budget.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo {
namespace {

JsonValue object(std::string_view text) { return json::parse<JsonValue>(text); }

template <class F>
void on_loop(F f) {
  EventLoop loop;
  auto body = [](F& what) -> Task<void> {
    what();
    co_return;
  };
  loop.block_on(body(f));
}

TEST(Guard, ABreakerIsForcedAndLetGo) {
  on_loop([] {
    CircuitBreaker breaker({.resource = "billing"});
    const Guard guard("billing", breaker);
    EXPECT_EQ(guard.kind(), "breaker");
    EXPECT_EQ(guard.describe().at("state").as_string(), "closed");
    guard.set_state("open");
    EXPECT_FALSE(breaker.try_enter());
    EXPECT_EQ(guard.describe().at("state").as_string(), "forced_open");
    EXPECT_EQ(guard.describe().at("refused").as_int64(), 1);
    guard.set_state("closed");
    EXPECT_EQ(guard.describe().at("state").as_string(), "forced_closed");
    guard.set_state("auto");
    EXPECT_EQ(guard.describe().at("state").as_string(), "closed");
    EXPECT_THROW(guard.set_state("ajar"), Error);
  });
}

TEST(Guard, OptionsThatAreNotNamedStayAsTheyAre) {
  on_loop([] {
    CircuitBreaker breaker({.resource = "billing", .min_request_amount = 7});
    Guard("billing", breaker).set_options(object(R"({"threshold": 0.25, "retryTimeoutMs": 50})"));
    const BreakerRule rule = breaker.state().rule;
    EXPECT_EQ(rule.threshold, 0.25);
    EXPECT_EQ(rule.retry_timeout_ms, 50U);
    EXPECT_EQ(rule.min_request_amount, 7U);
    EXPECT_EQ(rule.resource, "billing");
  });
}

TEST(Guard, EachPartTakesItsOptionsAndTellsThem) {
  on_loop([] {
    RetryBudget budget;
    Retry retry;
    Hedge hedge;
    ConcurrencyLimit limit("billing");
    DeadlineBudget time;
    struct {
      Guard guard;
      const char* kind;
      const char* options;
      const char* key;
      const char* value;
    } const cases[] = {
        {{"b", budget}, "retryBudget", R"({"ratio": 0.5})", "ratio", "0.5"},
        {{"r", retry}, "retry", R"({"maxAttempts": 5})", "maxAttempts", "5"},
        {{"h", hedge}, "hedge", R"({"delay": "20ms"})", "delay", R"("20ms")"},
        {{"l", limit}, "limit", R"({"limit": 9})", "limit", "9"},
        {{"t", time}, "deadlineBudget", R"({"share": 0.5})", "share", "0.5"},
    };
    for (const auto& each : cases) {
      EXPECT_EQ(each.guard.kind(), each.kind);
      each.guard.set_options(object(each.options));
      const JsonValue told = each.guard.describe();
      EXPECT_EQ(json::to_string(told.at("options").at(each.key)), each.value) << each.kind;
      EXPECT_EQ(told.at("name").as_string(), each.guard.name);
      EXPECT_THROW(each.guard.set_options(object(R"({"nonsense": 1})")), Error) << each.kind;
      EXPECT_THROW(each.guard.set_options(object("[1]")), Error) << each.kind;
      EXPECT_THROW(each.guard.set_state("open"), Error) << each.kind;
    }
  });
}

TEST(Guard, WhatIsWrongChangesNothing) {
  on_loop([] {
    ConcurrencyLimit limit("billing", {.limit = 10});
    EXPECT_THROW(Guard("billing", limit).set_options(object(R"({"minLimit": 3, "limit": 0})")), Error);
    EXPECT_EQ(limit.state().options.min_limit, 5U);
    EXPECT_EQ(limit.state().limit, 10U);
  });
}

}  // namespace
}  // namespace ngo
