#include "ngo/resilience/circuit_breaker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "ngo/config/bind.hpp"
#include "ngo/config/yaml.hpp"
#include "ngo/resilience/retry_after.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/runtime/workers.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::BreakerChange;
using ngo::BreakerPhase;
using ngo::BreakerRule;
using ngo::BreakerState;
using ngo::BreakerStrategy;
using ngo::CircuitBreaker;
using ngo::Code;
using ngo::Error;
using ngo::EventLoop;
using ngo::Task;
using testing::HasSubstr;

BreakerRule rule_of(BreakerStrategy strategy, double threshold) {
  BreakerRule rule;
  rule.resource = "billing";
  rule.strategy = strategy;
  rule.threshold = threshold;
  rule.min_request_amount = 4;
  rule.stat_interval_ms = 10'000;
  rule.retry_timeout_ms = 1000;
  rule.max_allowed_rt_ms = 100;
  return rule;
}

struct CircuitBreakerTest : testing::Test {
  ngo::VirtualClock clock;
  EventLoop loop{clock};

  void wait(ngo::Duration time) {
    auto sleeps = [](ngo::Duration its) -> Task<void> { co_await ngo::sleep(its); };
    loop.block_on(sleeps(time));
  }
  void succeed(CircuitBreaker& breaker, int times = 1) {
    for (int i = 0; i < times; ++i) breaker.try_enter().succeeded();
  }
  void fail(CircuitBreaker& breaker, int times = 1) {
    for (int i = 0; i < times; ++i) breaker.try_enter().failed();
  }
  static BreakerPhase phase(const CircuitBreaker& breaker) { return breaker.state().phase; }
};

TEST_F(CircuitBreakerTest, OpensWhenTheRatioOfErrorsReachesTheThreshold) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_ratio, 0.5));
  succeed(breaker, 3);
  fail(breaker, 2);
  EXPECT_EQ(phase(breaker), BreakerPhase::closed);
  EXPECT_EQ(breaker.state().window.marked, 2U);
  fail(breaker);
  EXPECT_EQ(phase(breaker), BreakerPhase::open);
  EXPECT_FALSE(breaker.try_enter());
  EXPECT_EQ(breaker.state().refused, 1U);
  EXPECT_EQ(breaker.state().opened, 1U);
}

TEST_F(CircuitBreakerTest, StaysClosedBelowTheLeastNumberOfCallsAndOpensWithThatCallWhicheverItIs) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_ratio, 0.5));
  fail(breaker, 3);
  EXPECT_EQ(phase(breaker), BreakerPhase::closed);
  succeed(breaker);
  EXPECT_EQ(phase(breaker), BreakerPhase::open);
}

TEST_F(CircuitBreakerTest, OpensByTheNumberOfErrors) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_count, 3));
  succeed(breaker, 100);
  fail(breaker, 2);
  EXPECT_EQ(phase(breaker), BreakerPhase::closed);
  fail(breaker);
  EXPECT_EQ(phase(breaker), BreakerPhase::open);
}

TEST_F(CircuitBreakerTest, OpensByTheRatioOfSlowCallsWhateverTheyEndedWith) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::slow_request_ratio, 0.5));
  fail(breaker, 10);
  EXPECT_EQ(phase(breaker), BreakerPhase::closed) << "errors do not count";
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(phase(breaker), BreakerPhase::closed);
    CircuitBreaker::Pass pass = breaker.try_enter();
    wait(101ms);
    pass.succeeded();
  }
  EXPECT_EQ(phase(breaker), BreakerPhase::open);
}

TEST_F(CircuitBreakerTest, DoesNotTakeAsSlowWhatTakesJustTheTimeAllowed) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::slow_request_ratio, 0.1));
  for (int i = 0; i < 5; ++i) {
    CircuitBreaker::Pass pass = breaker.try_enter();
    wait(100ms);
    pass.succeeded();
  }
  EXPECT_EQ(breaker.state().window.marked, 0U);
}

TEST_F(CircuitBreakerTest, ForgetsErrorsThatAreOlderThanTheInterval) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_ratio, 0.5));
  fail(breaker, 3);
  wait(11s);
  succeed(breaker, 2);
  fail(breaker);
  EXPECT_EQ(phase(breaker), BreakerPhase::closed);
}

