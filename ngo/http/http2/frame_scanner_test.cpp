#include <gtest/gtest.h>

#include <string>

#include "ngo/http/http2/frame_scanner_impl.hpp"
#include "ngo/http/http2/patience_impl.hpp"

namespace ngo::http::http2 {
namespace {

using Verdict = FrameScanner::Verdict;

constexpr char kData = 0x0;
constexpr char kHeaders = 0x1;
constexpr char kPriority = 0x2;
constexpr char kReset = 0x3;
constexpr char kPing = 0x6;
constexpr char kWindowUpdate = 0x8;
constexpr char kEnd = 0x1;

std::string number(std::uint32_t value) {
  return {static_cast<char>(value >> 24U), static_cast<char>(value >> 16U), static_cast<char>(value >> 8U),
          static_cast<char>(value)};
}

std::string frame(char type, char flags, std::uint32_t stream, std::string_view payload = {}) {
  return number(static_cast<std::uint32_t>(payload.size())).substr(1) + type + flags + number(stream) +
         std::string(payload);
}

Verdict judge(const std::string& bytes, std::size_t piece = 1000) {
  FrameScanner scanner(0);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const Verdict verdict = scanner.scan(std::string_view(bytes).substr(at, piece));
    if (verdict != Verdict::right) return verdict;
  }
  return Verdict::right;
}

TEST(FrameScanner, LetsARequestWithItsBodyAndTrailersPass) {
  const std::string frames = frame(kHeaders, 0, 1, "h") + frame(kData, 0, 1, "body") + frame(kData, 0, 1) +
                             frame(kHeaders, kEnd, 1, "t") + frame(kHeaders, kEnd, 3, "h");
  for (std::size_t piece = 1; piece < 20; ++piece) EXPECT_EQ(judge(frames, piece), Verdict::right);
}

TEST(FrameScanner, SkipsThePreface) {
  FrameScanner scanner(24);
  EXPECT_EQ(scanner.scan("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(kWindowUpdate, 0, 0, number(0))),
            Verdict::protocol_error);
}

TEST(FrameScanner, FindsWhatComesOnAStreamThatTheClientHasEnded) {
  const std::string ended = frame(kHeaders, kEnd, 1, "h");
  const std::string reset = frame(kHeaders, 0, 1, "h") + frame(kReset, 0, 1, number(8));
  for (const std::string& before : {ended, reset}) {
    EXPECT_EQ(judge(before + frame(kData, 0, 1, "x")), Verdict::stream_closed);
    EXPECT_EQ(judge(before + frame(kHeaders, kEnd, 1, "x")), Verdict::stream_closed);
    EXPECT_EQ(judge(before + frame(kReset, 0, 1, number(8))), Verdict::right);
    EXPECT_EQ(judge(before + frame(kWindowUpdate, 0, 1, number(8))), Verdict::right);
  }
}

TEST(FrameScanner, TellsAStreamThatWasNeverOpenedFromOneThatIsClosed) {
  EXPECT_EQ(judge(frame(kHeaders, kEnd, 5, "h") + frame(kHeaders, kEnd, 3, "h")), Verdict::protocol_error);
  EXPECT_EQ(judge(frame(kHeaders, kEnd, 3, "h") + frame(kHeaders, kEnd, 5, "h") + frame(kData, 0, 3, "h")),
            Verdict::stream_closed);
}

TEST(FrameScanner, RefusesAWindowUpdateByNothingInAnyPieces) {
  for (std::size_t piece = 1; piece < 14; ++piece) {
    EXPECT_EQ(judge(frame(kWindowUpdate, 0, 1, number(0)), piece), Verdict::protocol_error);
    EXPECT_EQ(judge(frame(kWindowUpdate, 0, 1, number(1)), piece), Verdict::right);
  }
}

TEST(FrameScanner, RefusesAPriorityOfNoStreamOrOnItself) {
  EXPECT_EQ(judge(frame(kPriority, 0, 0, number(1) + "w")), Verdict::protocol_error);
  EXPECT_EQ(judge(frame(kPriority, 0, 3, number(0x80000003U) + "w")), Verdict::protocol_error);
  EXPECT_EQ(judge(frame(kPriority, 0, 3, number(1) + "w")), Verdict::right);
}

TEST(FrameScanner, CountsWhatMovesNothing) {
  FrameScanner scanner(0);
  EXPECT_EQ(scanner.scan(frame(kPing, 0, 0, "12345678") + frame(kHeaders, 0, 1, "h") + frame(kData, 0, 1) +
                         frame(kData, 0, 1, "x") + frame(kData, kEnd, 1) + frame('\x2a', 0, 0, "unknown")),
            Verdict::right);
  EXPECT_EQ(scanner.take_idle(), 3U);
  EXPECT_EQ(scanner.take_useful(), 2U);
  EXPECT_EQ(scanner.take_idle(), 0U);
  EXPECT_EQ(scanner.scan(frame(kWindowUpdate, 0, 0, number(1)) + frame(kWindowUpdate, 0, 1, number(1))),
            Verdict::right);
  EXPECT_EQ(scanner.take_updates(), 2U);
  EXPECT_EQ(scanner.take_idle(), 0U);
}

TEST(Patience, RefillsByTimeAndByWhatIsUseful) {
  const TimePoint start{};
  Patience patience(10, 100, start);
  EXPECT_TRUE(patience.spend(10, start));
  EXPECT_FALSE(patience.spend(1, start));
  EXPECT_TRUE(patience.spend(5, start + std::chrono::milliseconds(50)));
  EXPECT_FALSE(patience.spend(1, start + std::chrono::milliseconds(50)));
  patience.earn(3);
  EXPECT_TRUE(patience.spend(3, start + std::chrono::milliseconds(50)));
  EXPECT_TRUE(patience.spend(10, start + std::chrono::hours(1)));
  EXPECT_FALSE(patience.spend(11, start + std::chrono::hours(2)));
}

// What Go's client sends for a hundred answers and an echo, at the worst moments: nothing of it until all has
// left, and everything before the clock moves.
TEST(Patience, IsNotLostToAClientWhoseWindowUpdatesAllComeAtOnce) {
  constexpr std::size_t kFrame = 16'384;
  constexpr std::size_t kGoOpensEvery = 4096;
  const TimePoint start{};
  Patience patience(1000, 100, start);
  const auto answer = [&patience](std::size_t bytes) {
    patience.sent(0);
    for (; bytes > kFrame; bytes -= kFrame) patience.sent(kFrame);
    patience.sent(bytes);
  };
  FrameScanner scanner(0);
  std::string sent = frame('\x4', 0, 0) + frame('\x4', 1, 0) + frame(kWindowUpdate, 0, 0, number(1U << 30U));
  std::string updates;
  const auto read_by_go = [&updates](std::uint32_t stream, std::size_t bytes) {
    for (std::size_t at = 0; at < bytes; at += kGoOpensEvery)
      updates += frame(kWindowUpdate, 0, stream, number(kGoOpensEvery)) +
                 frame(kWindowUpdate, 0, 0, number(kGoOpensEvery));
  };
  for (std::uint32_t stream = 1; stream < 201; stream += 2) {
    sent += frame(kHeaders, kEnd, stream, "h");
    answer(50'000);
    read_by_go(stream, 50'000);
  }
  sent += frame(kHeaders, 0, 201, "h");
  answer(1'000'000);
  read_by_go(201, 1'000'000);
  ASSERT_EQ(scanner.scan(sent + updates), Verdict::right);
  EXPECT_TRUE(patience.spend(scanner.take_idle(), start));
  EXPECT_TRUE(patience.spend_updates(scanner.take_updates(), start));
}

TEST(Patience, IsLostToAFloodOfWindowUpdatesWhateverWasSentBefore) {
  const TimePoint start{};
  Patience patience(10, 100, start);
  patience.sent(5120);
  EXPECT_FALSE(patience.spend(11, start));  // an update that is owed pays for nothing else
  EXPECT_TRUE(patience.spend_updates(12, start));
  EXPECT_TRUE(patience.spend_updates(10, start));
  EXPECT_FALSE(patience.spend_updates(1, start));
}

}  // namespace
}  // namespace ngo::http::http2
