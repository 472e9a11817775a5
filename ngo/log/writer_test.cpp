#include "ngo/log/writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ngo/log/log.hpp"

namespace ngo::log {
namespace {

class Kept final : public Sink {
 public:
  bool write(Level /*level*/, std::string_view line) noexcept override {
    while (held.load()) std::this_thread::yield();
    const std::lock_guard lock(mutex);
    threads.push_back(std::this_thread::get_id());
    lines.emplace_back(line);
    return true;
  }
  void flush() noexcept override { ++flushes; }

  std::atomic<bool> held{false};
  std::atomic<int> flushes{0};
  std::mutex mutex;
  std::vector<std::thread::id> threads;
  std::vector<std::string> lines;
};

TEST(LogWriter, WritesHereAndNowWhileItDoesNotRun) {
  auto kept = std::make_shared<Kept>();
  queued(kept)->write(Level::info, "a\n");
  ASSERT_EQ(kept->lines.size(), 1U);
  EXPECT_EQ(kept->threads[0], std::this_thread::get_id());
  EXPECT_EQ(kept->flushes, 1);
}

TEST(LogWriter, WritesInItsOwnThreadAndInOrder) {
  auto kept = std::make_shared<Kept>();
  start_writer();
  const auto sink = queued(kept);
  for (int i = 0; i < 1000; ++i) sink->write(Level::info, std::to_string(i) + "\n");
  ASSERT_TRUE(flush());
  ASSERT_EQ(kept->lines.size(), 1000U);
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(kept->lines[static_cast<std::size_t>(i)], std::to_string(i) + "\n");
  EXPECT_NE(kept->threads[0], std::this_thread::get_id());
  EXPECT_GT(kept->flushes, 0);
  stop_writer();
}

TEST(LogWriter, LinesOfAThreadThatHasEndedAreWritten) {
  auto kept = std::make_shared<Kept>();
  start_writer();
  const auto sink = queued(kept);
  std::thread([&] { sink->write(Level::info, "last words\n"); }).join();
  stop_writer();
  EXPECT_EQ(kept->lines, std::vector<std::string>{"last words\n"});
}

TEST(LogWriter, NobodyWaitsForASinkThatDoesNotKeepUp) {
  auto kept = std::make_shared<Kept>();
  start_writer();
  const auto sink = queued(kept);
  kept->held = true;
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) refused += sink->write(Level::info, std::string(99, 'x') + "\n") ? 0 : 1;
  EXPECT_GT(refused, 0);
  EXPECT_TRUE(sink->write(Level::error, "the reserve is for this\n"));
  EXPECT_FALSE(flush(std::chrono::milliseconds(1)));
  kept->held = false;
  ASSERT_TRUE(flush());
  EXPECT_EQ(kept->lines.size(), 20'001U - static_cast<std::size_t>(refused));
  EXPECT_EQ(kept->lines.back(), "the reserve is for this\n");
  stop_writer();
}

}  // namespace
}  // namespace ngo::log
