#include "ngo/http/status.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ngo::http {
namespace {

TEST(Status, HasALineAndAPhrase) {
  EXPECT_EQ(status_line(404), "HTTP/1.1 404 Not Found\r\n");
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(status_line(299), "");
  EXPECT_EQ(reason_phrase(299), "");
  for (int status = 0; status < 1000; ++status) {
    if (status_line(status).empty()) continue;
    EXPECT_EQ(status_line(status),
              "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_phrase(status)) + "\r\n");
  }
}

// RFC 9112 section 6.3.
TEST(Status, TellsWhereABodyMayFollow) {
  EXPECT_FALSE(status_has_body(100));
  EXPECT_FALSE(status_has_body(204));
  EXPECT_FALSE(status_has_body(304));
  EXPECT_TRUE(status_has_body(200));
  EXPECT_TRUE(status_has_body(404));
}

}  // namespace
}  // namespace ngo::http
