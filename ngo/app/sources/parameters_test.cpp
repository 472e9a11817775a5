#include "ngo/app/sources/parameters_impl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ngo/app/sources/http_source_impl.hpp"
#include "ngo/base/error.hpp"

namespace ngo::app {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

template <class F>
std::string mistake_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.message();
  }
  return "no mistake";
}

TEST(Parameters, AreReadInAnySpelling) {
  const config::Address address = config::parse_address("etcd://h?with_prefix=true&TIMEOUT=2s&a=1,2&a=3&tls");
  Parameters parameters(address);
  EXPECT_TRUE(parameters.flag("withPrefix", false));
  EXPECT_EQ(parameters.duration("timeout", 1s), 2s);
  EXPECT_EQ(parameters.duration("interval", 1s), 1s);
  EXPECT_THAT(parameters.list("a"), ElementsAre("1", "2", "3"));
  EXPECT_TRUE(parameters.flag("tls", false));
  parameters.done();
}

TEST(Parameters, SayWhatWouldHaveBeenRight) {
  const config::Address address =
      config::parse_address("etcd://h?pasword=hidden&interval=5&watch=maybe&format=ymal");
  Parameters parameters(address);
  EXPECT_EQ(mistake_of([&] { static_cast<void>(parameters.required("key")); }),
            "the parameter \"key\" of the address: it must be there");
  EXPECT_THAT(mistake_of([&] { static_cast<void>(parameters.duration("interval", 1s)); }),
              HasSubstr("\"5s\""));
  EXPECT_THAT(mistake_of([&] { static_cast<void>(parameters.flag("watch", true)); }),
              HasSubstr("true or false"));
  EXPECT_THAT(mistake_of([&] { static_cast<void>(parameters.format()); }), HasSubstr("expected one of yaml"));
  static_cast<void>(parameters.text("password"));
  EXPECT_THAT(mistake_of([&] { parameters.done(); }),
              AllOf(HasSubstr("did you mean \"password\"?"), Not(HasSubstr("hidden"))));
}

TEST(Servers, HaveASchemeAndAPort) {
  EXPECT_THAT(
      server_urls({"a", "b:1", "[::1]", "[::1]:2", "https://c/x/"}, false, "2379"),
      ElementsAre("http://a:2379", "http://b:1", "http://[::1]:2379", "http://[::1]:2", "https://c:2379/x"));
  EXPECT_THAT(server_urls({"a"}, true, "1"), ElementsAre("https://a:1"));
  EXPECT_THAT(mistake_of([] { static_cast<void>(server_urls({}, false, "1")); }),
              HasSubstr("names no server"));
  EXPECT_THAT(mistake_of([] { static_cast<void>(server_urls({"a b"}, false, "1")); }), HasSubstr("\"a b\""));
}

TEST(MediaTypes, TellTheFormat) {
  EXPECT_EQ(format_of_media_type("application/json; charset=utf-8"), config::Format::json);
  EXPECT_EQ(format_of_media_type("text/x-java-properties"), config::Format::properties);
  EXPECT_EQ(format_of_media_type("application/vnd.centre.v1+yaml"), config::Format::yaml);
  EXPECT_EQ(format_of_media_type("text/plain"), std::nullopt);
  EXPECT_EQ(format_of_media_type(""), std::nullopt);
}

}  // namespace
}  // namespace ngo::app
