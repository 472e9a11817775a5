#include "ngo/http/compression.hpp"

#include <gtest/gtest.h>

#include "ngo/http/body_decoder_impl.hpp"

namespace ngo::http {
namespace {

TEST(Compressible, TypesAreNamedWholeOrInPart) {
  std::vector<std::string> patterns = {"text/*", "application/json", "application/*+json"};
  for (std::string_view type :
       {"text/html", "TEXT/plain; charset=utf-8", "application/json;a=b", "application/problem+json"}) {
    EXPECT_TRUE(is_listed_type(type, patterns)) << type;
  }
  for (std::string_view type : {"", "text", "text/", "image/png", "application/jsonp", "application/+json"}) {
    EXPECT_FALSE(is_listed_type(type, patterns)) << type;
  }
}

TEST(Vary, GainsANameOnce) {
  Response response;
  add_vary(response, "Accept-Encoding");
  add_vary(response, "accept-encoding");
  add_vary(response, "Origin");
  EXPECT_EQ(response.header("Vary"), "Accept-Encoding, Origin");
  response.header("Vary", "*");
  add_vary(response, "Origin");
  EXPECT_EQ(response.header("Vary"), "*");
}

TEST(BodyDecoder, CountsTheRatioOnlyOfWhatIsLarge) {
  auto grows = [](std::size_t size) {
    std::string coded = compress(Coding::gzip, 9, std::string(size, 'a'));
    BodyDecoder decoder(Coding::gzip);
    decoder.give(coded);
    while (!decoder.next().empty()) {
    }
    EXPECT_TRUE(decoder.ended());
    EXPECT_EQ(decoder.bytes_out(), size);
    return decoder.ratio_above(100);
  };
  EXPECT_FALSE(grows(60'000));
  EXPECT_TRUE(grows(1'000'000));
}

}  // namespace
}  // namespace ngo::http
