#include "ngo/app/ops/threads.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace ngo::app {
namespace {

TEST(Threads, AreAllListedWithTheirNames) {
  std::atomic<bool> named{false};
  std::atomic<bool> stop{false};
  std::thread other([&] {
    pthread_setname_np(pthread_self(), "the (other) one");
    named = true;
    while (!stop) std::this_thread::yield();
  });
  while (!named) std::this_thread::yield();
  const std::vector<ThreadState> threads = all_threads();
  stop = true;
  other.join();
  ASSERT_EQ(std::count_if(threads.begin(), threads.end(),
                          [](const ThreadState& each) { return each.name == "the (other) one"; }),
            1);
  for (const ThreadState& each : threads) {
    if (each.name != "the (other) one") continue;
    ASSERT_TRUE(each.stack);
    EXPECT_GT(each.stack->size(), 0U);
  }
}

TEST(Threads, FramesAreTakenApart) {
  struct Case {
    const char* line;
    const char* scope;
    const char* function;
    const char* file;
  };
  for (const Case& each : {
           Case{"shop::Store::find(int)+0x1f (shop)", "shop::Store", "find(int)", "shop"},
           Case{"main+0x10 (shop)", "", "main", "shop"},
           Case{"0x7f12 (libc.so.6+0x12)", "", "0x7f12", "libc.so.6+0x12"},
           Case{"std::vector<a::b>::push_back(a::b const&)+0x1 (x)", "std::vector<a::b>",
                "push_back(a::b const&)", "x"},
           Case{"(anonymous namespace)::run(std::string)+0x2 (y)", "(anonymous namespace)",
                "run(std::string)", "y"},
           Case{"", "", "", ""},
       }) {
    const Frame frame = parse_frame(each.line);
    EXPECT_EQ(frame.scope, each.scope) << each.line;
    EXPECT_EQ(frame.function, each.function) << each.line;
    EXPECT_EQ(frame.file, each.file) << each.line;
  }
}

}  // namespace
}  // namespace ngo::app
