#include "ngo/log/levels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "ngo/log/options.hpp"
#include "ngo/log/registry_impl.hpp"
#include "ngo/log/sink.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo::log {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class LogLevels : public testing::Test {
 protected:
  ~LogLevels() override {
    while (!watched().empty()) Registry::tick();
    configure({});
  }
  Capture captured_;
};

TEST_F(LogLevels, AreLentForATime) {
  Logger& logger = get("levels");
  logger.set_level(Level::warn);
  set_level_for(logger, Level::debug, 1h);
  EXPECT_TRUE(logger.enabled(Level::debug));
  EXPECT_GT(level_left(logger).value_or(0ms), 59min);
  set_level_for(logger, Level::trace, 0ms);
  Registry::tick();
  EXPECT_EQ(logger.level(), Level::warn);
  EXPECT_FALSE(logger.enabled(Level::debug));
  EXPECT_FALSE(level_left(logger));
}

TEST_F(LogLevels, SettingOneEndsTheLoan) {
  Logger& logger = get("levels");
  set_level_for(logger, Level::debug, 0ms);
  logger.set_level(Level::error);
  Registry::tick();
  EXPECT_EQ(logger.level(), Level::error);
}

TEST_F(LogLevels, ARouteIsWatchedAndNoOther) {
  watch_route("/articles/{id}", Level::debug, 1h);
  Context watched_one;
  watched_one.set_work("/articles/{id}");
  Context other;
  other.set_work("/articles");
  {
    const CurrentContext current(watched_one);
    debug("of the watched route");
  }
  {
    const CurrentContext current(other);
    debug("of another route");
    info("as ever");
  }
  debug("of no route");
  EXPECT_THAT(captured_.text(), HasSubstr("of the watched route"));
  EXPECT_THAT(captured_.text(), HasSubstr("as ever"));
  EXPECT_THAT(captured_.text(), Not(HasSubstr("of another route")));
  EXPECT_THAT(captured_.text(), Not(HasSubstr("of no route")));
  watch_route("/articles/{id}", Level::debug, 0ms);
}

TEST_F(LogLevels, ATraceIsWatchedUntilItsTimeIsOver) {
  const TraceId id = TraceId::generate();
  Context context;
  context.set_trace({id, {}});
  const CurrentContext current(context);
  watch_trace(id, Level::debug, 1h);
  ASSERT_EQ(watched().size(), 1U);
  EXPECT_EQ(watched()[0].trace, id.to_string());
  debug("while watched");
  watch_trace(id, Level::debug, 0ms);
  Registry::tick();
  debug("afterwards");
  EXPECT_THAT(captured_.text(), HasSubstr("while watched"));
  EXPECT_THAT(captured_.text(), Not(HasSubstr("afterwards")));
  EXPECT_FALSE(default_logger.enabled(Level::debug));
}

TEST_F(LogLevels, APackageIsAFolderAndOnlyRaisesTheLevel) {
  Options options;
  options.package_level = {{"ngo/log", Level::error}, {"shop", Level::debug}};
  configure(std::vector<Options>{options});
  info("too low for its folder");
  error("high enough");
  debug("below the level of the logger");
  EXPECT_THAT(captured_.text(), Not(HasSubstr("too low")));
  EXPECT_THAT(captured_.text(), HasSubstr("high enough"));
  EXPECT_THAT(captured_.text(), Not(HasSubstr("below the level")));
}

}  // namespace
}  // namespace ngo::log
