#include "ngo/net/proxy_header.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ngo::net {
namespace {

using State = ProxyHeader::State;

std::string binary(char command, char transport, const std::string& content) {
  std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
  header += command;
  header += transport;
  header += static_cast<char>(content.size() >> 8);
  header += static_cast<char>(content.size() & 0xff);
  return header + content;
}

const std::string kAddresses4("\xC0\x00\x02\x01\xC6\x33\x64\x07\xC8\x22\x01\xBB", 12);

TEST(ProxyHeader, ReadsTheLineOfVersionOne) {
  const std::string line = "PROXY TCP4 192.0.2.1 198.51.100.7 51234 443\r\n";
  ProxyHeader header = parse_proxy_header(line + "GET / HTTP/1.1\r\n");
  EXPECT_EQ(header.state, State::done);
  EXPECT_EQ(header.size, line.size());
  EXPECT_EQ(header.source.to_string(), "192.0.2.1:51234");
  header = parse_proxy_header("PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n");
  EXPECT_EQ(header.source.to_string(), "[2001:db8::1]:1");
}

TEST(ProxyHeader, LeavesThePeerWhereTheSourceIsNotSaid) {
  for (const std::string& bytes :
       {std::string("PROXY UNKNOWN\r\n"), std::string("PROXY UNKNOWN ::1 x 1 2\r\n"),
        binary(0x20, 0x11, kAddresses4), binary(0x21, 0x00, ""), binary(0x21, 0x12, kAddresses4),
        binary(0x21, 0x31, std::string(216, 'a'))}) {
    ProxyHeader header = parse_proxy_header(bytes);
    EXPECT_EQ(header.state, State::done) << bytes;
    EXPECT_EQ(header.size, bytes.size());
    EXPECT_EQ(header.source.family(), Address::Family::none);
  }
}

TEST(ProxyHeader, ReadsTheBinaryHeaderOfVersionTwo) {
  ProxyHeader header = parse_proxy_header(binary(0x21, 0x11, kAddresses4) + "GET");
  EXPECT_EQ(header.state, State::done);
  EXPECT_EQ(header.size, 28U);
  EXPECT_EQ(header.source.to_string(), "192.0.2.1:51234");
  EXPECT_FALSE(header.secure);
  std::string addresses6 =
      std::string(15, '\0') + '\x01' + std::string(15, '\0') + '\x02' + std::string("\0\x50\0\x51", 4);
  EXPECT_EQ(parse_proxy_header(binary(0x21, 0x21, addresses6)).source.to_string(), "[::1]:80");
}

TEST(ProxyHeader, LearnsFromTheExtrasWhetherTheClientCameByTls) {
  const std::string authority(
      "\x02\0\x03"
      "abc",
      6);
  const std::string tls("\x20\0\x05\x01\0\0\0\0", 8);
  const std::string plain("\x20\0\x05\x00\0\0\0\0", 8);
  EXPECT_TRUE(parse_proxy_header(binary(0x21, 0x11, kAddresses4 + authority + tls)).secure);
  EXPECT_FALSE(parse_proxy_header(binary(0x21, 0x11, kAddresses4 + authority + plain)).secure);
}

TEST(ProxyHeader, WaitsForEveryByteOfAGoodHeader) {
  for (const std::string& whole :
       {std::string("PROXY TCP4 192.0.2.1 198.51.100.7 51234 443\r\n"), binary(0x21, 0x11, kAddresses4)}) {
    for (std::size_t seen = 0; seen < whole.size(); ++seen)
      EXPECT_EQ(parse_proxy_header(whole.substr(0, seen)).state, State::need_more) << seen;
  }
}

TEST(ProxyHeader, RefusesWhatIsNone) {
  const std::string long_line = "PROXY TCP4 " + std::string(120, '1');
  std::string too_long = binary(0x21, 0x11, kAddresses4);
  too_long[14] = '\x7f';
  for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\n"),
                                   std::string("PROXY TCP5 1.1.1.1 1.1.1.1 1 1\r\n"),
                                   std::string("PROXY TCP4 ::1 ::1 1 1\r\n"),
                                   std::string("PROXY TCP4 1.1.1.1  1.1.1.1 1 1\r\n"),
                                   std::string("PROXY TCP4 1.1.1.1 1.1.1.1 1 65536\r\n"),
                                   std::string("PROXY TCP4 1.1.1.1 1.1.1.1 01 1\r\n"),
                                   std::string("PROXY TCP4 1.1.1.1 1.1.1.1 1\r\n"),
                                   std::string("PROXY TCP4 1.1.1.1 1.1.1.1 1 1 1\r\n"),
                                   std::string("PROXY TCP4 1.1.1.1 1.1.1.1 1 \r\n"),
                                   std::string("PROXY \r\n"),
                                   std::string("proxy UNKNOWN\r\n"),
                                   long_line,
                                   too_long,
                                   binary(0x31, 0x11, kAddresses4),
                                   binary(0x22, 0x11, kAddresses4),
                                   binary(0x21, 0x41, kAddresses4),
                                   binary(0x21, 0x13, kAddresses4),
                                   binary(0x21, 0x21, kAddresses4),
                                   binary(0x21, 0x11, kAddresses4 + "\x20"),
                                   binary(0x21, 0x11, kAddresses4 + std::string("\x20\0\x05\x01", 4))}) {
    ProxyHeader header = parse_proxy_header(bytes);
    EXPECT_EQ(header.state, State::broken) << bytes;
    EXPECT_STRNE(header.problem, "") << bytes;
  }
}

}  // namespace
}  // namespace ngo::net
