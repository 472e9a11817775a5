// A DNS server for tests, on the loop of the test: UDP and TCP at one free port of 127.0.0.1. A function of
// the test makes every answer, byte by byte if it likes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/net/listener.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/detached.hpp"
#include "ngo/runtime/event_loop.hpp"

namespace ngo::net {

struct DnsQuestion {
  std::string id;  // two bytes
  std::string name;
  unsigned type = 0;
  std::string bytes;  // the question as it came
  bool by_tcp = false;
};

// Makes an answer's bytes.
class DnsReply {
 public:
  explicit DnsReply(const DnsQuestion& question, unsigned code = 0) : question_(question), code_(code) {}

  DnsReply& address(std::string_view owner, unsigned ttl, std::string_view text) {
    const Address address = Address::parse(text, 0);
    const auto bytes = address.bytes();
    return record(answers_, owner, bytes.size() == 4 ? 1 : 28, ttl, std::string(bytes.begin(), bytes.end()));
  }
  DnsReply& alias(std::string_view owner, unsigned ttl, std::string_view target) {
    return record(answers_, owner, 5, ttl, encode(target));
  }
  DnsReply& service(std::string_view owner, unsigned ttl, unsigned priority, unsigned weight, unsigned port,
                    std::string_view target) {
    return record(answers_, owner, 33, ttl,
                  number(priority) + number(weight) + number(port) + encode(target));
  }
  // For negative answers: for how long they hold.
  DnsReply& authority(unsigned ttl, unsigned minimum) {
    const std::string numbers = long_number(1) + long_number(2) + long_number(3) + long_number(4);
    return record(authorities_, "test", 6, ttl,
                  encode("ns.test") + encode("me.test") + numbers + long_number(minimum));
  }
  DnsReply& truncated() {
    truncated_ = true;
    return *this;
  }
  [[nodiscard]] std::string bytes() const {
    const unsigned flags = 0x8180U | (truncated_ ? 0x0200U : 0U) | code_;
    std::string all = question_.id + number(flags) + number(1) + number(answers_.count) +
                      number(authorities_.count) + number(0) + question_.bytes;
    return all + answers_.bytes + authorities_.bytes;
  }

  static std::string number(unsigned value) {
    return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
  }
  static std::string long_number(unsigned value) { return number(value >> 16) + number(value & 0xffff); }
  static std::string encode(std::string_view name) {
    std::string out;
    while (!name.empty() && name != ".") {
      const std::string_view label = name.substr(0, name.find('.'));
      out += static_cast<char>(label.size());
      out += label;
      name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    return out + '\0';
  }

 private:
  struct Section {
    unsigned count = 0;
    std::string bytes;
  };
  DnsReply& record(Section& section, std::string_view owner, unsigned type, unsigned ttl,
                   const std::string& data) {
    ++section.count;
    section.bytes += encode(owner) + number(type) + number(1) + long_number(ttl) +
                     number(static_cast<unsigned>(data.size())) + data;
    return *this;
  }

  DnsQuestion question_;
  unsigned code_;
  bool truncated_ = false;
  Section answers_;
  Section authorities_;
};

class TestDnsServer final : private IoHandler {
 public:
  // The bytes to send back; none: no answer.
  using Answer = std::function<std::string(const DnsQuestion&)>;

  TestDnsServer(EventLoop& loop, Answer answer);
  TestDnsServer(const TestDnsServer&) = delete;
  TestDnsServer& operator=(const TestDnsServer&) = delete;
  ~TestDnsServer();

  void answer_by(Answer answer) { answer_ = std::move(answer); }
  [[nodiscard]] std::string address() const { return address_.to_string(); }
  // "db.test A", "db.test AAAA", ... in the order in which they were asked.
  [[nodiscard]] const std::vector<std::string>& asked() const { return asked_; }
  [[nodiscard]] int times_asked(std::string_view what) const;

 private:
  void on_ready(Readiness ready) noexcept override;
  static Task<void> serve(TestDnsServer& server, Socket socket);
  std::string reply_to(std::string_view message, bool by_tcp);

  EventLoop& loop_;
  Answer answer_;
  Address address_;
  Socket datagrams_;
  std::unique_ptr<Listener> listener_;
  std::vector<std::string> asked_;
};

}  // namespace ngo::net
