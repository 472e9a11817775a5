#include "ngo/base/byte_size.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "ngo/base/error.hpp"

namespace ngo {
namespace {

TEST(ByteSize, ReadsEveryUnitWithTheFactor1024) {
  const std::pair<const char*, std::uint64_t> rows[] = {
      {"0", 0},
      {"10", 10},
      {"10b", 10},
      {"512B", 512},
      {"1kb", 1024},
      {"1KB", 1024},
      {"1KiB", 1024},
      {"1k", 1024},
      {"5 MB", 5U << 20},
      {"10MB", 10U << 20},
      {"64KiB", 65536},
      {"1gb", 1U << 30},
      {"2TiB", 2ULL << 40},
      {"1.5MiB", 3U << 19},
      {"0.5k", 512},
      {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
  };
  for (const auto& [text, expected] : rows) EXPECT_EQ(parse_byte_size(text).bytes(), expected) << text;
}

TEST(ByteSize, RefusesWhatIsNone) {
  for (const char* text :
       {"", "KB", "-1", "+1", "1 parsec", "1kbb", "1ib", "1.KB", ".5KB", "1e3", "5  MBx", " 5", "5 MB ",
        "1.5", "0.3KB", "18446744073709551616", "16777216TiB", "99999999999999999999999999999999999TB"}) {
    ByteSize out;
    std::string problem;
    EXPECT_FALSE(parse_byte_size(text, out, problem)) << text;
    EXPECT_FALSE(problem.empty());
    EXPECT_THROW((void)parse_byte_size(text), Error);
  }
}

TEST(ByteSize, IsWrittenInTheLargestUnitThatDividesIt) {
  EXPECT_EQ(format_byte_size(0), "0B");
  EXPECT_EQ(format_byte_size(1000), "1000B");
  EXPECT_EQ(format_byte_size(ByteSize::kib(64)), "64KiB");
  EXPECT_EQ(format_byte_size(ByteSize::kib(1536)), "1536KiB");
  EXPECT_EQ(format_byte_size(ByteSize::gib(3)), "3GiB");
  EXPECT_EQ(format_byte_size(ByteSize::gib(5 * 1024 * 1024)), "5120TiB");
}

}  // namespace
}  // namespace ngo
