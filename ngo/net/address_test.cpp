#include "ngo/net/address.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "ngo/base/error.hpp"

namespace ngo::net {
namespace {

TEST(Address, ParsesAndPrintsWhatItParsed) {
  EXPECT_EQ(Address::parse("127.0.0.1", 8080).to_string(), "127.0.0.1:8080");
  EXPECT_EQ(Address::parse("localhost", 1).to_string(), "127.0.0.1:1");
  EXPECT_EQ(Address::parse("::1", 8080).to_string(), "[::1]:8080");
  EXPECT_EQ(Address::parse("[2001:db8::1]", 443).to_string(), "[2001:db8::1]:443");
  EXPECT_EQ(Address::parse("unix:/tmp/ngo.sock", 0).to_string(), "unix:/tmp/ngo.sock");
}

TEST(Address, RefusesWhatIsNoneAndSaysWhatWouldBe) {
  for (const char* wrong : {"", "example.com", "127.0.0.1:80", "256.0.0.1", "::g", "unix:", "[::1"}) {
    try {
      (void)Address::parse(wrong, 80);
      ADD_FAILURE() << wrong << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::invalid_argument) << wrong;
    }
  }
  EXPECT_THROW((void)Address::parse("unix:/" + std::string(200, 'x'), 0), Error);
}

TEST(Address, GoesThroughTheKernelsFormUnchanged) {
  for (const Address& address : {Address::parse("192.0.2.7", 65535), Address::parse("fe80::1", 1),
                                 Address::parse("unix:/run/a.sock", 0)}) {
    sockaddr_storage native{};
    unsigned length = address.to_native(&native);
    EXPECT_EQ(Address::from_native(reinterpret_cast<sockaddr*>(&native), length), address);
  }
}

TEST(Address, KnowsLoopback) {
  EXPECT_TRUE(Address::parse("127.9.9.9", 1).is_loopback());
  EXPECT_TRUE(Address::parse("::1", 1).is_loopback());
  EXPECT_TRUE(Address::parse("::ffff:127.0.0.1", 1).is_loopback());
  EXPECT_TRUE(Address::parse("unix:/x", 1).is_loopback());
  EXPECT_FALSE(Address::parse("10.0.0.1", 1).is_loopback());
  EXPECT_FALSE(Address::parse("::ffff:10.0.0.1", 1).is_loopback());
}

}  // namespace
}  // namespace ngo::net
