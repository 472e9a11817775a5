#include "ngo/base/stack_trace.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

namespace {

using ngo::StackTrace;
using ::testing::Contains;
using ::testing::HasSubstr;

// Local to this file, so it is in no dynamic symbol table.
[[gnu::noinline]] StackTrace capture_in_a_local_function() {
  StackTrace trace = StackTrace::capture();
  asm volatile("" ::: "memory");  // no tail call
  return trace;
}

TEST(StackTrace, NamesFunctionsThatAreLocalToTheirFile) {
  const std::vector<std::string> lines = capture_in_a_local_function().describe();
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines[0], HasSubstr("capture_in_a_local_function()+0x"));
  EXPECT_THAT(lines, Contains(HasSubstr("NamesFunctionsThatAreLocalToTheirFile")));
  EXPECT_THAT(lines, Contains(HasSubstr("main+0x")));
}

TEST(StackTrace, NamesFunctionsOfSharedObjects) {
  StackTrace trace;
  qsort_r(
      std::array<int, 2>{2, 1}.data(), 2, sizeof(int),
      [](const void*, const void*, void* to) {
        *static_cast<StackTrace*>(to) = StackTrace::capture();
        return 0;
      },
      &trace);
  EXPECT_THAT(trace.describe(), Contains(::testing::AllOf(HasSubstr("qsort_r+0x"), HasSubstr("(libc.so"))));
}

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
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

[[gnu::noinline]] void stand_still_here(Gate& gate) {
  gate.wait();
  asm volatile("" ::: "memory");
}

TEST(StackTrace, ShowsWhereAnotherThreadStands) {
  Gate begun;
  Gate end;
  int id = 0;
  std::thread other([&] {
    id = gettid();
    begun.open();
    stand_still_here(end);
  });
  begun.wait();
  // It may still be on its way into the function.
  std::vector<std::string> lines;
  for (bool there = false; !there;) {
    std::optional<StackTrace> trace = StackTrace::capture_thread(id, std::chrono::seconds(20));
    ASSERT_TRUE(trace);
    lines = trace->describe();
    for (const std::string& line : lines) there |= line.find("stand_still_here") != std::string::npos;
  }
  end.open();
  other.join();
  EXPECT_THAT(lines, Contains(HasSubstr("Gate::wait()")));
}

TEST(StackTrace, GivesNothingForAThreadThatDoesNotExist) {
  int id = 0;
  std::thread([&] { id = gettid(); }).join();
  EXPECT_FALSE(StackTrace::capture_thread(id, std::chrono::seconds(1)));
}

}  // namespace
