// What a DNS server answered to one question. Whatever the bytes are, reading them ends, and takes no more
// memory than they do.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ngo/net/resolver.hpp"

namespace ngo::net {

enum class RecordType : std::uint16_t { a = 1, aaaa = 28, srv = 33 };
[[nodiscard]] std::string_view to_string(RecordType type) noexcept;

struct DnsAnswer {
  enum class Kind : std::uint8_t {
    records,  // at least one
    no_data,  // the name exists, without such a record
    no_name,  // there is no such name
    failed,   // the server could not say, or it is no answer
  };
  Kind kind = Kind::failed;
  std::uint32_t ttl = 0;  // seconds; without records that of the negative answer (RFC 2308), 0 when unsaid
  std::vector<Address> addresses;
  std::vector<Service> services;
  std::string_view problem;  // when failed

  [[nodiscard]] bool positive() const noexcept { return kind == Kind::records; }
};

// Reads the answer to the question for `name` (in lower case, without a dot at its end); records of other
// names than that and its aliases do not count.
[[nodiscard]] DnsAnswer parse_dns_answer(std::span<const std::uint8_t> message, std::string_view name,
                                         RecordType type);

}  // namespace ngo::net
