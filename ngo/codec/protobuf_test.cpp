#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "ngo/codec/protobuf_reader.hpp"
#include "ngo/codec/protobuf_writer.hpp"

namespace ngo {
namespace {

using namespace std::string_literals;

TEST(ProtobufWriter, WritesTheExamplesOfTheEncodingsDescription) {
  std::string bytes;
  ProtobufWriter out(bytes);
  out.varint(1, 150);
  out.text(2, "testing");
  out.message(3, [&] { out.varint(1, 150); });
  out.zigzag(4, -2);
  EXPECT_EQ(bytes, "\x08\x96\x01\x12\x07testing\x1a\x03\x08\x96\x01\x20\x03"s);
}

TEST(ProtobufWriter, MovesALongMessageUpForItsLength) {
  std::string bytes;
  ProtobufWriter out(bytes);
  const std::string text(200, 'x');
  out.message(1, [&] { out.message(2, [&] { out.text(3, text); }); });
  EXPECT_EQ(bytes, "\x0a\xce\x01\x12\xcb\x01\x1a\xc8\x01"s + text);
}

TEST(ProtobufWriter, WritesAnEntryWithATextAsTheMessagesThatItIsMadeOf) {
  for (const std::size_t size : {0U, 1U, 100U, 123U, 124U, 125U, 126U, 127U, 128U, 20'000U}) {
    const std::string key(size / 2 + 1, 'k');
    const std::string text(size, 'x');
    std::string wanted;
    ProtobufWriter by_parts(wanted);
    by_parts.message(300, [&] {
      by_parts.text(1, key);
      by_parts.message(2, [&] { by_parts.text(1, text); });
    });
    std::string bytes;
    ProtobufWriter(bytes).text_entry(300, key, text);
    EXPECT_EQ(bytes, wanted) << size;
  }
}

TEST(ProtobufWriter, WritesPackedLists) {
  std::string bytes;
  ProtobufWriter out(bytes);
  out.message(4, [&] {
    for (const unsigned each : {3U, 270U, 86942U}) out.packed_varint(each);
  });
  out.message(5, [&] { out.packed_fixed64(1); });
  EXPECT_EQ(bytes, "\x22\x06\x03\x8e\x02\x9e\xa7\x05\x2a\x08\x01\0\0\0\0\0\0\0"s);
}

TEST(ProtobufReader, GivesBackWhatWasWritten) {
  std::string bytes;
  ProtobufWriter out(bytes);
  out.integer(1, -1);
  out.fixed64(2, 0x0102030405060708);
  out.fixed32(3, 7);
  out.number(4, 0.5);
  out.text(5, "");
  out.zigzag(6, std::numeric_limits<std::int64_t>::min());
  ProtobufReader in(bytes);
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.number(), std::numeric_limits<std::uint64_t>::max());
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.number(), 0x0102030405060708U);
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.wire(), ProtobufReader::Wire::fixed32);
  EXPECT_EQ(in.number(), 7U);
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.number(), 0x3fe0000000000000U);
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.field(), 5U);
  EXPECT_EQ(in.bytes(), "");
  ASSERT_TRUE(in.next());
  EXPECT_EQ(in.number(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(in.next());
  EXPECT_FALSE(in.failed());
}

TEST(ProtobufReader, StopsAtWhatIsNoMessage) {
  for (const std::string& bytes :
       {"\x08"s, "\x0a\x05xy"s, "\x09\x01"s, "\x0b"s, "\x00\x01"s,
        "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s, "\xff\xff\xff\xff\xff\xff"s}) {
    ProtobufReader in(bytes);
    EXPECT_FALSE(in.next());
    EXPECT_TRUE(in.failed());
    EXPECT_FALSE(in.next());
  }
}

}  // namespace
}  // namespace ngo
