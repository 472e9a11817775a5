#include "ngo/base/id.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>
#include <thread>

namespace ngo {
namespace {

TEST(Id, RandomBitsDifferBetweenCallsAndThreads) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_bits());
  std::thread([&] {
    for (int i = 0; i < 1000; ++i) seen.insert(random_bits());
  }).join();
  EXPECT_EQ(seen.size(), 2000U);
}

TEST(Id, EveryBitIsSetAboutHalfOfTheTime) {
  std::array<int, 64> set{};
  constexpr int kDraws = 40'000;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t bits = random_bits();
    for (std::size_t bit = 0; bit < 64; ++bit) set[bit] += static_cast<int>(bits >> bit & 1);
  }
  for (const int count : set) EXPECT_NEAR(count, kDraws / 2, 1000);  // ten standard deviations
}

TEST(Id, RandomBelowStaysBelowAndReachesAll) {
  std::array<int, 7> seen{};
  for (int i = 0; i < 7000; ++i) {
    const std::uint64_t number = random_below(7);
    ASSERT_LT(number, 7U);
    ++seen[number];
  }
  for (const int count : seen) EXPECT_NEAR(count, 1000, 300);
  EXPECT_EQ(random_below(1), 0U);
}

TEST(Id, AForkedChildDrawsOtherNumbers) {
  static_cast<void>(random_bits());
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::uint64_t bits = random_bits();
    _exit(write(ends[1], &bits, sizeof(bits)) == ssize_t{sizeof(bits)} ? 0 : 1);
  }
  const std::uint64_t mine = random_bits();
  std::uint64_t theirs = mine;
  EXPECT_EQ(read(ends[0], &theirs, sizeof(theirs)), ssize_t{sizeof(theirs)});
  EXPECT_NE(mine, theirs);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  close(ends[0]);
  close(ends[1]);
}

TEST(Id, TraceAndSpanIdsGoThroughTheirText) {
  const TraceId trace{0x4bf92f3577b34da6, 0xa3ce929d0e0e4736};
  EXPECT_EQ(trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(TraceId::parse(trace.to_string()), trace);
  EXPECT_TRUE(TraceId::generate().valid());
  const SpanId span{0x00f067aa0ba902b7};
  EXPECT_EQ(span.to_string(), "00f067aa0ba902b7");
  EXPECT_EQ(SpanId::parse(span.to_string()), span);
  EXPECT_TRUE(SpanId::generate().valid());
}

TEST(Id, RefusesIdsThatTheStandardRefuses) {
  EXPECT_EQ(TraceId::parse("4BF92F3577B34DA6A3CE929D0E0E4736"), std::nullopt);
  EXPECT_EQ(TraceId::parse("00000000000000000000000000000000"), std::nullopt);
  EXPECT_EQ(TraceId::parse("4bf92f3577b34da6a3ce929d0e0e473"), std::nullopt);
  EXPECT_EQ(TraceId::parse("4bf92f3577b34da6a3ce929d0e0e473g"), std::nullopt);
  EXPECT_EQ(SpanId::parse("0000000000000000"), std::nullopt);
  EXPECT_EQ(SpanId::parse("00f067aa0ba902b"), std::nullopt);
}

TEST(Id, ReadsHexOfEveryByteAtEveryPlace) {
  const std::string good = "0123456789abcdef";
  EXPECT_EQ(read_hex(good), 0x0123456789abcdefU);
  EXPECT_EQ(read_hex("fedcba9876543210"), 0xfedcba9876543210U);
  EXPECT_EQ(read_hex("ffffffffffffffff"), ~std::uint64_t{0});
  EXPECT_FALSE(read_hex(good + "0"));
  EXPECT_FALSE(read_hex(good.substr(1)));
  for (std::size_t place = 0; place < good.size(); ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = "0000000000000000";
      text[place] = static_cast<char>(byte);
      const std::size_t value = good.find(static_cast<char>(byte));
      const auto number = read_hex(text);
      ASSERT_EQ(number.has_value(), value != std::string::npos) << byte << " at " << place;
      if (number) {
        EXPECT_EQ(*number, std::uint64_t{value} << (60 - 4 * place));
      }
    }
  }
}

TEST(Id, UuidsCarryVersionAndVariant) {
  const std::string random = Uuid::random().to_string();
  EXPECT_EQ(random.size(), Uuid::kTextSize);
  EXPECT_EQ(random[14], '4');
  EXPECT_NE(std::string("89ab").find(random[19]), std::string::npos);
  // The example of RFC 9562, appendix A.6.
  const Uuid timed = Uuid::at(SystemTime(std::chrono::milliseconds(0x017F22E279B0)));
  EXPECT_EQ(timed.to_string().substr(0, 15), "017f22e2-79b0-7");
  EXPECT_NE(std::string("89ab").find(timed.to_string()[19]), std::string::npos);
}

TEST(Id, UuidsOfVersionSevenSortByTime) {
  const SystemTime time = std::chrono::system_clock::now();
  EXPECT_LT(Uuid::at(time), Uuid::at(time + std::chrono::milliseconds(1)));
}

TEST(Id, UuidsGoThroughTheirText) {
  const Uuid id = Uuid::random();
  EXPECT_EQ(Uuid::parse(id.to_string()), id);
  EXPECT_EQ(Uuid::parse("01890A5D-AC96-774B-BCCE-B302099A8057"),
            Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057"));
  EXPECT_EQ(Uuid::parse("01890a5dac96774bbcceb302099a8057"), std::nullopt);
  EXPECT_EQ(Uuid::parse("01890a5d-ac96-774b-bcce-b302099a805-"), std::nullopt);
  EXPECT_EQ(Uuid::parse("01890a5d-ac96-774b-bcce-b302099a805g"), std::nullopt);
  Uuid out;
  std::string problem;
  EXPECT_FALSE(TextFormat<Uuid>::read("x", out, problem));
  EXPECT_EQ(problem, R"("x" is not a UUID; expected text such as "01890a5d-ac96-774b-bcce-b302099a8057")");
}

}  // namespace
}  // namespace ngo
