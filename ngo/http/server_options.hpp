// The settings of an HTTP listener: the section `httpServer`, and with other defaults `ops`. The names are
// those of the original where it has them, in camelCase as in every configuration file. Zero switches a limit
// of time off. What is marked live is taken over by Server::apply(); with_live() keeps the rest.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/byte_size.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/http/compression_options.hpp"
#include "ngo/http/forwarded.hpp"
#include "ngo/http/http2_options.hpp"
#include "ngo/http/middleware/options.hpp"
#include "ngo/http/multipart_limits.hpp"
#include "ngo/http/params.hpp"
#include "ngo/net/network.hpp"
#include "ngo/net/tls_options.hpp"

namespace ngo::http {

// Which health endpoints the service port answers; the ops port always answers all four.
enum class HealthEndpoints : std::uint8_t { probes, all, none };
// The original's router mode. `debug` shows the client what an internal error was.
enum class Mode : std::uint8_t { release, debug, test };

struct ServerOptions {
  std::string host = "0.0.0.0";
  std::uint16_t port = 8080;
  Mode mode = Mode::release;
  std::optional<ngo::tls::ServerOptions> tls;

  std::chrono::milliseconds shutdown_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds shutdown_delay = std::chrono::milliseconds(-1);
  bool quit_stops_at_once = false;
  HealthEndpoints health = HealthEndpoints::probes;

  std::chrono::milliseconds request_timeout = std::chrono::seconds(60);
  std::string deadline_header = "X-Request-Timeout";
  std::chrono::milliseconds header_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds body_timeout = std::chrono::seconds(20);
  std::uint32_t min_body_rate = 500;
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(75);
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);

  std::uint32_t max_connections = 50'000;
  ByteSize max_header_size = ByteSize(32 * 1024);
  std::uint32_t max_headers = 100;
  ByteSize max_target_size = ByteSize(8 * 1024);
  ByteSize max_body_size = ByteSize(8 * 1024 * 1024);
  bool cancel_on_disconnect = true;
  Http2Options http2;
  CompressionOptions compression;
  DecompressionOptions decompression;
  std::vector<net::Network> trusted_proxies;
  ForwardedHeader forwarded_header = ForwardedHeader::x_forwarded_for;
  bool proxy_protocol = false;
  MultipartLimits multipart;
  ErrorBody error_body = ErrorBody::problem;
  MiddlewareOptions middlewares;

  [[nodiscard]] std::string validate() const {
    return proxy_protocol && trusted_proxies.empty()
               ? "proxyProtocol needs trustedProxies: headers of anybody else are not read"
               : "";
  }

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::live<&ServerOptions::mode>(), ngo::live<&ServerOptions::shutdown_timeout>(),
      ngo::live<&ServerOptions::shutdown_delay>(), ngo::live<&ServerOptions::quit_stops_at_once>(),
      ngo::live<&ServerOptions::request_timeout>(), ngo::live<&ServerOptions::deadline_header>(),
      ngo::live<&ServerOptions::header_timeout>(), ngo::live<&ServerOptions::body_timeout>(),
      ngo::live<&ServerOptions::min_body_rate>(), ngo::live<&ServerOptions::idle_timeout>(),
      ngo::live<&ServerOptions::write_timeout>(), ngo::live<&ServerOptions::max_connections>(),
      ngo::live<&ServerOptions::max_header_size>(), ngo::live<&ServerOptions::max_headers>(),
      ngo::live<&ServerOptions::max_target_size>(), ngo::live<&ServerOptions::max_body_size>(),
      ngo::live<&ServerOptions::cancel_on_disconnect>(), ngo::live<&ServerOptions::compression>(),
      ngo::live<&ServerOptions::decompression>(), ngo::live<&ServerOptions::trusted_proxies>(),
      ngo::live<&ServerOptions::forwarded_header>(), ngo::live<&ServerOptions::multipart>(),
      ngo::live<&ServerOptions::error_body>(),
      ngo::description<&ServerOptions::host>("address to listen at; unix:/path for a Unix socket"),
      ngo::description<&ServerOptions::port>("0 takes any free port"),
      ngo::description<&ServerOptions::mode>("debug shows internal errors to the client"),
      ngo::description<&ServerOptions::tls>("https: certificates and what goes with them"),
      ngo::description<&ServerOptions::shutdown_timeout>("how long a stop waits for requests in flight"),
      ngo::description<&ServerOptions::shutdown_delay>(
          "how long to serve on, as not ready, before a stop; default 5s in Kubernetes, else 0s"),
      ngo::description<&ServerOptions::quit_stops_at_once>(
          "SIGQUIT stops without draining, as the original did"),
      ngo::description<&ServerOptions::health>("health endpoints on this port: probes, all or none"),
      ngo::description<&ServerOptions::request_timeout>("deadline of a handler; a route may set its own"),
      ngo::description<&ServerOptions::deadline_header>(
          "request header that may shorten that deadline: 1500ms; empty: none is read"),
      ngo::description<&ServerOptions::header_timeout>(
          "from the first byte of a request to the end of its head"),
      ngo::description<&ServerOptions::body_timeout>("for a body, extended by its size at minBodyRate"),
      ngo::description<&ServerOptions::min_body_rate>(
          "bytes a second that a body may be expected to arrive with"),
      ngo::description<&ServerOptions::idle_timeout>("between two requests of a connection"),
      ngo::description<&ServerOptions::write_timeout>("without any progress in sending an answer"),
      ngo::description<&ServerOptions::max_connections>("for the process; more are closed at once"),
      ngo::description<&ServerOptions::max_header_size>("of request line and headers together"),
      ngo::description<&ServerOptions::max_headers>("header lines of one request"),
      ngo::description<&ServerOptions::max_target_size>("of path and query"),
      ngo::description<&ServerOptions::max_body_size>("a route may set its own"),
      ngo::description<&ServerOptions::cancel_on_disconnect>(
          "end a handler's waits when its client hangs up"),
      ngo::description<&ServerOptions::http2>("HTTP/2"),
      ngo::description<&ServerOptions::trusted_proxies>(
          "networks whose word on the client's address counts: 10.0.0.0/8, unix"),
      ngo::description<&ServerOptions::forwarded_header>(
          "which they write: any, forwarded, xForwardedFor or xRealIp"),
      ngo::description<&ServerOptions::proxy_protocol>(
          "connections of trusted proxies begin with a PROXY header, version 1 or 2"),
      ngo::description<&ServerOptions::error_body>("problem (RFC 9457) or unified: {code, message, data}"),
      ngo::description<&ServerOptions::multipart>("limits of multipart/form-data"),
      ngo::check<&ServerOptions::validate>(),
      ngo::description<&ServerOptions::middlewares>("the built-in steps around every request"),
      ngo::range<&ServerOptions::max_connections>(1, 10'000'000),
      ngo::range<&ServerOptions::max_headers>(1, 10'000),
      ngo::range<&ServerOptions::min_body_rate>(1, 1'000'000'000));
};

// `next` with those members of `now` that do not change while a server runs.
[[nodiscard]] ServerOptions with_live(const ServerOptions& now, ServerOptions next);

}  // namespace ngo::http
