// DNS answers: whatever the bytes are, reading them ends within the message, what is kept is bounded and of
// the family that was asked for, and an answer that is good has something in it.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "ngo/net/dns_message_impl.hpp"

namespace {

using ngo::net::Address;
using ngo::net::DnsAnswer;
using ngo::net::RecordType;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "dns_answer_fuzz: %s\n", what);
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMost = 512;
  for (RecordType type : {RecordType::a, RecordType::aaaa, RecordType::srv}) {
    const DnsAnswer answer = ngo::net::parse_dns_answer({data, size}, "db.test", type);
    require(answer.addresses.size() <= kMost && answer.services.size() <= kMost, "it keeps too much");
    require(answer.ttl <= 0x7fffffff || !answer.positive(), "it keeps it for too long");
    require(answer.positive() == !(answer.addresses.empty() && answer.services.empty()) ||
                answer.kind == DnsAnswer::Kind::failed,
            "it is neither good nor empty");
    require((answer.kind == DnsAnswer::Kind::failed) == !answer.problem.empty(), "a failure has no reason");
    const Address::Family family = type == RecordType::a ? Address::Family::ipv4 : Address::Family::ipv6;
    for (const Address& address : answer.addresses) require(address.family() == family, "a wrong family");
    if (type != RecordType::srv) require(answer.services.empty(), "a service was not asked for");
  }
  return 0;
}
