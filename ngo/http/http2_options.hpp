// The settings of HTTP/2: `httpServer.http2`. It is spoken on the same port as HTTP/1.1: with TLS by ALPN,
// else to clients that begin with its preface (prior knowledge, RFC 9113 section 3.3).
#pragma once

#include <cstdint>
#include <string>

#include "ngo/base/byte_size.hpp"
#include "ngo/base/rules.hpp"

namespace ngo::http {

struct Http2Options {
  bool enabled = true;
  std::uint32_t max_concurrent_streams = 128;
  ByteSize initial_window_size = ByteSize(256 * 1024);
  ByteSize connection_window_size = ByteSize(1024 * 1024);
  ByteSize max_header_list_size = ByteSize(32 * 1024);
  std::uint32_t idle_frames = 1000;
  std::uint32_t idle_frames_per_second = 100;

  [[nodiscard]] std::string validate() const {
    constexpr std::uint64_t kLargest = 0x7fffffff;  // RFC 9113 section 6.9.1
    const bool fit = initial_window_size.bytes() >= 1024 && initial_window_size.bytes() <= kLargest &&
                     connection_window_size.bytes() >= 65535 && connection_window_size.bytes() <= kLargest;
    return fit ? ""
               : "initialWindowSize must be 1KiB to 2GiB - 1, connectionWindowSize 64KiB - 1 to 2GiB - 1";
  }

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&Http2Options::enabled>("HTTP/2 on the same port: by ALPN, or by prior knowledge"),
      ngo::description<&Http2Options::max_concurrent_streams>("requests in progress on one connection"),
      ngo::description<&Http2Options::initial_window_size>(
          "of one body, sent and not yet read by its handler"),
      ngo::description<&Http2Options::connection_window_size>("the same of all bodies of a connection"),
      ngo::description<&Http2Options::max_header_list_size>(
          "names and values of one request, and 32 for each; more: 431"),
      ngo::description<&Http2Options::idle_frames>(
          "frames that move nothing (PING, SETTINGS, resets, ...) before the connection is ended"),
      ngo::description<&Http2Options::idle_frames_per_second>("so many of them are forgiven in a second"),
      ngo::range<&Http2Options::max_concurrent_streams>(1, 10'000),
      ngo::range<&Http2Options::idle_frames>(10, 1'000'000),
      ngo::range<&Http2Options::idle_frames_per_second>(1, 1'000'000), ngo::check<&Http2Options::validate>());
};

}  // namespace ngo::http
