// How names are looked up: the section `dns`. What is not set comes from /etc/resolv.conf, as for every other
// program of the machine. docs/dns.md says what happens when the servers fail.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ngo/base/rules.hpp"

namespace ngo::net {

struct DnsOptions {
  std::vector<std::string> servers;
  std::vector<std::string> search;
  std::optional<std::uint32_t> ndots;
  std::chrono::milliseconds timeout = std::chrono::seconds(2);
  std::uint32_t attempts = 3;

  std::chrono::milliseconds min_ttl = std::chrono::seconds(1);
  std::chrono::milliseconds max_ttl = std::chrono::hours(1);
  std::chrono::milliseconds max_negative_ttl = std::chrono::seconds(30);
  std::chrono::milliseconds failure_ttl = std::chrono::seconds(1);
  std::chrono::milliseconds stale_for = std::chrono::hours(1);
  std::chrono::milliseconds stale_after = std::chrono::milliseconds(1800);
  std::uint32_t max_entries = 4096;

  std::string hosts_file = "/etc/hosts";
  std::string resolv_conf = "/etc/resolv.conf";

  // What is wrong with it: a server that is no address, a domain that is none, a minimum above its maximum.
  [[nodiscard]] std::string validate() const;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&DnsOptions::servers>(
          "10.0.0.2, 10.0.0.2:5353 or [fd00::2]:53; default those of resolv.conf"),
      ngo::description<&DnsOptions::search>(
          "domains to try behind short names, \".\" for none; default those of resolv.conf"),
      ngo::description<&DnsOptions::ndots>("a name with fewer dots is tried with the search domains first"),
      ngo::description<&DnsOptions::timeout>(
          "for the first answer; doubled after every round of the servers"),
      ngo::description<&DnsOptions::attempts>("how often each server is asked"),
      ngo::description<&DnsOptions::min_ttl>("an answer is kept at least so long"),
      ngo::description<&DnsOptions::max_ttl>(
          "an answer is kept at most so long without being asked for again"),
      ngo::description<&DnsOptions::max_negative_ttl>("how long it is remembered at most that a name is not"),
      ngo::description<&DnsOptions::failure_ttl>("the servers are left alone so long after they failed"),
      ngo::description<&DnsOptions::stale_for>(
          "how long beyond its time an answer serves while the servers fail; 0: never"),
      ngo::description<&DnsOptions::stale_after>(
          "an old answer is given when a new one takes longer than this"),
      ngo::description<&DnsOptions::max_entries>("answers that each worker remembers"),
      ngo::description<&DnsOptions::hosts_file>("read again when it changes; empty: none"),
      ngo::description<&DnsOptions::resolv_conf>("read again when it changes"),
      ngo::check<&DnsOptions::validate>(), ngo::range<&DnsOptions::attempts>(1, 10),
      ngo::range<&DnsOptions::ndots>(0, 15), ngo::range<&DnsOptions::max_entries>(1, 1'000'000),
      ngo::at_least<&DnsOptions::timeout>(std::chrono::milliseconds(1)),
      ngo::at_least<&DnsOptions::min_ttl>(std::chrono::milliseconds(0)),
      ngo::at_least<&DnsOptions::max_negative_ttl>(std::chrono::milliseconds(0)),
      ngo::at_least<&DnsOptions::failure_ttl>(std::chrono::milliseconds(0)),
      ngo::at_least<&DnsOptions::stale_for>(std::chrono::milliseconds(0)),
      ngo::at_least<&DnsOptions::stale_after>(std::chrono::milliseconds(0)));
};

}  // namespace ngo::net
