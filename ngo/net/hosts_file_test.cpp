#include <gtest/gtest.h>

#include "ngo/net/hosts_file_impl.hpp"

namespace ngo::net {
namespace {

std::string found(std::string_view text, const std::string& name) {
  const HostsTable table{std::string(text)};
  std::string all;
  for (const Address& address : table.find(name)) all += (all.empty() ? "" : " ") + address.host();
  return all.empty() ? "-" : all;
}

TEST(HostsFile, GivesEveryNameOfALineItsAddress) {
  constexpr std::string_view kText =
      "127.0.0.1\tlocalhost\n"
      "\n"
      "# 192.0.2.9 not.this\n"
      "  192.0.2.1  DB.example.com   db db # db2\r\n"
      "2001:db8::1 db.\n"
      "192.0.2.2 last";
  EXPECT_EQ(found(kText, "db.example.com"), "192.0.2.1");
  EXPECT_EQ(found(kText, "db"), "192.0.2.1 2001:db8::1");
  EXPECT_EQ(found(kText, "last"), "192.0.2.2");
  EXPECT_EQ(found(kText, "db2"), "-");
  EXPECT_EQ(found(kText, "not.this"), "-");
}

TEST(HostsFile, PassesOverLinesThatAreWrong) {
  constexpr std::string_view kText = "300.1.1.1 a\nfe80::1%lo b\nname 192.0.2.1\n192.0.2.5\n#\n192.0.2.6 c";
  EXPECT_EQ(found(kText, "c"), "192.0.2.6");
  for (const char* name : {"a", "b", "name", "192.0.2.1", "192.0.2.5", ""})
    EXPECT_EQ(found(kText, name), "-") << name;
  EXPECT_EQ(found("", "a"), "-");
  EXPECT_EQ(found("\n\n", "a"), "-");
}

TEST(HostsFile, FindsEachOfManyNames) {
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text +=
        "10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250) + " n" + std::to_string(i) + "\n";
  const HostsTable table(text);
  for (int i = 0; i < 5000; i += 7) {
    const std::vector<Address> addresses = table.find("n" + std::to_string(i));
    ASSERT_EQ(addresses.size(), 1U);
    EXPECT_EQ(addresses[0].host(), "10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250));
  }
  EXPECT_TRUE(table.find("n5000").empty());
}

}  // namespace
}  // namespace ngo::net
