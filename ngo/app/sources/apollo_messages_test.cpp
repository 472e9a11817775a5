#include "ngo/app/sources/apollo_messages_impl.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ngo/app/sources/digest_impl.hpp"
#include "ngo/base/error.hpp"

namespace ngo::app {
namespace {

using apollo::Configurations;
using testing::ElementsAre;
using testing::Pair;

TEST(Apollo, ARequestIsSignedAsApollosClientsDo) {
  EXPECT_EQ(apollo::authorization("100004458", "df23df3f59884980844ff3dada30fa97", "1576478257344",
                                  "/configs/100004458/default/application?ip=10.0.0.1"),
            "Apollo 100004458:EoKyziXvKqzHgwx+ijDJwgVTDgE=");
}

TEST(Apollo, AReleaseIsReadAsARealServerHasSentIt) {
  const apollo::Release release = apollo::read_release(
      R"({"appId":"svc","cluster":"default","namespaceName":"application","configurations":{"k":"v1"},"releaseKey":"20261123003940-11eefdd62519421e"})");
  EXPECT_EQ(release.key, "20261123003940-11eefdd62519421e");
  EXPECT_FALSE(release.is_incremental);
  EXPECT_THAT(release.configurations, ElementsAre(Pair("k", "v1")));
  for (const std::string_view wrong :
       {"", "[]", "{}", R"({"configurations":[]})", R"({"configurations":{"k":"v"})"})
    EXPECT_THROW(static_cast<void>(apollo::read_release(wrong)), Error) << wrong;
}

TEST(Apollo, ChangesAreAppliedToWhatWeHave) {
  const apollo::Release release =
      apollo::read_release(R"({"releaseKey":"2","configSyncType":"IncrementalSync",
    "configurationChanges":[{"key":"a","newValue":"1","configurationChangeType":"ADDED"},
      {"key":"b","newValue":"2","configurationChangeType":"MODIFIED"},
      {"key":"c","newValue":null,"configurationChangeType":"DELETED"},
      {"key":"x","configurationChangeType":"DELETED"}]})");
  Configurations all = {{"b", "1"}, {"c", "3"}, {"d", "4"}};
  apollo::apply(release, all);
  EXPECT_THAT(all, ElementsAre(Pair("b", "2"), Pair("d", "4"), Pair("a", "1")));
  apollo::apply(
      apollo::read_release(R"({"releaseKey":"3","configSyncType":"FullSync","configurations":{"z":"1"}})"),
      all);
  EXPECT_THAT(all, ElementsAre(Pair("z", "1")));
}

TEST(Apollo, NotificationsNameWhatWasPublished) {
  const std::vector<apollo::Notification> told = apollo::read_notifications(
      R"([{"namespaceName":"application","notificationId":1,"messages":{"details":{"svc+default+application":1}}},{"namespaceName":"a","notificationId":9223372036854775807}])");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].namespace_name, "application");
  EXPECT_EQ(told[0].id, 1);
  EXPECT_EQ(told[0].messages, R"({"details":{"svc+default+application":1}})");
  EXPECT_EQ(told[1].messages, "");
  EXPECT_EQ(
      apollo::write_notifications({{"application", -1, ""}, {"app.yaml", 7, ""}}),
      R"([{"namespaceName":"application","notificationId":-1},{"namespaceName":"app.yaml","notificationId":7}])");
  for (const std::string_view wrong :
       {"", "{}", R"([{"namespaceName":"a"}])", R"([{"notificationId":"1"}])", "[1]"})
    EXPECT_THROW(static_cast<void>(apollo::read_notifications(wrong)), Error) << wrong;
}

TEST(Apollo, AMetaServerNamesConfigurationServices) {
  EXPECT_THAT(
      apollo::read_services(
          R"([{"appName":"apollo-configservice","instanceId":"http://h:1/","homepageUrl":"http://h:1/"},{"homepageUrl":"http://h:2/x"},{"appName":"x"}])"),
      ElementsAre("http://h:1", "http://h:2/x"));
}

TEST(Apollo, ANamespaceIsAskedForWithoutPropertiesAtItsEnd) {
  EXPECT_EQ(apollo::wire_name("application.properties"), "application");
  EXPECT_EQ(apollo::wire_name("a.Properties"), "a");
  EXPECT_EQ(apollo::wire_name("app.yaml"), "app.yaml");
  EXPECT_EQ(apollo::suffix_of("app.YAML"), ".yaml");
  EXPECT_EQ(apollo::suffix_of("FX.apollo"), "");
  EXPECT_EQ(apollo::suffix_of("application"), "");
}

TEST(Apollo, KeysAndValuesSurviveAsProperties) {
  const Configurations all = {{"a.b", "plain"}, {"c: d=e", " two\nlines\twith \\ and #"}, {"empty", ""}};
  config::Report report;
  const config::Node root =
      config::parse_text(config::Format::properties, apollo::to_properties(all), "test", report);
  EXPECT_EQ(report.to_string(), "");
  ASSERT_EQ(root.entries().size(), 3U);
  EXPECT_EQ(root.entries()[0].value.find("b")->value.text(), "plain");
  EXPECT_EQ(root.entries()[1].key, "c: d=e");
  EXPECT_THAT(root.entries()[1].value.text(), testing::EndsWith("two\nlines\twith \\ and #"));
}

TEST(Digests, AreThoseOfTheRfcs) {
  EXPECT_EQ(md5_hex(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5_hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hmac_sha1("Jefe", "what do ya want for nothing?"),
            "\xef\xfc\xdf\x6a\xe5\xeb\x2f\xa2\xd2\x74\x16\xd5\xf1\x84\xdf\x9c\x25\x9a\x7c\x79");
}

}  // namespace
}  // namespace ngo::app
