#include "ngo/app/sources/nacos_messages_impl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ngo/app/sources/consul_messages_impl.hpp"
#include "ngo/base/error.hpp"

namespace ngo::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(Nacos, WhatIsListenedToHasItsOddSeparators) {
  EXPECT_EQ(nacos::write_watched({{"a", "g", "m", ""}, {"b", "g", "", "t"}}),
            "a\x02g\x02m\x01"
            "b\x02g\x02\x02t\x01");
}

TEST(Nacos, TheListenerNamesWhatHasChanged) {
  EXPECT_THAT(nacos::read_changed(""), IsEmpty());
  EXPECT_THAT(nacos::read_changed("\n"), IsEmpty());
  EXPECT_THAT(nacos::read_changed("a.yaml%02g%01\n"), ElementsAre("a.yaml"));
  EXPECT_THAT(nacos::read_changed("a%02g%02t%01b%2Bc%02g%02t%01"), ElementsAre("a", "b+c"));
  EXPECT_THAT(nacos::read_changed(R"({"code":0,"message":"success","data":"a%02g%01"})"), ElementsAre("a"));
  EXPECT_THAT(nacos::read_changed(R"({"code":0,"message":"success","data":null})"), IsEmpty());
  for (const std::string_view wrong : {"%0", "{"})
    EXPECT_THROW(static_cast<void>(nacos::read_changed(wrong)), Error) << wrong;
}

TEST(Nacos, VersionTwoWrapsItsAnswers) {
  EXPECT_EQ(nacos::read_data(R"({"code":0,"message":"success","data":"a: 1\n"})"), "a: 1\n");
  EXPECT_EQ(nacos::read_token(R"({"accessToken":"abc","tokenTtl":18000,"globalAdmin":true})"), "abc");
  EXPECT_THROW(static_cast<void>(nacos::read_token("{}")), Error);
  EXPECT_THROW(static_cast<void>(nacos::read_data("no")), Error);
}

TEST(Consul, AnAnswerIsKeysAndValues) {
  EXPECT_THAT(
      consul::read_pairs(
          R"([{"LockIndex":0,"Key":"app/a","Flags":0,"Value":"YTogMQ==","CreateIndex":10,"ModifyIndex":12},{"Key":"app/","Value":null}])"),
      ElementsAre(Pair("app/a", "a: 1"), Pair("app/", "")));
  for (const std::string_view wrong : {"", "{}", "[1]", R"([{"Key":"a","Value":"?"}])"})
    EXPECT_THROW(static_cast<void>(consul::read_pairs(wrong)), Error) << wrong;
}

TEST(Consul, AnIndexThatGoesBackIsForgotten) {
  EXPECT_EQ(consul::next_index(0, "7"), 7U);
  EXPECT_EQ(consul::next_index(7, "7"), 7U);
  EXPECT_EQ(consul::next_index(7, "6"), 0U);
  EXPECT_EQ(consul::next_index(0, "0"), 1U);
  EXPECT_EQ(consul::next_index(7, "x"), 0U);
  EXPECT_EQ(consul::next_index(7, std::nullopt), 0U);
  EXPECT_EQ(consul::next_index(1, "18446744073709551615"), 18446744073709551615U);
}

}  // namespace
}  // namespace ngo::app