TEST_F(CircuitBreakerTest, LetsOneProbePassAfterTheTimeoutAndClosesWhenItIsGood) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_ratio, 0.5));
  fail(breaker, 4);
  wait(999ms);
  EXPECT_FALSE(breaker.try_enter());
  wait(1ms);
  CircuitBreaker::Pass probe = breaker.try_enter();
  EXPECT_TRUE(probe);
  EXPECT_EQ(phase(breaker), BreakerPhase::half_open);
  EXPECT_FALSE(breaker.try_enter()) << "one probe at a time";
  probe.succeeded();
  EXPECT_EQ(phase(breaker), BreakerPhase::closed);
  EXPECT_EQ(breaker.state().window.total, 0U) << "what was before is forgotten";
}

TEST_F(CircuitBreakerTest, OpensAgainWhenTheProbeIsBad) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_ratio, 0.5));
  fail(breaker, 4);
  wait(1s);
  fail(breaker);
  EXPECT_EQ(phase(breaker), BreakerPhase::open);
  EXPECT_EQ(breaker.state().until_probe, 1s);
  EXPECT_EQ(breaker.state().opened, 2U);
}

TEST_F(CircuitBreakerTest, WantsAsManyGoodProbesAsTheRuleSays) {
  BreakerRule rule = rule_of(BreakerStrategy::error_ratio, 0.5);
  rule.probe_num = 3;
  CircuitBreaker breaker(rule);
  fail(breaker, 4);
  wait(1s);
  CircuitBreaker::Pass first = breaker.try_enter();
  CircuitBreaker::Pass second = breaker.try_enter();
  CircuitBreaker::Pass third = breaker.try_enter();
  EXPECT_TRUE(third);
  EXPECT_FALSE(breaker.try_enter());
  first.succeeded();
  second.succeeded();
  EXPECT_EQ(phase(breaker), BreakerPhase::half_open);
  third.succeeded();
  EXPECT_EQ(phase(breaker), BreakerPhase::closed);
}

TEST_F(CircuitBreakerTest, GivesTheProbeToTheNextWhenOneCameToNothing) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_ratio, 0.5));
  fail(breaker, 4);
  wait(1s);
  {
    CircuitBreaker::Pass unused = breaker.try_enter();
  }
  breaker.try_enter().ended_with(Code::cancelled);
  EXPECT_EQ(phase(breaker), BreakerPhase::half_open);
  succeed(breaker);
  EXPECT_EQ(phase(breaker), BreakerPhase::closed);
}

TEST_F(CircuitBreakerTest, TakesNoCallFromBeforeAChangeForAProbe) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_ratio, 0.5));
  CircuitBreaker::Pass early = breaker.try_enter();
  CircuitBreaker::Pass also_early = breaker.try_enter();
  fail(breaker, 4);
  also_early.failed();
  wait(1s);
  CircuitBreaker::Pass probe = breaker.try_enter();
  early.succeeded();
  EXPECT_EQ(phase(breaker), BreakerPhase::half_open);
}

TEST_F(CircuitBreakerTest, CountsOnlyWhatSpeaksAgainstTheOtherSide) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_count, 1));
  for (Code code :
       {Code::invalid_argument, Code::not_found, Code::permission_denied, Code::aborted, Code::cancelled}) {
    breaker.try_enter().ended_with(code);
  }
  EXPECT_EQ(breaker.state().window.total, 4U) << "cancelled counts as nothing";
  EXPECT_EQ(phase(breaker), BreakerPhase::closed);
  breaker.try_enter().ended_with(Code::deadline_exceeded);
  EXPECT_EQ(phase(breaker), BreakerPhase::open);
}

