// A resolver with a DNS server of the test, on a loop whose time is the test's.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/net/resolver.hpp"
#include "ngo/net/test_dns_server_impl.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::net {

inline std::string no_such_name(const DnsQuestion& question) {
  return DnsReply(question, 3).authority(300, 300).bytes();
}
inline std::string nothing(const DnsQuestion& question) {
  return DnsReply(question).authority(300, 300).bytes();
}
inline std::string server_failure(const DnsQuestion& question) { return DnsReply(question, 2).bytes(); }
inline std::string silence(const DnsQuestion&) { return {}; }

inline std::string text_of(const std::vector<Address>& addresses) {
  std::string text;
  for (const Address& address : addresses) text += (text.empty() ? "" : " ") + address.host();
  return text;
}

// Answers for db.test with the addresses that it is given.
inline TestDnsServer::Answer database(std::string four, std::string six = "", unsigned ttl = 60) {
  return [=](const DnsQuestion& question) {
    if (question.name != "db.test") return no_such_name(question);
    const std::string& text = question.type == 1 ? four : six;
    if (text.empty() || question.type == 33) return nothing(question);
    return DnsReply(question).address("db.test", ttl, text).bytes();
  };
}

// A resolver and its server on a loop whose time is the test's.
class ResolverTest : public testing::Test {
 public:
  ~ResolverTest() override {
    resolver.reset();
    loop.block_on(end());
  }
  Task<void> end() {
    loop.cancel_detached();
    while (loop.detached_count() > 0) co_await yield();
  }

  DnsOptions options() {
    DnsOptions options;
    options.servers = {server.address()};
    options.hosts_file = "";
    options.resolv_conf = "/nonexistent/resolv.conf";
    return options;
  }
  void make(DnsOptions with) {
    resolver.emplace(loop, std::move(with), [this](const std::string& text) { warnings.push_back(text); });
  }
  std::string resolve(std::string_view host, Family family = Family::any) {
    if (!resolver) make(options());
    last = loop.block_on(resolver->resolve(host, family));
    return text_of(last.addresses);
  }
  Error failure(std::string_view host, Family family = Family::any) {
    try {
      ADD_FAILURE() << host << " is " << resolve(host, family);
    } catch (const Error& error) {
      return error;
    }
    return Error(Code::internal, "");
  }
  // Lets what is under way end.
  void settle() {
    loop.block_on([]() -> Task<void> {
      for (int i = 0; i < 50; ++i) co_await yield();
    }());
  }

  VirtualClock clock;
  EventLoop loop{clock};
  TestDnsServer server{loop, database("192.0.2.1", "2001:db8::1")};
  std::optional<Resolver> resolver;
  std::vector<std::string> warnings;
  Resolved last;
};

}  // namespace ngo::net
