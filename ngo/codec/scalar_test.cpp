#include "ngo/codec/scalar.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace ngo {
namespace {

enum class Color : std::uint8_t { red, green };

template <class T>
std::string read(std::string_view text, T& out) {
  Problem problem;
  return scalar_from_text(out, text, problem) ? "" : problem.code + ": " + problem.message;
}

template <class T>
std::string failure(std::string_view text) {
  T out{};
  return read(text, out);
}

template <class T>
std::string round_trip(std::string_view text) {
  T value{};
  if (const std::string problem = read(text, value); !problem.empty()) return problem;
  std::string out;
  scalar_to_text(type_of<T>(), &value, out);
  return out;
}

TEST(Scalar, TheWholeTextMustBeTheValue) {
  for (const char* text : {"", " 1", "1 ", "+1", "1x", "0x1", "1.0", "1e1", "--1", "-", "one", "1,000"}) {
    EXPECT_TRUE(failure<int>(text).starts_with("type: expected a whole number")) << text;
  }
  for (const char* text :
       {"", " 1.5", "1.5 ", "+1", ".5", "1.", "1e", "nan", "inf", "Infinity", "0x1p3", "1,5", "-"}) {
    EXPECT_TRUE(failure<double>(text).starts_with("type: expected a number")) << text;
  }
  for (const char* text : {"", "yes", "no", "TRUE", "True", "2", " true", "on"}) {
    EXPECT_EQ(failure<bool>(text).substr(0, 5), "type:") << text;
  }
}

TEST(Scalar, ReadsAndWritesEveryKind) {
  EXPECT_EQ(round_trip<int>("-12"), "-12");
  EXPECT_EQ(round_trip<int>("007"), "7");
  EXPECT_EQ(round_trip<std::uint64_t>("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(round_trip<std::int64_t>("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(round_trip<bool>("1"), "true");
  EXPECT_EQ(round_trip<bool>("false"), "false");
  EXPECT_EQ(round_trip<double>("0.10"), "0.1");
  EXPECT_EQ(round_trip<double>("007.5"), "7.5");
  EXPECT_EQ(round_trip<float>("3.4e38"), "3.4e+38");
  EXPECT_EQ(round_trip<std::string>("any thing"), "any thing");
  EXPECT_EQ(round_trip<Color>("green"), "green");
  EXPECT_EQ(round_trip<std::chrono::milliseconds>("90s"), "1m30s");
  EXPECT_EQ(round_trip<ByteSize>("1 MB"), "1MiB");
  EXPECT_EQ(round_trip<std::optional<int>>("5"), "5");
}

TEST(Scalar, WhatIsOutOfRangeIsSaid) {
  EXPECT_EQ(failure<std::uint8_t>("256"), "range: expected a whole number from 0 to 255, found \"256\"");
  EXPECT_EQ(failure<std::uint8_t>("-1"), "range: expected a whole number from 0 to 255, found \"-1\"");
  EXPECT_EQ(failure<std::int64_t>("9223372036854775808").substr(0, 6), "range:");
  EXPECT_EQ(failure<double>("1e400").substr(0, 6), "range:");
  EXPECT_EQ(failure<std::chrono::seconds>("1500ms"),
            "range: \"1500ms\" is no whole multiple of 1s that fits");
  EXPECT_EQ(failure<Color>("gren"),
            "type: expected one of \"red\", \"green\", found \"gren\"; did you mean \"green\"?");
  EXPECT_EQ(failure<std::string>("\xFF"), "encoding: the text is not valid UTF-8");
}

TEST(Scalar, AFailedOptionalIsEmpty) {
  std::optional<int> value = 3;
  EXPECT_NE(read("x", value), "");
  EXPECT_EQ(value, std::nullopt);
}

TEST(Scalar, ATypeWithoutTextIsAMistakeInTheProgram) {
  std::vector<int> list;
  Problem problem;
  EXPECT_THROW((void)scalar_from_text(list, "1", problem), Error);
}

}  // namespace
}  // namespace ngo
