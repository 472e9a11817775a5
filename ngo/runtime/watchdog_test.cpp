#include "ngo/runtime/watchdog.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "ngo/runtime/wait.hpp"
#include "ngo/runtime/workers.hpp"

namespace {

using namespace std::chrono_literals;
using ngo::EventLoop;
using ngo::Task;
using ngo::Watchdog;
using ngo::Workers;
using ::testing::Contains;
using ::testing::HasSubstr;

// Reports as they come; a test waits for the number that it expects. Only those of one name: on a busy
// machine anything may be held up.
class Reports {
 public:
  explicit Reports(std::string work) : work_(std::move(work)) {}
  Watchdog::OnReport sink() {
    return [this](const Watchdog::Report& report) {
      if (report.work == nullptr || report.work != work_) return;
      std::lock_guard lock(mutex_);
      all_.push_back(report);
      changed_.notify_all();
    };
  }
  std::vector<Watchdog::Report> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return all_.size() >= count; });
    return all_;
  }
  std::vector<Watchdog::Report> all() {
    std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  std::string work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Watchdog::Report> all_;
};

class Gate {
 public:
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  [[gnu::noinline]] void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return open_; });
    open_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

Watchdog::Options quick() {
  Watchdog::Options options;
  options.limit = 20ms;
  options.report_every = 0ms;
  options.stack_limit = 20s;
  return options;
}

Task<void> hold_the_worker(Gate& gate, const char* name) {
  EventLoop::current().name_work(name);
  gate.wait();  // blocks the thread, which a handler must not do
  co_return;
}

template <class F>
Task<void> on(EventLoop& loop, F function) {
  co_await ngo::run_on(loop, std::move(function));
}

TEST(Watchdog, ReportsWhoHoldsAWorkerWithTheStackOfTheFirstTime) {
  Workers workers(2);
  Reports reports("GET /slow");
  Gate gate;
  Gate done;
  Watchdog watchdog(workers, quick(), reports.sink());
  for (int round = 0; round < 2; ++round) {
    workers.loop(1).post([&] {
      workers.loop(1).name_work("GET /slow");
      gate.wait();
      done.open();
    });
    const auto so_far = static_cast<std::size_t>(round) * 2;
    reports.wait_for(so_far + 1);
    gate.open();
    done.wait();
    reports.wait_for(so_far + 2);
  }
  const std::vector<Watchdog::Report> all = reports.all();
  ASSERT_EQ(all.size(), 4U);
  for (const Watchdog::Report& report : all) {
    EXPECT_EQ(report.worker, 1U);
    EXPECT_STREQ(report.work, "GET /slow");
    EXPECT_GE(report.held_for, 20ms);
  }
  EXPECT_FALSE(all[0].ended);
  EXPECT_TRUE(all[1].ended);
  EXPECT_GE(all[1].held_for, all[0].held_for);
  EXPECT_FALSE(all[2].ended);
  EXPECT_TRUE(all[3].ended);
  EXPECT_THAT(all[0].stack, Contains(HasSubstr("Gate::wait()")));
  EXPECT_TRUE(all[1].stack.empty());
  EXPECT_TRUE(all[2].stack.empty());
  EXPECT_GE(watchdog.counts(1).blocked, 2U);
  EXPECT_GE(watchdog.counts(1).total, 40ms);
}

TEST(Watchdog, NamesACoroutineThatWasResumedByItsContext) {
  Workers workers(1);
  Reports reports("job nightly");
  Gate gate;
  Watchdog watchdog(workers, quick(), reports.sink());
  EventLoop here;
  std::thread opener([&] {
    reports.wait_for(1);
    gate.open();
  });
  here.block_on(on(workers.loop(0), [&]() -> Task<void> {
    ngo::Context::current().set_work("job nightly");
    EventLoop::current().name_work("something else, until the next wait");
    co_await ngo::yield();
    gate.wait();
  }));
  opener.join();
  EXPECT_STREQ(reports.wait_for(1)[0].work, "job nightly");
}

TEST(Watchdog, NamesTheBodyOfACoroutineInTheStack) {
  Workers workers(1);
  Reports reports("GET /a");
  Gate gate;
  Watchdog watchdog(workers, quick(), reports.sink());
  EventLoop here;
  std::thread opener([&] {
    reports.wait_for(1);
    gate.open();
  });
  here.block_on(on(workers.loop(0), [&] { return hold_the_worker(gate, "GET /a"); }));
  opener.join();
  EXPECT_THAT(reports.wait_for(1)[0].stack, Contains(HasSubstr("hold_the_worker")));
}

TEST(Watchdog, ReportsTheSameWorkOnceInAWhileAndCountsTheRest) {
  Workers workers(1);
  Reports reports("GET /slow");
  Gate gate;
  Gate done;
  Watchdog::Options options = quick();
  options.report_every = std::chrono::hours(1);
  Watchdog watchdog(workers, options, reports.sink());
  Gate begun;
  for (int round = 1; round <= 3; ++round) {
    std::uint64_t before = 0;
    workers.loop(0).post([&] {
      workers.loop(0).name_work("GET /slow");
      before = watchdog.counts(0).blocked;
      begun.open();
      gate.wait();
      done.open();
    });
    begun.wait();
    while (watchdog.counts(0).blocked == before) std::this_thread::yield();
    gate.open();
    done.wait();
    if (round == 1) reports.wait_for(2);
  }
  EXPECT_EQ(reports.all().size(), 2U);
}

TEST(Watchdog, WatchesALoopThatIsNoWorker) {
  EventLoop loop;
  Reports reports("main's own");
  Gate gate;
  Watchdog watchdog({{&loop, gettid()}}, quick(), reports.sink());
  std::thread opener([&] {
    reports.wait_for(1);
    gate.open();
  });
  loop.block_on(hold_the_worker(gate, "main's own"));
  opener.join();
  EXPECT_STREQ(reports.all()[0].work, "main's own");
}

}  // namespace