TEST_F(CircuitBreakerTest, RunsCallsAndRefusesThemWithAHint) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_ratio, 0.5));
  auto all = [](CircuitBreaker& its) -> Task<void> {
    auto good = []() -> Task<std::string> { co_return "a bill"; };
    auto nothing = []() -> Task<void> { co_return; };
    auto bad = []() -> Task<void> {
      co_await ngo::yield();
      throw std::runtime_error("broken");
    };
    const std::string bill = co_await its.run(good);
    EXPECT_EQ(bill, "a bill");
    co_await its.run(nothing);
    for (int i = 0; i < 2; ++i) {
      try {
        co_await its.run(bad);
      } catch (const std::runtime_error&) {
      }
    }
    try {
      co_await its.run(good);
      ADD_FAILURE() << "it is open";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::unavailable);
      EXPECT_EQ(error.message(), "circuit breaker \"billing\" is open");
      EXPECT_EQ(ngo::retry_after(error), 1s);
    }
  };
  loop.block_on(all(breaker));
}

TEST_F(CircuitBreakerTest, TellsItsListenersOfEachChange) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_ratio, 0.5));
  std::vector<std::string> log;
  breaker.on_change([&](const BreakerChange& change) {
    log.push_back(std::string(change.resource) + " " + std::string(to_string(change.to)) + " " +
                  std::to_string(change.value).substr(0, 4));
    static_cast<void>(breaker.state());  // may be asked meanwhile
  });
  succeed(breaker);
  fail(breaker, 3);
  wait(1s);
  succeed(breaker);
  breaker.force_open();
  EXPECT_THAT(log, testing::ElementsAre("billing open 0.75", "billing half_open 0.00", "billing closed 0.00",
                                        "billing forced_open 0.00"));
}

TEST_F(CircuitBreakerTest, ObeysTheHandUntilItIsReset) {
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_ratio, 0.5));
  breaker.force_open();
  wait(1h);
  EXPECT_FALSE(breaker.try_enter());
  breaker.force_closed();
  fail(breaker, 100);
  EXPECT_TRUE(breaker.try_enter());
  breaker.reset();
  EXPECT_EQ(phase(breaker), BreakerPhase::closed);
  fail(breaker, 4);
  EXPECT_EQ(phase(breaker), BreakerPhase::open);
}

TEST_F(CircuitBreakerTest, KeepsWhatItCountedWhenANewRuleCountsInTheSameWay) {
  BreakerRule rule = rule_of(BreakerStrategy::error_ratio, 0.5);
  CircuitBreaker breaker(rule);
  fail(breaker, 3);
  rule.min_request_amount = 2;
  breaker.set_rule(rule);
  EXPECT_EQ(breaker.state().window.total, 3U);
  fail(breaker);
  EXPECT_EQ(phase(breaker), BreakerPhase::open);
  breaker.set_rule(rule);
  EXPECT_EQ(phase(breaker), BreakerPhase::open) << "the same rule changes nothing";
  rule.strategy = BreakerStrategy::error_count;
  rule.threshold = 10;
  breaker.set_rule(rule);
  EXPECT_EQ(phase(breaker), BreakerPhase::closed);
  EXPECT_EQ(breaker.state().window.total, 0U);
  EXPECT_EQ(breaker.state().rule, rule);
}

TEST_F(CircuitBreakerTest, RefusesRulesThatMakeNoSenseAndListsAllThatIsWrong) {
  BreakerRule rule = rule_of(BreakerStrategy::error_ratio, 1.5);
  EXPECT_EQ(rule.validate(), "the threshold of ErrorRatio is a ratio, from 0 to 1");
  EXPECT_THROW(CircuitBreaker{rule}, Error);
  rule.retry_timeout_ms = 0;
  rule.stat_interval_ms = 0;
  try {
    CircuitBreaker breaker(rule);
    ADD_FAILURE() << "the rule makes no sense";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::invalid_argument);
    EXPECT_THAT(error.message(), HasSubstr("circuit breaker \"billing\""));
    EXPECT_THAT(error.message(), HasSubstr("/retryTimeoutMs"));
    EXPECT_THAT(error.message(), HasSubstr("/statIntervalMs"));
  }
  CircuitBreaker breaker(rule_of(BreakerStrategy::error_ratio, 0.5));
  BreakerRule of_another = rule_of(BreakerStrategy::error_ratio, 0.5);
  of_another.resource = "shipping";
  EXPECT_THROW(breaker.set_rule(of_another), Error);
  EXPECT_EQ(breaker.state().rule.resource, "billing");
}

struct SentinelSection {
  std::vector<BreakerRule> circuit_breaker_rules;
};

