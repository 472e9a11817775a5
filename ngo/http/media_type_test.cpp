#include "ngo/http/media_type.hpp"

#include <gtest/gtest.h>

namespace ngo::http {
namespace {

TEST(MediaType, FollowsTheLastExtensionInAnyCase) {
  EXPECT_EQ(media_type_of("index.html"), "text/html; charset=utf-8");
  EXPECT_EQ(media_type_of("/a.b/PHOTO.JPEG"), "image/jpeg");
  EXPECT_EQ(media_type_of("app.min.js"), "text/javascript; charset=utf-8");
  EXPECT_EQ(media_type_of("site.webmanifest"), "application/manifest+json");
}

TEST(MediaType, IsBytesForWhatItDoesNotKnow) {
  for (std::string_view path : {"", "Makefile", "a.html/b", "a.", "a.unknown", "a.averyveryverylongone"}) {
    EXPECT_EQ(media_type_of(path), "application/octet-stream") << path;
  }
}

}  // namespace
}  // namespace ngo::http
