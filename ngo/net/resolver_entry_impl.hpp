// What a resolver remembers of one name and type, and how somebody looks for it.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "ngo/net/resolver_impl.hpp"

namespace ngo::net {

// Somebody who waits for the answer that an entry is being asked for.
struct Resolver::State::Listener : Link<Listener> {
  Event* news = nullptr;
  bool told = false;
};

// What is known of one name and type.
struct Resolver::State::Entry : Link<Entry> {
  Entry(std::string its_name, RecordType its_type) : name(std::move(its_name)), type(its_type) {}

  const std::string name;
  const RecordType type;
  bool known = false;  // an answer is there, be it that there is nothing
  DnsAnswer answer;
  TimePoint expires{};
  TimePoint refresh{};  // from here on, use of it has it asked for again
  TimePoint stale_until{};
  std::string failure;  // why the last query gave nothing; empty when it did
  TimePoint retry{};    // after a failure: not to be asked for again before
  bool flying = false;  // being asked for
  bool warned = false;
  std::size_t turn = 0;  // which of the addresses is the first next time
  List<Listener> listeners;

  // The addresses take turns in being the first, as all who connect try that one.
  std::vector<Address> addresses() {
    std::vector<Address> rotated = answer.addresses;
    const auto first = static_cast<std::ptrdiff_t>(turn++ % rotated.size());
    std::rotate(rotated.begin(), rotated.begin() + first, rotated.end());
    return rotated;
  }
};

// One of the types that a name is asked for.
struct Resolver::State::Part {
  explicit Part(RecordType its_type) : type(its_type) {}

  RecordType type;
  std::shared_ptr<Entry> entry;
  std::unique_ptr<Listener> listener;
  bool asked = false;  // the answer was asked for after this look began
  bool done = false;
  // When done:
  Found found = Found::failed;
  DnsAnswer::Kind kind = DnsAnswer::Kind::failed;
  bool stale = false;
  Duration ttl{};
};

}  // namespace ngo::net
