#include "ngo/app/jobs.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "ngo/base/error.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;

struct Total {
  int lines = 0;
};

// Starts a job that waits an hour of virtual time, and tells `look` its id while it waits and again after.
void with_long_job(Jobs& jobs, const std::function<Task<void>(std::string id)>& look) {
  VirtualClock clock;
  EventLoop loop(clock);
  auto run = [&]() -> Task<void> {
    auto work = [](Progress& progress) -> Task<Total> {
      progress.set(0.5, "half of it");
      co_await sleep(1h);
      co_return Total{7};
    };
    const StartedJob started = jobs.start("import", work);
    EXPECT_EQ(started.location, "/jobs/" + started.status.id);
    co_await look(started.status.id);
  };
  loop.block_on(run());
}

TEST(Jobs, TellHowFarTheyAreAndKeepTheirResult) {
  Jobs jobs{JobsOptions()};
  with_long_job(jobs, [&](std::string id) -> Task<void> {
    const std::optional<JobStatus> before = jobs.find(id);
    EXPECT_EQ(
        json::to_string(*before),
        R"({"id":")" + id + R"(","name":"import","state":"running","progress":0.5,"message":"half of it"})");
    EXPECT_EQ(jobs.running(), 1U);
    co_await sleep(2h);
    const std::optional<JobStatus> after = jobs.find(id);
    EXPECT_EQ(after->state, JobState::done);
    EXPECT_EQ(json::to_string(*after->result), R"({"lines":7})");
    EXPECT_EQ(jobs.running(), 0U);
  });
}

TEST(Jobs, AreCancelledAndThenForgotten) {
  Jobs jobs{JobsOptions()};
  with_long_job(jobs, [&](std::string id) -> Task<void> {
    EXPECT_TRUE(jobs.cancel(id));
    co_await sleep(1s);
    EXPECT_EQ(jobs.find(id)->state, JobState::cancelled);
    EXPECT_TRUE(jobs.cancel(id));
    EXPECT_FALSE(jobs.find(id));
    EXPECT_FALSE(jobs.cancel(id));
  });
}

TEST(Jobs, AreRefusedOverTheLimitAndWhenTheServiceStops) {
  JobsOptions options;
  options.max_running = 1;
  Jobs jobs(options);
  with_long_job(jobs, [&](std::string id) -> Task<void> {
    auto nothing = [](Progress&) -> Task<void> { co_return; };
    EXPECT_THROW(static_cast<void>(jobs.start("second", nothing)), Error);
    jobs.cancel(id);
    co_await sleep(1s);
    EXPECT_EQ(jobs.start("second", nothing).status.state, JobState::done);
    jobs.close_entrance();
    EXPECT_THROW(static_cast<void>(jobs.start("third", nothing)), Error);
  });
}

TEST(Jobs, KeepSecretWhatWentWrongInside) {
  Jobs jobs{JobsOptions()};
  with_long_job(jobs, [&](std::string id) -> Task<void> {
    auto outside = [](Progress&) -> Task<void> {
      throw Error(Code::invalid_argument, "line 3 is no number");
      co_return;
    };
    auto inside = [](Progress&) -> Task<void> {
      throw std::runtime_error("the password is x");
      co_return;
    };
    const JobStatus told = jobs.start("outside", outside).status;
    EXPECT_EQ(told.state, JobState::failed);
    EXPECT_EQ(told.error, "line 3 is no number");
    EXPECT_EQ(jobs.start("inside", inside).status.error->find("password"), std::string::npos);
    jobs.cancel(id);
    co_await sleep(1s);
  });
}

}  // namespace
}  // namespace ngo
