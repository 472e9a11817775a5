#include "ngo/app/jobs.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;

struct Count {
  int lines = 0;
};

JobsOptions small() {
  JobsOptions options;
  options.max_running = 2;
  options.max_kept = 2;
  return options;
}

// Lets what was posted and what is ready run.
Task<void> turns() {
  for (int i = 0; i < 5; ++i) co_await yield();
}

JobStatus status_of(Jobs& jobs, const std::string& id) {
  std::optional<JobStatus> status = jobs.find(id);
  if (status) return *status;
  JobStatus missing;
  missing.message = "missing";
  return missing;
}

class JobsTest : public testing::Test {
 protected:
  template <class F>
  void run(F body) {
    loop.block_on(body());
  }
  EventLoop loop;
  Jobs jobs{small()};
};

TEST_F(JobsTest, TellHowFarTheyAreAndWhatCameOfThem) {
  run([this]() -> Task<void> {
    Event go_on;
    auto work = [&go_on](JobProgress& progress) -> Task<Count> {
      progress.report(0.5, "half of it");
      co_await go_on.wait();
      Count count;
      count.lines = 7;
      co_return count;
    };
    StartedJob started = jobs.start("import", work);
    EXPECT_EQ(started.status.state, JobState::running);
    EXPECT_EQ(started.status.kind, "import");
    JobStatus status = status_of(jobs, started.status.id);
    EXPECT_EQ(status.progress, 0.5);
    EXPECT_EQ(status.message, "half of it");
    EXPECT_TRUE(status.result.is_null());
    go_on.set();
    co_await turns();
    status = status_of(jobs, started.status.id);
    EXPECT_EQ(status.state, JobState::done);
    EXPECT_EQ(status.progress, 1);
    EXPECT_EQ(json::to_string(status.result), R"({"lines":7})");
    EXPECT_EQ(jobs.running(), 0U);
  });
}

TEST_F(JobsTest, BringProgressIntoItsRange) {
  run([this]() -> Task<void> {
    std::vector<double> seen;
    for (double fraction : {-1.0, 2.0, std::numeric_limits<double>::quiet_NaN(), 0.25}) {
      auto work = [fraction](JobProgress& progress) -> Task<void> {
        progress.report(fraction);
        throw Error(Code::invalid_argument, "stop here");
        co_return;
      };
      StartedJob started = jobs.start("x", work);
      seen.push_back(started.status.progress);
    }
    EXPECT_EQ(seen, (std::vector<double>{0, 1, 0, 0.25}));
    co_return;
  });
}

TEST_F(JobsTest, KeepTheInnardsOfFailuresToThemselves) {
  run([this]() -> Task<void> {
    auto for_clients = [](JobProgress&) -> Task<void> {
      throw Error(Code::invalid_argument, "line 3 has no title");
      co_return;
    };
    auto secret = [](JobProgress&) -> Task<void> {
      throw std::runtime_error("password wrong for db7");
      co_return;
    };
    StartedJob first = jobs.start("import", for_clients);
    StartedJob second = jobs.start("import", secret);
    EXPECT_EQ(first.status.state, JobState::failed);
    EXPECT_EQ(first.status.error, "line 3 has no title");
    EXPECT_EQ(second.status.state, JobState::failed);
    EXPECT_EQ(second.status.error, "internal");
    co_return;
  });
}

TEST_F(JobsTest, AreCancelledOneByOne) {
  run([this]() -> Task<void> {
    auto work = [](JobProgress&) -> Task<void> { co_await sleep(1h); };
    StartedJob one = jobs.start("sleep", work);
    StartedJob other = jobs.start("sleep", work);
    EXPECT_TRUE(jobs.cancel(one.status.id));
    co_await turns();
    EXPECT_EQ(status_of(jobs, one.status.id).state, JobState::cancelled);
    EXPECT_EQ(status_of(jobs, other.status.id).state, JobState::running);
    EXPECT_TRUE(jobs.cancel(one.status.id));
    EXPECT_FALSE(jobs.forget(other.status.id));
    EXPECT_TRUE(jobs.forget(one.status.id));
    EXPECT_FALSE(jobs.forget(one.status.id));
    EXPECT_EQ(status_of(jobs, one.status.id).message, "missing");
    EXPECT_FALSE(jobs.cancel(one.status.id));
    EXPECT_TRUE(jobs.cancel(other.status.id));
    co_await turns();
    EXPECT_EQ(jobs.running(), 0U);
  });
}

TEST_F(JobsTest, AreBoundedInNumberRunningAndKept) {
  run([this]() -> Task<void> {
    Event go_on;
    auto work = [&go_on](JobProgress&) -> Task<void> { co_await go_on.wait(); };
    std::vector<std::string> ids;
    for (int i = 0; i < 2; ++i) ids.push_back(jobs.start("wait", work).status.id);
    EXPECT_THROW((void)jobs.start("wait", work), Error);
    go_on.set();
    co_await turns();
    EXPECT_EQ(status_of(jobs, ids[0]).state, JobState::done);
    ids.push_back(jobs.start("wait", work).status.id);
    EXPECT_EQ(status_of(jobs, ids[2]).state, JobState::done);
    EXPECT_EQ(status_of(jobs, ids[0]).message, "missing");
    EXPECT_EQ(status_of(jobs, ids[1]).state, JobState::done);
  });
}

TEST_F(JobsTest, AreForgottenAfterTheirTime) {
  JobsOptions options = small();
  options.keep_for = 1ms;
  Jobs brief(options);
  run([&brief]() -> Task<void> {
    auto work = [](JobProgress&) -> Task<void> { co_return; };
    StartedJob started = brief.start("x", work);
    while (brief.find(started.status.id)) co_await yield();
  });
}

TEST_F(JobsTest, DoNotEndWithTheContextThatStartedThem) {
  run([this]() -> Task<void> {
    Event go_on;
    std::string id;
    {
      Context request;
      CurrentContext inside(request);
      id = jobs.start("wait", [&go_on](JobProgress&) -> Task<void> { co_await go_on.wait(); }).status.id;
      request.cancel();
    }
    EXPECT_EQ(status_of(jobs, id).state, JobState::running);
    go_on.set();
    co_await turns();
    EXPECT_EQ(status_of(jobs, id).state, JobState::done);
  });
}

}  // namespace
}  // namespace ngo
