#include "ngo/http/client/events.hpp"

#include <gtest/gtest.h>

#include "ngo/base/error.hpp"

namespace ngo::http {
namespace {

using namespace std::string_view_literals;

std::string read(EventParser& parser) {
  std::string text;
  while (auto event = parser.next())
    text.append("[")
        .append(event->event)
        .append("|")
        .append(event->id)
        .append("|")
        .append(event->data)
        .append("]");
  return text;
}

// Whole, and byte by byte.
std::string events_of(std::string_view bytes) {
  EventParser whole;
  whole.give(bytes);
  std::string text = read(whole);
  EventParser by_bytes;
  std::string again;
  for (const char byte : bytes) {
    by_bytes.give({&byte, 1});
    again += read(by_bytes);
  }
  EXPECT_EQ(again, text) << bytes;
  return text;
}

TEST(EventParser, ReadsEvents) {
  EXPECT_EQ(events_of("data: a\n\ndata: b\n\n"), "[||a][||b]");
  EXPECT_EQ(events_of("event: tick\nid: 7\ndata: a\ndata: b\n\ndata:c\n\n"), "[tick|7|a\nb][|7|c]");
  EXPECT_EQ(events_of(":comment\n\ndata\n\n"), "[||]");
  EXPECT_EQ(events_of("data:  two blanks\n\n"), "[|| two blanks]");
  EXPECT_EQ(events_of("event: x\n\ndata: a\n\n"), "[||a]");
  EXPECT_EQ(events_of("data: half"), "");
  EXPECT_EQ(events_of("data: half\n"), "");
  EXPECT_EQ(events_of("unknown: x\ndata: a\n\n"), "[||a]");
}

TEST(EventParser, KnowsAllLineEnds) {
  EXPECT_EQ(events_of("data: a\r\n\r\ndata: b\r\rdata: c\n\nx"), "[||a][||b][||c]");
  EXPECT_EQ(events_of("data: a\rdata: b\n\n"), "[||a\nb]");
}

TEST(EventParser, PassesOverAByteOrderMark) {
  EXPECT_EQ(events_of("\xef\xbb\xbf"
                      "data: a\n\n"),
            "[||a]");
}

TEST(EventParser, KeepsTheLastIdAndTheWait) {
  EventParser parser;
  parser.give("id: 1\nretry: 250\ndata: a\n\nid: b\0c\n\nretry: x\n"sv);
  EXPECT_EQ(read(parser), "[|1|a]");
  parser.reset();
  EXPECT_EQ(parser.last_id(), "1");
  EXPECT_EQ(parser.retry(), std::chrono::milliseconds(250));
}

TEST(EventParser, RefusesEndlessEvents) {
  EventParser parser(100);
  parser.give(std::string(200, 'x'));
  EXPECT_THROW((void)parser.next(), Error);
  EventParser lines(100);
  const auto endless = [&lines] {
    for (int i = 0; i < 100; ++i) {
      lines.give("data: 0123456789\n");
      (void)lines.next();
    }
  };
  EXPECT_THROW(endless(), Error);
}

}  // namespace
}  // namespace ngo::http
