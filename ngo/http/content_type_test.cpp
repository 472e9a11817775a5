#include "ngo/http/content_type.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ngo::http {
namespace {

TEST(MediaType, IsTakenApart) {
  const auto type = MediaType::parse(" Multipart/Form-Data ; boundary=\"a;\\\"b\" ;charset=utf-8;");
  ASSERT_TRUE(type);
  EXPECT_TRUE(type->is("multipart/form-data"));
  EXPECT_FALSE(type->is("multipart/mixed"));
  EXPECT_FALSE(type->is("multipart"));
  EXPECT_EQ(type->parameter("BOUNDARY"), "a;\"b");
  EXPECT_EQ(type->parameter("Charset"), "utf-8");
  EXPECT_EQ(type->parameter("q"), std::nullopt);
}

TEST(MediaType, IsNothingWhenItBreaksTheGrammar) {
  for (std::string_view text :
       {"", "text", "/plain", "text/", "te xt/plain", "text/plain; x", "text/plain; x=", "text/plain; x=\"a",
        "text/plain; x=\"a\\", "text/plain; x=a b", "text/plain; =a"})
    EXPECT_FALSE(MediaType::parse(text)) << text;
}

std::string chosen(std::string_view accept, std::vector<std::string_view> offered = {
                                                "application/json", "text/csv", "text/html; level=1"}) {
  const auto index = choose_media_type(std::span(&accept, 1), offered);
  return index ? std::string(offered[*index]) : "nothing";
}

TEST(Accept, TakesTheMostWelcomeAndOfEqualsTheFirst) {
  EXPECT_EQ(chosen("text/csv"), "text/csv");
  EXPECT_EQ(chosen("text/csv;q=0.5, application/json;q=0.4"), "text/csv");
  EXPECT_EQ(chosen("*/*"), "application/json");
  EXPECT_EQ(chosen("text/*"), "text/csv");
  EXPECT_EQ(chosen("*/*;q=0.1, text/*;q=0.2"), "text/csv");
  EXPECT_EQ(chosen("APPLICATION/JSON"), "application/json");
  EXPECT_EQ(choose_media_type({}, std::vector<std::string_view>{"text/csv"}), 0U);
  EXPECT_EQ(chosen(""), "application/json");
}

TEST(Accept, LetsTheMostSpecificRangeDecide) {
  EXPECT_EQ(chosen("*/*, application/json;q=0"), "text/csv");
  EXPECT_EQ(chosen("text/*;q=0.9, text/csv;q=0.1, application/json;q=0.5"), "text/html; level=1");
  EXPECT_EQ(chosen("text/html;level=1;q=0.9, text/html;q=0.1, text/csv;q=0.5"), "text/html; level=1");
  EXPECT_EQ(chosen("text/html;level=2, text/csv;q=0.1"), "text/csv");
}

TEST(Accept, RefusesWhatIsNotNamed) {
  EXPECT_EQ(chosen("image/png"), "nothing");
  EXPECT_EQ(chosen("*/*;q=0"), "nothing");
  EXPECT_EQ(chosen("text/csv;q=2, application/json;q=0.0001"), "nothing");
  EXPECT_EQ(chosen("*/json"), "nothing");
}

}  // namespace
}  // namespace ngo::http
