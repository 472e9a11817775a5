#include "ngo/codec/compression.hpp"

#include <gtest/gtest.h>

#include <array>

#include "ngo/base/error.hpp"

namespace ngo {
namespace {

class Compression : public testing::TestWithParam<Coding> {};

std::string text_of(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i)
    text += "line " + std::to_string(i * 2654435761U % 1000) + "\n";
  text.resize(size);
  return text;
}

TEST_P(Compression, BringsBackWhatItTook) {
  for (std::size_t size : {0U, 1U, 100U, 16384U, 16385U, 1'000'000U}) {
    std::string text = text_of(size);
    std::string coded = compress(GetParam(), 3, text);
    if (size > 100) {
      EXPECT_LT(coded.size(), size / 2);
    }
    EXPECT_EQ(decompress(GetParam(), coded, size), text);
  }
}

TEST_P(Compression, MakesTheSameOfTheNextMessage) {
  std::string first = compress(GetParam(), 4, text_of(1000));
  EXPECT_EQ(compress(GetParam(), 4, text_of(1000)), first);
  EXPECT_NE(compress(GetParam(), 9, text_of(50'000)), compress(GetParam(), 1, text_of(50'000)));
}

TEST_P(Compression, CanBeReadUpToEachFlush) {
  Compressor compressor(GetParam(), 3);
  Decompressor decompressor(GetParam());
  std::string piece(4096, '\0');
  for (int i = 0; i < 50; ++i) {
    std::string text = "event " + std::to_string(i);
    std::string coded;
    compressor.write(text, coded);
    compressor.flush(coded);
    std::string_view in = coded;
    std::string got;
    while (std::size_t size = decompressor.read(in, piece)) got.append(piece, 0, size);
    EXPECT_EQ(got, text);
    EXPECT_FALSE(decompressor.ended());
  }
  std::string end;
  compressor.finish(end);
  std::string_view in = end;
  EXPECT_EQ(decompressor.read(in, piece), 0U);
  EXPECT_TRUE(decompressor.ended());
}

TEST_P(Compression, IsReadByteByByteAndIntoLittleRoom) {
  std::string text = text_of(5000);
  std::string coded = compress(GetParam(), 3, text);
  Decompressor decompressor(GetParam());
  std::string got;
  std::array<char, 7> room;
  for (char byte : coded) {
    std::string_view in(&byte, 1);
    while (std::size_t size = decompressor.read(in, room)) got.append(room.data(), size);
    EXPECT_TRUE(in.empty());
  }
  EXPECT_TRUE(decompressor.ended());
  EXPECT_EQ(got, text);
}

TEST_P(Compression, RefusesWhatIsBrokenOrNotAllThere) {
  std::string coded = compress(GetParam(), 3, text_of(5000));
  EXPECT_THROW((void)decompress(GetParam(), coded.substr(0, coded.size() - 1), 10'000), Error);
  EXPECT_THROW((void)decompress(GetParam(), "", 10'000), Error);
  EXPECT_THROW((void)decompress(GetParam(), coded + "x", 10'000), Error);
  EXPECT_THROW((void)decompress(GetParam(), std::string(100, '\xff'), 10'000), Error);
}

TEST_P(Compression, StopsABombAtTheLimit) {
  std::string bomb = compress(GetParam(), 9, std::string(50'000'000, 'a'));
  EXPECT_LT(bomb.size(), 100'000U);
  try {
    (void)decompress(GetParam(), bomb, 1'000'000);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::resource_exhausted);
  }
}

INSTANTIATE_TEST_SUITE_P(Codings, Compression, testing::Values(Coding::gzip, Coding::br, Coding::zstd),
                         [](const auto& each) { return std::string(to_string(each.param)); });

TEST(Coding, IsFoundByItsName) {
  EXPECT_EQ(coding_from_string("GZIP"), Coding::gzip);
  EXPECT_EQ(coding_from_string("x-gzip"), Coding::gzip);
  EXPECT_EQ(coding_from_string("br"), Coding::br);
  EXPECT_EQ(coding_from_string("identity"), Coding::identity);
  EXPECT_EQ(coding_from_string("deflate"), std::nullopt);
  EXPECT_EQ(coding_from_string(""), std::nullopt);
}

}  // namespace
}  // namespace ngo
