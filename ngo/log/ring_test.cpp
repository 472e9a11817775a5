#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "ngo/log/ring_impl.hpp"
#include "ngo/log/sink.hpp"

namespace ngo::log {
namespace {

class Nowhere final : public Sink {
 public:
  bool write(Level /*level*/, std::string_view /*line*/) noexcept override { return true; }
};

TEST(Ring, GivesLinesBackInOrderOverItsEnd) {
  Nowhere sink;
  Ring ring(1024);
  std::size_t taken = 0;
  for (std::size_t put = 0; put < 500; ++put) {
    ASSERT_TRUE(ring.push(sink, Level::info, put, std::string(put % 97, 'a')));
    if (put % 3 != 2) continue;
    for (; taken <= put; ++taken) {
      const Ring::Record* const record = ring.front();
      ASSERT_NE(record, nullptr);
      EXPECT_EQ(record->time, taken);
      EXPECT_EQ(record->sink, &sink);
      EXPECT_EQ(record->text(), std::string(taken % 97, 'a'));
      ring.pop();
    }
    EXPECT_TRUE(ring.empty());
    EXPECT_EQ(ring.front(), nullptr);
  }
}

TEST(Ring, KeepsAReserveForWarnings) {
  Nowhere sink;
  Ring ring(1024);
  const std::string line(40, 'x');
  int infos = 0;
  while (ring.push(sink, Level::info, 0, line)) ++infos;
  int errors = 0;
  while (ring.push(sink, Level::error, 0, line)) ++errors;
  EXPECT_GT(infos, 8);
  EXPECT_GE(errors, 1);
  EXPECT_FALSE(ring.push(sink, Level::fatal, 0, line));
  ASSERT_NE(ring.front(), nullptr);
  ring.pop();
  EXPECT_FALSE(ring.push(sink, Level::info, 0, line)) << "the reserve must fill up first";
}

TEST(Ring, RefusesALineThatNeverFits) {
  Nowhere sink;
  Ring ring(1024);
  EXPECT_FALSE(ring.push(sink, Level::error, 0, std::string(2000, 'x')));
  EXPECT_TRUE(ring.push(sink, Level::error, 0, "short"));
}

TEST(Ring, LosesNothingBetweenTwoThreads) {
  Nowhere sink;
  Ring ring(4096);
  constexpr std::uint64_t kLines = 200'000;
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < kLines;) {
      const std::string line = std::to_string(i);
      if (ring.push(sink, Level::info, i, line)) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
    ring.abandon();
  });
  std::uint64_t next = 0;
  while (next < kLines) {
    const Ring::Record* const record = ring.front();
    if (record == nullptr) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(record->text(), std::to_string(next));
    ++next;
    ring.pop();
  }
  producer.join();
  EXPECT_TRUE(ring.abandoned());
  EXPECT_TRUE(ring.empty());
}

}  // namespace
}  // namespace ngo::log
