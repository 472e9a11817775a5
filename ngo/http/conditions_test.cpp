#include "ngo/http/conditions.hpp"

#include <gtest/gtest.h>

namespace ngo::http {
namespace {

constexpr std::string_view kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view kThen = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view kLater = "Sun, 06 Nov 1994 08:49:38 GMT";

Validators there() { return {"\"a\"", *parse_http_date(kThen) + std::chrono::milliseconds(500)}; }

TEST(Conditions, CompareTagsStronglyForIfMatch) {
  EXPECT_TRUE(matches_any("\"a\"", "\"a\"", false));
  EXPECT_TRUE(matches_any("\"b\", \"a\"", "\"a\"", false));
  EXPECT_TRUE(matches_any(" * ", "", false));
  EXPECT_FALSE(matches_any("W/\"a\"", "\"a\"", false));
  EXPECT_FALSE(matches_any("W/\"a\"", "W/\"a\"", false));
  EXPECT_FALSE(matches_any("a", "\"a\"", false));
  EXPECT_FALSE(matches_any("\"a", "\"a\"", false));
  EXPECT_FALSE(matches_any("", "\"a\"", false));
}

TEST(Conditions, CompareTagsWeaklyForIfNoneMatch) {
  EXPECT_TRUE(matches_any("W/\"a\"", "\"a\"", true));
  EXPECT_TRUE(matches_any("\"x,y\",,\t\"a\"", "W/\"a\"", true));
  EXPECT_TRUE(matches_any("\"x,\\\",\"a\"", "\"a\"", true));
  EXPECT_FALSE(matches_any("w/\"a\"", "\"a\"", true));
  EXPECT_FALSE(matches_any("\"A\"", "\"a\"", true));
}

TEST(Conditions, KnowWhatAnEntityTagIs) {
  EXPECT_TRUE(is_entity_tag("\"\""));
  EXPECT_TRUE(is_entity_tag("W/\"a!\\\xff\""));
  for (std::string_view text : {"", "\"", "a", "\"a b\"", "\"a\"b\"", "w/\"a\"", "W/", "\"a\n\""}) {
    EXPECT_FALSE(is_entity_tag(text)) << text;
  }
}

TEST(Conditions, IfMatchOverridesIfUnmodifiedSince) {
  Conditions conditions;
  conditions.if_match = "\"a\"";
  conditions.if_unmodified_since = kBefore;
  EXPECT_EQ(evaluate(conditions, Method::get, there()), Precondition::proceed);
  conditions.if_match = "\"b\"";
  conditions.if_unmodified_since = kLater;
  EXPECT_EQ(evaluate(conditions, Method::get, there()), Precondition::failed);
}

TEST(Conditions, IfUnmodifiedSinceFailsOnlyWhenItWasModified) {
  Conditions conditions;
  conditions.if_unmodified_since = kBefore;
  EXPECT_EQ(evaluate(conditions, Method::get, there()), Precondition::failed);
  conditions.if_unmodified_since = kThen;
  EXPECT_EQ(evaluate(conditions, Method::get, there()), Precondition::proceed);
  conditions.if_unmodified_since = "yesterday";
  EXPECT_EQ(evaluate(conditions, Method::get, there()), Precondition::proceed);
}

TEST(Conditions, IfNoneMatchOverridesIfModifiedSince) {
  Conditions conditions;
  conditions.if_none_match = "\"b\"";
  conditions.if_modified_since = kLater;
  EXPECT_EQ(evaluate(conditions, Method::get, there()), Precondition::proceed);
  conditions.if_none_match = "W/\"a\"";
  conditions.if_modified_since = kBefore;
  EXPECT_EQ(evaluate(conditions, Method::head, there()), Precondition::not_modified);
  EXPECT_EQ(evaluate(conditions, Method::put, there()), Precondition::failed);
}

TEST(Conditions, IfModifiedSinceIsForReadingOnly) {
  Conditions conditions;
  conditions.if_modified_since = kThen;
  EXPECT_EQ(evaluate(conditions, Method::get, there()), Precondition::not_modified);
  EXPECT_EQ(evaluate(conditions, Method::post, there()), Precondition::proceed);
  conditions.if_modified_since = kBefore;
  EXPECT_EQ(evaluate(conditions, Method::get, there()), Precondition::proceed);
}

TEST(Conditions, TheFirstFailureWins) {
  Conditions conditions;
  conditions.if_match = "\"b\"";
  conditions.if_none_match = "\"a\"";
  EXPECT_EQ(evaluate(conditions, Method::get, there()), Precondition::failed);
}

TEST(Conditions, IfRangeWantsTheVerySameRepresentation) {
  Conditions conditions;
  EXPECT_TRUE(range_holds(conditions, there()));
  for (auto [value, holds] : std::initializer_list<std::pair<std::string_view, bool>>{{"\"a\"", true},
                                                                                      {"\"b\"", false},
                                                                                      {"W/\"a\"", false},
                                                                                      {kThen, true},
                                                                                      {kBefore, false},
                                                                                      {kLater, false},
                                                                                      {"a", false}}) {
    conditions.if_range = value;
    EXPECT_EQ(range_holds(conditions, there()), holds) << value;
  }
  conditions.if_range = "W/\"a\"";
  EXPECT_FALSE(range_holds(conditions, Validators{"W/\"a\"", {}}));
}

}  // namespace
}  // namespace ngo::http
