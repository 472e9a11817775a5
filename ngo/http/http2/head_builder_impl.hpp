// The head of an HTTP/2 request as a RequestHead (RFC 9113 section 8.3), so that everything behind it is the
// same as for HTTP/1.1. The session has checked what RFC 9113 asks of names, values and pseudo fields; this
// checks what the HTTP/1.1 parser checks besides: target, authority, sizes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ngo/http/request_parser.hpp"

namespace ngo::http {

class HeadBuilder {
 public:
  // Begins a new head. `limits` and `list_bytes` (names and values, and 32 for each field: RFC 9113 section
  // 6.5.2) say what is refused.
  void begin(RequestHead& head, const HeadLimits& limits, std::uint64_t list_bytes) noexcept;
  void add(std::string_view name, std::string_view value);
  // `ends`: no body follows. False: status() and reason() say why not.
  [[nodiscard]] bool finish(bool ends);

  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  // How much came, be it too much.
  [[nodiscard]] std::uint64_t list_bytes() const noexcept { return seen_; }

 private:
  bool fail(int status, std::string reason);
  RequestHead::Range append(std::string_view text);
  void add_pseudo(std::string_view name, std::string_view value);
  bool finish_target();
  bool finish_host();

  RequestHead* head_ = nullptr;
  const HeadLimits* limits_ = nullptr;
  std::uint64_t most_ = 0;
  std::uint64_t seen_ = 0;
  std::string text_;  // what the head points into
  RequestHead::Range target_;
  RequestHead::Range authority_;
  int status_ = 0;
  std::string reason_;
};

}  // namespace ngo::http
