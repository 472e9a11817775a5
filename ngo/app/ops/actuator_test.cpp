#include "ngo/app/ops/actuator.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <vector>

#include "ngo/base/rules.hpp"
#include "ngo/codec/json.hpp"

namespace ngo::app {

struct Inner {
  std::string url = "mysql://app:hidden@db/news";
  std::string password = "hidden";
  std::optional<int> size;
};

struct Section {
  std::vector<Inner> pools = {Inner()};
  std::map<std::string, std::string> headers = {{"accessKey", "hidden"}, {"color", "red"}};
  std::string plain = "shown";
  std::string pin = "hidden";
  std::string api_token;
  static constexpr auto rules = ngo::rules(ngo::camel_case(), ngo::secret<&Section::pin>());
};

namespace {

TEST(ActuatorProperties, MaskWhatIsSecretByRuleNameOrUrl) {
  const Section section;
  const JsonValue bean = describe_properties(type_of<Section>(), &section, "section", nullptr);
  EXPECT_EQ(
      json::to_string(bean.at("properties")),
      R"({"pools":[{"url":"mysql://app:***@db/news","password":"******","size":null}],)"
      R"("headers":{"accessKey":"******","color":"red"},"plain":"shown","pin":"******","apiToken":""})");
  EXPECT_EQ(json::to_string(bean).find("hidden"), std::string::npos);
}

TEST(ActuatorProperties, DurationsAreThoseOfIso8601) {
  using namespace std::chrono_literals;
  EXPECT_EQ(iso_duration(0ns), "PT0.000000000S");
  EXPECT_EQ(iso_duration(23ms), "PT0.023000000S");
  EXPECT_EQ(iso_duration(61s + 5ns), "PT61.000000005S");
  EXPECT_EQ(iso_duration(-1s), "PT0.000000000S");
}

}  // namespace
}  // namespace ngo::app
