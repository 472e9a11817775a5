// The pattern of access log lines, taken apart once: the Apache directives that the original knows, or one of
// the names common, combined, apache and json. What remains is a list of operations; writing a line walks it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/http/headers.hpp"

namespace ngo::http {

class AccessLogPattern {
 public:
  enum class Kind : std::uint8_t {
    literal,          // text
    client,           // %h    who asks, through trusted proxies
    peer,             // %a    the other end of the connection
    own_address,      // %A
    body_bytes,       // %B
    body_bytes_dash,  // %b    "-" for none
    protocol,         // %H
    method,           // %m
    path,             // %U
    query,            // %q
    request_line,     // %r
    status,           // %s
    user,             // %u
    milliseconds,     // %D
    seconds,          // %T
    fraction,         // of json: milliseconds with three decimals
    connection,       // %X
    request_header,   // %{X}i
    response_header,  // %{X}o
    cookie,           // %{X}c
    value,            // %{X}r
    time,             // %t, %{format}t
    time_of_request,  // the same with milliseconds
    utc_time,         // of json
  };
  struct Operation {
    Kind kind = Kind::literal;
    KnownHeader known = KnownHeader::other;  // of a request header
    std::uint32_t time = 0;                  // the number of a time format
    std::uint32_t size = 0;                  // of a literal, which has zeros behind it, 32 bytes at least
    std::string text;                        // literal, name
  };

  // Throws Error{invalid_argument} that says what is wrong and what would be right.
  [[nodiscard]] static AccessLogPattern parse(std::string_view pattern);

  [[nodiscard]] const std::vector<Operation>& operations() const noexcept { return operations_; }
  // The different formats of %t.
  [[nodiscard]] const std::vector<std::string>& times() const noexcept { return times_; }
  // Whether values go into JSON strings.
  [[nodiscard]] bool json() const noexcept { return json_; }
  // Whether a line tells how long a request took, for which the clock has to be read.
  [[nodiscard]] bool needs_duration() const noexcept { return needs_duration_; }

 private:
  void add_literal(std::string_view text);
  void add(Kind kind, std::string_view text = {});
  void add_time(std::string_view format);
  void add_simple(char directive);
  void add_named(std::string_view name, char directive);
  void add_json_members();
  void pad_literals();

  std::vector<Operation> operations_;
  std::vector<std::string> times_;
  bool json_ = false;
  bool needs_duration_ = false;
};

}  // namespace ngo::http
