#include "ngo/runtime/ask_loops.hpp"

#include <gtest/gtest.h>

#include <semaphore>
#include <stdexcept>
#include <thread>

#include "ngo/runtime/workers.hpp"

namespace ngo {
namespace {

using namespace std::chrono_literals;

Task<void> asks_all(Workers& workers) {
  std::vector<EventLoop*> loops{&workers.loop(0), &EventLoop::current(), &workers.loop(1)};
  std::function<EventLoop*(std::size_t)> ask = [](std::size_t i) {
    if (i == 2) throw std::runtime_error("I do not know");
    return &EventLoop::current();
  };
  const auto answers = co_await ask_loops(loops, ask);
  EXPECT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers.at(0), loops[0]);
  EXPECT_EQ(answers.at(1), loops[1]);
  EXPECT_FALSE(answers.at(2));
}

TEST(AskLoops, GathersWhatEachLoopSaysOnItsOwnThread) {
  Workers workers(2);
  EventLoop here;
  here.block_on(asks_all(workers));
}

Task<void> asks_one_that_is_held(Workers& workers, std::binary_semaphore& held, std::binary_semaphore& free) {
  workers.loop(0).post([&] {
    held.release();
    free.acquire();
  });
  held.acquire();
  std::function<int(std::size_t)> ask = [](std::size_t i) { return static_cast<int>(i); };
  const std::vector<EventLoop*> loops{&workers.loop(0), &workers.loop(1)};
  const auto answers = co_await ask_loops(loops, ask, 0s);
  EXPECT_FALSE(answers.at(0));
  free.release();
}

TEST(AskLoops, LeavesOutALoopThatIsHeld) {
  std::binary_semaphore held{0};  // longer than the workers, one of which may still be leaving acquire()
  std::binary_semaphore free{0};
  Workers workers(2);
  EventLoop here;
  here.block_on(asks_one_that_is_held(workers, held, free));
}

}  // namespace
}  // namespace ngo
