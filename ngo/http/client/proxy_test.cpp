#include "ngo/http/client/proxy.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "ngo/base/error.hpp"

namespace ngo::http {
namespace {

// Environment variables for one test.
class Variables {
 public:
  explicit Variables(const std::map<std::string, std::string>& set) {
    clear();
    for (const auto& [name, value] : set) setenv(name.c_str(), value.c_str(), 1);
  }
  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;
  ~Variables() { clear(); }

 private:
  static void clear() {
    for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy",
                             "ALL_PROXY", "no_proxy", "NO_PROXY"}) {
      unsetenv(name);
    }
  }
};

std::string proxy_for(const ProxyRules& rules, const char* url) {
  const Url* proxy = rules.proxy_of(Url(url));
  return proxy == nullptr ? "none" : std::string(proxy->origin());
}

TEST(DirectHosts, ContainNamesAddressesAndNetworks) {
  const DirectHosts hosts({"example.com", ".internal", "*.local", "h:8080", "10.0.0.0/8", "::1"});
  for (const char* inside :
       {"http://example.com/", "http://a.example.com/", "http://EXAMPLE.com:99/", "http://a.internal/",
        "http://internal/", "http://b.local/", "http://h:8080/", "http://10.1.2.3/", "http://[::1]/"}) {
    EXPECT_TRUE(hosts.contains(Url(inside))) << inside;
  }
  for (const char* outside : {"http://anexample.com/", "http://example.com.evil/", "http://h/",
                              "http://11.1.2.3/", "http://[::2]/"}) {
    EXPECT_FALSE(hosts.contains(Url(outside))) << outside;
  }
  EXPECT_TRUE(DirectHosts({"*"}).contains(Url("http://any/")));
  EXPECT_THROW(DirectHosts({"a:b"}), Error);
}

TEST(ProxyRules, UseTheOneThatIsSetForEverythingElse) {
  const ProxyRules rules("proxy:3128", {"direct.com"}, false);
  EXPECT_EQ(proxy_for(rules, "http://a/"), "http://proxy:3128");
  EXPECT_EQ(proxy_for(rules, "https://a/"), "http://proxy:3128");
  EXPECT_EQ(proxy_for(rules, "http://127.0.0.1/"), "http://proxy:3128");
  EXPECT_EQ(proxy_for(rules, "http://direct.com/"), "none");
  EXPECT_EQ(proxy_for(rules, "http+unix://%2Fa/"), "none");
  EXPECT_EQ(proxy_for(ProxyRules("", {}, false), "http://a/"), "none");
  EXPECT_THROW(ProxyRules("https://proxy", {}, false), Error);
}

TEST(ProxyRules, ReadTheEnvironmentOnlyWhenToldTo) {
  const Variables variables(
      {{"http_proxy", "http://plain:1"}, {"HTTPS_PROXY", "secure:2"}, {"no_proxy", "a, .b c"}});
  EXPECT_EQ(proxy_for(ProxyRules("", {}, false), "http://x/"), "none");
  const ProxyRules rules("", {}, true);
  EXPECT_EQ(proxy_for(rules, "http://x/"), "http://plain:1");
  EXPECT_EQ(proxy_for(rules, "https://x/"), "http://secure:2");
  for (const char* direct :
       {"http://a/", "http://x.b/", "http://c/", "http://localhost/", "http://127.0.0.1/"})
    EXPECT_EQ(proxy_for(rules, direct), "none") << direct;
}

TEST(ProxyRules, PassOverHttpProxyInUpperCase) {
  const Variables variables({{"HTTP_PROXY", "http://evil:1"}});
  EXPECT_EQ(proxy_for(ProxyRules("", {}, true), "http://x/"), "none");
}

TEST(ProxyRules, TakeAllProxyForBoth) {
  const Variables variables({{"ALL_PROXY", "http://all:1"}});
  EXPECT_EQ(proxy_for(ProxyRules("", {}, true), "http://x/"), "http://all:1");
  EXPECT_EQ(proxy_for(ProxyRules("", {}, true), "https://x/"), "http://all:1");
}

}  // namespace
}  // namespace ngo::http