TEST(BreakerRule, IsReadFromTheConfigurationsOfTheOriginal) {
  ngo::config::Report report;
  ngo::config::Node node = ngo::config::parse_yaml(
      "circuitBreakerRules:\n"
      "  - { resource: a, strategy: 1, retryTimeoutMs: 5, minRequestAmount: 6, statIntervalMs: 7,\n"
      "      statSlidingWindowBucketCount: 8, maxAllowedRtMs: 9, threshold: 0.25, probeNum: 10 }\n"
      "  - { resource: b, strategy: ErrorCount, threshold: 25 }\n",
      "a.yaml", report);
  SentinelSection section;
  EXPECT_TRUE(ngo::config::bind(section, node, "sentinel", report)) << report.to_string();
  ASSERT_EQ(section.circuit_breaker_rules.size(), 2U);
  const BreakerRule& first = section.circuit_breaker_rules[0];
  const BreakerRule expected{"a", BreakerStrategy::error_ratio, 5, 6, 7, 8, 9, 0.25, 10};
  EXPECT_EQ(first, expected);
  EXPECT_EQ(section.circuit_breaker_rules[1].strategy, BreakerStrategy::error_count);
}

TEST(BreakerRule, ReportsEachMistakeOfAConfigurationAtItsPlace) {
  ngo::config::Report report;
  ngo::config::Node node = ngo::config::parse_yaml(
      "circuitBreakerRules:\n  - { resource: a, strategy: 3, statIntervalMs: 0 }\n"
      "  - { resource: b, strategy: 1, threshold: 1.5 }\n",
      "a.yaml", report);
  SentinelSection section;
  EXPECT_FALSE(ngo::config::bind(section, node, "sentinel", report));
  EXPECT_THAT(report.to_string(), HasSubstr("strategy"));
  EXPECT_THAT(report.to_string(), HasSubstr("statIntervalMs"));
  EXPECT_THAT(report.to_string(), HasSubstr("the threshold of ErrorRatio is a ratio, from 0 to 1"));
}

// What threads may do to each other; the thread sanitizer watches.
TEST(CircuitBreakerThreads, ServeTwoWorkersWhileRulesAndPhasesChange) {
  BreakerRule rule = rule_of(BreakerStrategy::error_ratio, 0.5);
  rule.retry_timeout_ms = 1;
  rule.stat_interval_ms = 10;
  CircuitBreaker breaker(rule);
  std::atomic<int> changes{0};
  breaker.on_change([&](const BreakerChange&) { ++changes; });
  ngo::Workers workers(2);
  EventLoop loop;
  auto calls = [](CircuitBreaker& its, bool good) -> Task<void> {
    for (int i = 0; i < 3000; ++i) {
      CircuitBreaker::Pass pass = its.try_enter();
      if (i % 3 == 0) co_await ngo::yield();
      if (i % 7 == 0) continue;
      if (good) {
        pass.succeeded();
      } else {
        pass.failed();
      }
    }
  };
  auto all = [](CircuitBreaker& its, BreakerRule changed, ngo::Workers& on, auto& work) -> Task<void> {
    auto good = [&]() -> Task<void> { return work(its, true); };
    auto bad = [&]() -> Task<void> { return work(its, false); };
    auto run_there = [](EventLoop& where, auto& what) -> Task<void> { co_await ngo::run_on(where, what); };
    auto turns = [](CircuitBreaker& of, BreakerRule to) -> Task<void> {
      for (unsigned i = 1; i < 100; ++i) {
        to.stat_interval_ms = 10 + i % 3;
        of.set_rule(to);
        if (i % 10 == 0) of.force_open();
        if (i % 10 == 5) of.reset();
        co_await ngo::yield();
      }
      of.reset();
    };
    co_await ngo::when_all(run_there(on.loop(0), good), run_there(on.loop(1), bad), turns(its, changed));
  };
  loop.block_on(all(breaker, rule, workers, calls));
  auto ends = [](CircuitBreaker& its) -> Task<void> {
    its.reset();
    its.try_enter().succeeded();
    EXPECT_EQ(its.state().phase, BreakerPhase::closed);
    co_return;
  };
  loop.block_on(ends(breaker));
  EXPECT_GT(changes, 0);
}

}  // namespace
