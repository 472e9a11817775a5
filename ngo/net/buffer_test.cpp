#include "ngo/net/buffer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ngo::net {
namespace {

TEST(Buffer, GivesBackWhatWasPutIn) {
  Buffer buffer;
  EXPECT_TRUE(buffer.empty());
  buffer.append("hello ");
  buffer.append("world");
  EXPECT_EQ(buffer.view(), "hello world");
  buffer.consume(6);
  EXPECT_EQ(buffer.view(), "world");
}

TEST(Buffer, KeepsItsContentWhenItGrowsAndWhenItMoves) {
  Buffer buffer;
  std::string expected;
  std::size_t taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string piece = std::to_string(i) + ",";
    buffer.append(piece);
    expected += piece;
    if (i % 3 == 0) {
      buffer.consume(4);
      taken += 4;
    }
  }
  EXPECT_EQ(buffer.view(), std::string_view(expected).substr(taken));
  Buffer moved = std::move(buffer);
  EXPECT_EQ(moved.view(), std::string_view(expected).substr(taken));
}

TEST(Buffer, RoomIsAtLeastWhatWasAskedFor) {
  Buffer buffer;
  EXPECT_GE(buffer.room(1).size(), 1U);
  EXPECT_GE(buffer.room(100'000).size(), 100'000U);
  buffer.append(std::string(100'000, 'x'));
  EXPECT_GE(buffer.room(5).size(), 5U);
  EXPECT_EQ(buffer.size(), 100'000U);
}

TEST(Buffer, TheLastChunkGivenBackIsTheNextOneTaken) {
  Buffer first;
  const char* memory = first.room(1).data();
  first.release();
  Buffer second;
  EXPECT_EQ(second.room(1).data(), memory);
}

}  // namespace
}  // namespace ngo::net
