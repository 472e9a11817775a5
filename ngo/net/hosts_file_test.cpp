#include <gtest/gtest.h>

#include "ngo/net/hosts_file_impl.hpp"

namespace ngo::net {
namespace {

std::string found(std::string_view text, const std::string& name) {
  const HostsFile::Names names = HostsFile::parse(text);
  const auto place = names.find(name);
  if (place == names.end()) return "-";
  std::string all;
  for (const Address& address : place->second) all += (all.empty() ? "" : " ") + address.host();
  return all;
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
  EXPECT_EQ(HostsFile::parse(kText).size(), 1U);
  EXPECT_EQ(found(kText, "c"), "192.0.2.6");
  EXPECT_TRUE(HostsFile::parse("").empty());
  EXPECT_TRUE(HostsFile::parse("\n\n").empty());
}

}  // namespace
}  // namespace ngo::net
