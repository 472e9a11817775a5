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
}

TEST(FrameScanner, CountsUpdatesOfWindowsApart) {
  FrameScanner scanner(0);
  EXPECT_EQ(scanner.scan(frame(kWindowUpdate, 0, 0, number(1)) + frame(kPing, 0, 0, "12345678") +
                         frame(kWindowUpdate, 0, 1, number(512))),
            Verdict::right);
  EXPECT_EQ(scanner.take_idle(), 1U);
  EXPECT_EQ(scanner.take_updates(), 2U);
  EXPECT_EQ(scanner.take_updates(), 0U);
}

// A client on a slow machine: a hundred answers of 50,000 bytes have been sent before it reads the first, and
// its updates, two for every 4 KiB as Go's client sends them, come all at once.
TEST(Patience, ExpectsUpdatesForWhatWasSentHoweverLateTheyCome) {
  const TimePoint start{};
  Patience patience(1000, 100, start);
  for (int i = 0; i < 400; ++i) patience.sent(12'500);
  EXPECT_TRUE(patience.spend_updates(2 * 100 * 50'000 / 4096, start));
  EXPECT_TRUE(patience.spend(1000, start));  // nothing of the rest was used for it
}

TEST(Patience, TakesOtherUpdatesForWhatMovesNothing) {
  const TimePoint start{};
  Patience patience(10, 100, start);
  patience.sent(1024);
  EXPECT_TRUE(patience.spend_updates(6, start));
  EXPECT_TRUE(patience.spend_updates(10, start));
  EXPECT_FALSE(patience.spend_updates(1, start));
  EXPECT_FALSE(patience.spend(1, start));
  patience.sent(0);  // an empty piece
  EXPECT_TRUE(patience.spend_updates(2, start));
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

}  // namespace
}  // namespace ngo::http::http2
