#include "ngo/config/secret.hpp"

#include <gtest/gtest.h>

namespace ngo::config {
namespace {

TEST(Secret, IsKnownByItsName) {
  for (const char* key : {"password", "dbPassword", "SECRET", "client-secret", "access_token", "privateKey",
                          "apiKey", "key", "dsn", "pwd", "credentials", "accesskeySecret"}) {
    EXPECT_TRUE(is_secret_name(key)) << key;
  }
  for (const char* key : {"port", "keyPrefix", "keys", "host", "maxTokens2", "passive"}) {
    EXPECT_EQ(is_secret_name(key), std::string_view(key) == "maxTokens2") << key;
  }
}

TEST(Secret, PasswordsInUrlsAreMasked) {
  EXPECT_EQ(mask_urls("mysql://app:p@ss@db:3306/news?x=a:b@c"), "mysql://app:***@db:3306/news?x=a:b@c");
  EXPECT_EQ(mask_urls("redis://:pw@h:1,redis://h:2"), "redis://:***@h:1,redis://h:2");
  EXPECT_EQ(mask_urls("http://user@host:80/"), "http://user@host:80/");
  EXPECT_EQ(mask_urls("plain text: a@b"), "plain text: a@b");
}

}  // namespace
}  // namespace ngo::config
