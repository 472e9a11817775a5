#include "ngo/log/limited.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ngo/log/sink.hpp"

namespace ngo::log {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(LogLimited, OnceIsOnceForEachPlace) {
  Capture captured;
  for (int i = 0; i < 5; ++i) once().warn("here {}", i);
  once().warn("there");
  ASSERT_EQ(captured.lines().size(), 2U);
  EXPECT_THAT(captured.text(), HasSubstr("here 0"));
  EXPECT_THAT(captured.text(), HasSubstr("there"));
}

TEST(LogLimited, CountsWhatWasHeldBack) {
  Capture captured;
  const auto say = [](std::chrono::nanoseconds period) { every(period).info("too often"); };
  say(1h);
  say(1h);
  say(1h);
  ASSERT_EQ(captured.lines().size(), 1U);
  EXPECT_THAT(captured.text(), Not(HasSubstr("suppressed")));
}

TEST(LogLimited, SaysHowManyWereHeldBack) {
  Capture captured;
  // The first period is over at once; the counted ones lie between.
  for (const auto period : {0ns, 0ns}) every(period).info("often");
  EXPECT_EQ(captured.lines().size(), 2U);
  const auto here = std::source_location::current();
  EXPECT_EQ(detail::take_turn(here, 0ns), 0U);
  EXPECT_EQ(detail::take_turn(here, 1h), 0U);
  EXPECT_EQ(detail::take_turn(here, 1h), std::nullopt);
  EXPECT_EQ(detail::take_turn(here, 1h), std::nullopt);
}

TEST(LogLimited, ALineThatIsOffTakesNoTurn) {
  Capture captured;
  for (const Level level : {Level::debug, Level::info}) once().at(level, "one place");
  ASSERT_EQ(captured.lines().size(), 1U);
}

}  // namespace
}  // namespace ngo::log
