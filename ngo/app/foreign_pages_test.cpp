#include "ngo/app/foreign_pages.hpp"

#include <gtest/gtest.h>

namespace ngo::app {
namespace {

TEST(ForeignPages, AreToldFromPeopleAndMachines) {
  struct Case {
    const char* host;
    const char* origin;
    const char* fetch_site;
    bool foreign;
  };
  for (const Case& each : {
           Case{"10.1.2.3:8899", "", "", false},               // curl, Kubernetes, Prometheus
           Case{"newsroom.internal:8899", "", "", false},      // the same by name
           Case{"localhost:8899", "", "none", false},          // typed into the address bar
           Case{"newsroom.internal:8899", "", "none", false},  //
           Case{"localhost:8899", "http://localhost:8899", "same-origin", false},  // a page of ours
           Case{"[::1]:8899", "http://[::1]:8899", "", false},                     //
           Case{"127.0.0.1", "http://127.0.0.1", "", false},                       //
           Case{"localhost:8899", "", "cross-site", true},                         // <img src>
           Case{"localhost:8899", "", "same-site", true},              // another port of this host
           Case{"localhost:8899", "https://evil.example", "", true},   // fetch with no-cors
           Case{"localhost:8899", "null", "", true},                   // a file, a sandboxed frame
           Case{"localhost:8899", "http://localhost:3000", "", true},  //
           Case{"evil.example", "https://evil.example", "", true},     // DNS rebinding
           Case{"evil.example:8899", "http://evil.example:8899", "same-origin", true},
           Case{"evil.example:8899", "", "same-origin", true},
       }) {
    EXPECT_EQ(is_for_foreign_page(each.host, each.origin, each.fetch_site), each.foreign)
        << each.host << " " << each.origin << " " << each.fetch_site;
  }
}

TEST(ForeignPages, AreNotThoseOfAServerThatPassesOn) {
  const std::vector<std::string> origins = {"http://admin:8080"};
  EXPECT_TRUE(is_passed_on_for(origins, "http://admin:8080", "same-origin"));
  EXPECT_TRUE(is_passed_on_for(origins, "http://Admin:8080", ""));
  EXPECT_FALSE(is_passed_on_for(origins, "http://admin:8080", "same-site"));  // its page asks here directly
  EXPECT_FALSE(is_passed_on_for(origins, "http://admin:8080", "cross-site"));
  EXPECT_FALSE(is_passed_on_for(origins, "http://evil.example", "same-origin"));
  EXPECT_FALSE(is_passed_on_for(origins, "", "same-origin"));
  EXPECT_FALSE(is_passed_on_for({""}, "", ""));
}

TEST(ForeignPages, OriginsAreTakenFromUrls) {
  EXPECT_EQ(origin_of("http://admin:8080"), "http://admin:8080");
  EXPECT_EQ(origin_of("http://user:word@admin:8080/path?x"), "http://admin:8080");
  EXPECT_EQ(origin_of("https://admin:443/"), "https://admin");
  EXPECT_EQ(origin_of("http://admin:80"), "http://admin");
  EXPECT_EQ(origin_of("admin"), "");
}

}  // namespace
}  // namespace ngo::app
