#include <gtest/gtest.h>

#include "ngo/net/dns_message_impl.hpp"
#include "ngo/net/test_dns_server_impl.hpp"

namespace ngo::net {
namespace {

DnsQuestion question(std::string_view name, RecordType type) {
  DnsQuestion made;
  made.id = "id";
  made.name = name;
  made.type = static_cast<unsigned>(type);
  made.bytes = DnsReply::encode(name) + DnsReply::number(made.type) + DnsReply::number(1);
  return made;
}
DnsAnswer parse(const std::string& bytes, std::string_view name, RecordType type) {
  return parse_dns_answer({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, name, type);
}
DnsReply reply(unsigned code = 0) { return DnsReply(question("db.test", RecordType::a), code); }

TEST(DnsAnswer, IsReadWhole) {
  const std::string bytes =
      reply().address("DB.test", 60, "192.0.2.1").address("db.test", 30, "192.0.2.2").bytes();
  const DnsAnswer answer = parse(bytes, "db.test", RecordType::a);
  EXPECT_EQ(answer.kind, DnsAnswer::Kind::records);
  EXPECT_EQ(answer.ttl, 30U);
  ASSERT_EQ(answer.addresses.size(), 2U);
  EXPECT_EQ(answer.addresses[1].host(), "192.0.2.2");
}

TEST(DnsAnswer, OfAnyLengthIsRefusedWhenItIsCutOff) {
  const std::string bytes = reply().alias("db.test", 60, "a.test").address("a.test", 60, "192.0.2.1").bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(parse(bytes.substr(0, size), "db.test", RecordType::a).kind, DnsAnswer::Kind::failed) << size;
  EXPECT_EQ(parse(bytes, "db.test", RecordType::a).kind, DnsAnswer::Kind::records);
}

TEST(DnsAnswer, CountsOnlyRecordsOfTheNameAndTheType) {
  const std::string bytes =
      reply().address("evil.test", 60, "192.0.2.66").address("db.test", 60, "2001:db8::1").bytes();
  EXPECT_EQ(parse(bytes, "db.test", RecordType::a).kind, DnsAnswer::Kind::no_data);
}

TEST(DnsAnswer, SaysHowTheServerFailed) {
  EXPECT_EQ(parse(reply(2).bytes(), "db.test", RecordType::a).problem, "the server failed (SERVFAIL)");
  EXPECT_EQ(parse(reply(5).bytes(), "db.test", RecordType::a).problem, "the server refused (REFUSED)");
  EXPECT_EQ(parse(reply(9).bytes(), "db.test", RecordType::a).problem, "the server answered with an error");
  EXPECT_EQ(parse(reply(3).bytes(), "db.test", RecordType::a).kind, DnsAnswer::Kind::no_name);
}

TEST(DnsAnswer, IsNegativeForAsLongAsTheAuthoritySays) {
  EXPECT_EQ(parse(reply(3).authority(90, 20).bytes(), "db.test", RecordType::a).ttl, 20U);
  EXPECT_EQ(parse(reply(3).authority(10, 20).bytes(), "db.test", RecordType::a).ttl, 10U);
  EXPECT_EQ(parse(reply(3).bytes(), "db.test", RecordType::a).ttl, 0U);
}

TEST(DnsAnswer, TakesATimeThatIsTooLongForNone) {
  const std::string bytes = reply().address("db.test", 0x80000000U, "192.0.2.1").bytes();
  EXPECT_EQ(parse(bytes, "db.test", RecordType::a).ttl, 0U);
}

TEST(DnsAnswer, RefusesAddressesOfTheWrongLengthAndNamesThatGoInACircle) {
  const std::string right = reply().address("db.test", 60, "192.0.2.1").bytes();
  std::string shorter = right.substr(0, right.size() - 1);
  shorter[right.size() - 5] = 3;  // the length of the data
  EXPECT_EQ(parse(shorter, "db.test", RecordType::a).kind, DnsAnswer::Kind::failed);
  std::string circle = reply().bytes();
  circle[7] = 1;  // one answer, whose name refers to itself
  const std::size_t here = circle.size();
  circle += static_cast<char>(0xc0);
  circle += static_cast<char>(here);
  circle += std::string(14, '\0');
  EXPECT_EQ(parse(circle, "db.test", RecordType::a).kind, DnsAnswer::Kind::failed);
}

TEST(DnsAnswer, FollowsABoundedNumberOfReferences) {
  const auto kind = [](unsigned jumps) {
    std::string bytes = reply().bytes();
    bytes[7] = 2;
    const auto header = [](unsigned type, unsigned size) {
      return DnsReply::number(type) + DnsReply::number(1) + DnsReply::long_number(60) +
             DnsReply::number(size);
    };
    const auto reference = [](std::size_t to) {
      return DnsReply::number(static_cast<unsigned>(0xc000 | to));
    };
    // The data of a record of no interest: the first reference leads to the question, each other one to the
    // one before. The name of the address is a reference to the last.
    bytes += '\0' + header(99, 2 * (jumps - 1));
    std::size_t target = 12;
    for (unsigned i = 1; i < jumps; ++i) {
      bytes += reference(target);
      target = bytes.size() - 2;
    }
    bytes += reference(target) + header(1, 4) + std::string("\x0a\x00\x00\x01", 4);
    return parse(bytes, "db.test", RecordType::a).kind;
  };
  EXPECT_EQ(kind(1), DnsAnswer::Kind::records);
  EXPECT_EQ(kind(64), DnsAnswer::Kind::records);
  EXPECT_EQ(kind(65), DnsAnswer::Kind::failed);
  EXPECT_EQ(kind(5000), DnsAnswer::Kind::failed);
}

TEST(DnsAnswer, KeepsABoundedNumberOfRecords) {
  DnsReply many = reply();
  for (int i = 0; i < 1000; ++i)
    many.address("db.test", 60, "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250));
  EXPECT_EQ(parse(many.bytes(), "db.test", RecordType::a).addresses.size(), 512U);
}

TEST(DnsAnswer, NamesTheServersOfAService) {
  const std::string bytes = DnsReply(question("_x._tcp.test", RecordType::srv))
                                .service("_x._tcp.test", 60, 1, 2, 3, "A.test")
                                .bytes();
  const DnsAnswer answer = parse(bytes, "_x._tcp.test", RecordType::srv);
  ASSERT_EQ(answer.services.size(), 1U);
  EXPECT_EQ(answer.services[0].host, "a.test");
  EXPECT_EQ(answer.services[0].priority, 1);
  EXPECT_EQ(answer.services[0].weight, 2);
  EXPECT_EQ(answer.services[0].port, 3);
}

}  // namespace
}  // namespace ngo::net
