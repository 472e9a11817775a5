#include "ngo/http/events.hpp"

#include <gtest/gtest.h>

#include "ngo/base/error.hpp"
#include "ngo/http/event_hub.hpp"

namespace ngo {
namespace {

std::string written(const ServerEvent& event) {
  std::string text;
  append_event(text, event);
  return text;
}

TEST(ServerEvent, IsWrittenWithALineForEachField) {
  ServerEvent event("data", "kind", "7");
  event.retry = std::chrono::seconds(2);
  EXPECT_EQ(written(event), "event: kind\nid: 7\nretry: 2000\ndata: data\n\n");
}

TEST(ServerEvent, KeepsTheLinesOfItsData) {
  EXPECT_EQ(written(ServerEvent("")), "data: \n\n");
  EXPECT_EQ(written(ServerEvent("a\nb\r\nc\rd")), "data: a\ndata: b\ndata: c\ndata: d\n\n");
  EXPECT_EQ(written(ServerEvent("a\n")), "data: a\ndata: \n\n");
}

TEST(ServerEvent, HasNoLineBreakInIdAndType) {
  for (std::string text : {std::string("a\nb"), std::string("a\rb"), std::string("a\0b", 3)}) {
    EXPECT_THROW((void)written(ServerEvent("", text)), Error);
    EXPECT_THROW((void)written(ServerEvent("", "", text)), Error);
  }
}

TEST(EventHub, RefusesATypeWithLineBreaks) {
  EventHub hub;
  EXPECT_THROW(hub.publish(ServerEvent("", "a\nb")), Error);
}

}  // namespace
}  // namespace ngo
