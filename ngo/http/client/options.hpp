// The settings of an HTTP client: the section `httpClient`, one map or a list with names. The names are those
// of the original where it has them. Zero switches a limit of time or size off, except where it says
// otherwise.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "ngo/base/byte_size.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/type.hpp"
#include "ngo/net/tls_options.hpp"
#include "ngo/resilience/circuit_breaker.hpp"

namespace ngo {

// How calls are spread over the addresses of a name. `latency`: of two that are chosen at random the one
// whose answers come sooner and which has fewer calls in flight.
enum class Balance : std::uint8_t { round_robin, latency };

// Which HTTP is spoken. `automatic`: HTTP/2 where a server agrees to it in the TLS handshake (ALPN). `only`:
// HTTP/2 or nothing, in plain text as well (prior knowledge, RFC 9113 section 3.3).
enum class Http2Use : std::uint8_t { automatic, off, only };
constexpr std::array<EnumName, 3> enum_names(Http2Use) {
  return {EnumName{Http2Use::automatic, "auto"}, EnumName{Http2Use::off, "off"},
          EnumName{Http2Use::only, "only"}};
}

// When calls to a server stop because they fail or have become slow: the rule of a CircuitBreaker
// (ngo/resilience/circuit_breaker.hpp), field by field, without its resource.
struct HttpBreakerOptions {
  bool enabled = false;  // for each host; a call that names a resource has a breaker anyway
  BreakerStrategy strategy = BreakerStrategy::error_ratio;
  std::uint32_t retry_timeout_ms = 3000;
  std::uint32_t min_request_amount = 10;
  std::uint32_t stat_interval_ms = 10000;
  std::uint32_t stat_sliding_window_bucket_count = 10;
  std::uint32_t max_allowed_rt_ms = 1000;
  double threshold = 0.5;
  std::uint32_t probe_num = 0;

  [[nodiscard]] BreakerRule rule_of(std::string resource) const;
  [[nodiscard]] std::string validate() const { return rule_of("any").validate(); }
  static constexpr auto rules = ngo::rules(
      ngo::camel_case(),
      ngo::description<&HttpBreakerOptions::enabled>("a breaker for each host; those that calls name are on"),
      ngo::at_least<&HttpBreakerOptions::retry_timeout_ms>(1),
      ngo::at_least<&HttpBreakerOptions::stat_interval_ms>(1),
      ngo::at_least<&HttpBreakerOptions::threshold>(0), ngo::check<&HttpBreakerOptions::validate>());
};

struct HttpClientOptions {
  std::string name;
  bool no_default_user_agent_header = false;
  std::string base_url;

  std::chrono::milliseconds connect_timeout = std::chrono::seconds(3);
  std::chrono::milliseconds write_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds response_timeout = std::chrono::milliseconds(0);
  std::chrono::milliseconds read_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds timeout = std::chrono::seconds(30);

  std::uint32_t max_conns_per_host = 512;
  std::chrono::milliseconds max_idle_conn_duration = std::chrono::seconds(10);
  std::chrono::milliseconds max_conn_duration = std::chrono::milliseconds(0);
  std::chrono::milliseconds max_conn_wait_timeout = std::chrono::milliseconds(0);

  Http2Use http2 = Http2Use::automatic;
  std::chrono::milliseconds http2_ping_after = std::chrono::seconds(10);

  std::uint32_t max_idemponent_call_attempts = 3;
  std::chrono::milliseconds retry_backoff = std::chrono::milliseconds(50);
  std::chrono::milliseconds max_retry_after = std::chrono::seconds(5);
  double retry_budget = 0.2;

  ByteSize read_buffer_size = ByteSize(32 * 1024);
  ByteSize write_buffer_size = ByteSize(16 * 1024);
  ByteSize max_response_body_size = ByteSize(32 * 1024 * 1024);
  bool decompress = true;
  std::uint32_t max_redirects = 10;
  bool cookies = false;
  std::string proxy;
  std::vector<std::string> no_proxy;
  bool proxy_from_environment = false;
  tls::ClientContextOptions tls;

  bool propagate = true;
  std::string deadline_header = "X-Request-Timeout";

  Balance balance = Balance::round_robin;
  std::uint32_t eject_after = 5;
  std::chrono::milliseconds eject_for = std::chrono::seconds(10);

  HttpBreakerOptions breaker;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::live<&HttpClientOptions::connect_timeout>(),
      ngo::live<&HttpClientOptions::write_timeout>(), ngo::live<&HttpClientOptions::response_timeout>(),
      ngo::live<&HttpClientOptions::read_timeout>(), ngo::live<&HttpClientOptions::timeout>(),
      ngo::live<&HttpClientOptions::max_conns_per_host>(),
      ngo::live<&HttpClientOptions::max_idemponent_call_attempts>(),
      ngo::live<&HttpClientOptions::max_response_body_size>(), ngo::live<&HttpClientOptions::max_redirects>(),
      ngo::description<&HttpClientOptions::name>("of this client; also its User-Agent"),
      ngo::description<&HttpClientOptions::no_default_user_agent_header>(
          "send no User-Agent when none is set"),
      ngo::description<&HttpClientOptions::base_url>(
          "put before URLs that begin with a slash: https://users:8443"),
      ngo::description<&HttpClientOptions::connect_timeout>("for one connection: name, TCP, TLS"),
      ngo::description<&HttpClientOptions::write_timeout>("without any progress in sending a request"),
      ngo::description<&HttpClientOptions::response_timeout>(
          "from the request's last byte to the response's head"),
      ngo::description<&HttpClientOptions::read_timeout>("without any progress in receiving a response"),
      ngo::description<&HttpClientOptions::timeout>("of a whole call, with redirects and retries"),
      ngo::description<&HttpClientOptions::max_conns_per_host>("for each address of a host, in the process"),
      ngo::description<&HttpClientOptions::max_idle_conn_duration>("for which an unused connection is kept"),
      ngo::description<&HttpClientOptions::max_conn_duration>("after which a connection is not used again"),
      ngo::description<&HttpClientOptions::max_conn_wait_timeout>(
          "how long to wait for a connection when all are in use; 0: fail at once"),
      ngo::description<&HttpClientOptions::http2>(
          "auto: where the server agrees to it with TLS; off; only: in plain text as well"),
      ngo::description<&HttpClientOptions::http2_ping_after>(
          "of a server's silence in HTTP/2 while an answer is due, before it is asked for a sign (PING), and "
          "again before the connection is given up; 0: never"),
      ngo::description<&HttpClientOptions::max_idemponent_call_attempts>(
          "tries of a call that may be repeated, the first one among them"),
      ngo::description<&HttpClientOptions::retry_backoff>(
          "before the second try, at most; doubled with each"),
      ngo::description<&HttpClientOptions::max_retry_after>("a Retry-After beyond it is not waited for"),
      ngo::description<&HttpClientOptions::retry_budget>(
          "retries for each call to one host, over ten seconds; one a second besides"),
      ngo::description<&HttpClientOptions::read_buffer_size>("most bytes of a response's head"),
      ngo::description<&HttpClientOptions::write_buffer_size>("of a streamed body that are sent together"),
      ngo::description<&HttpClientOptions::max_response_body_size>(
          "in memory, decompressed; streams have none"),
      ngo::description<&HttpClientOptions::decompress>("ask for compressed bodies and decompress them"),
      ngo::description<&HttpClientOptions::max_redirects>("0: a redirect is given back as it is"),
      ngo::description<&HttpClientOptions::cookies>("keep the cookies that servers set, and send them back"),
      ngo::description<&HttpClientOptions::proxy>("http://user:password@proxy:3128, for all but noProxy"),
      ngo::description<&HttpClientOptions::no_proxy>(
          "called directly: example.com, host:8080, 10.0.0.0/8, *"),
      ngo::description<&HttpClientOptions::proxy_from_environment>("http_proxy, https_proxy, no_proxy"),
      ngo::description<&HttpClientOptions::tls>("for https"),
      ngo::description<&HttpClientOptions::propagate>("send deadline, trace and request id along"),
      ngo::description<&HttpClientOptions::deadline_header>(
          "the time that is left, as 1500ms; empty: is not sent"),
      ngo::description<&HttpClientOptions::balance>("over the addresses of a name: roundRobin or latency"),
      ngo::description<&HttpClientOptions::eject_after>(
          "failures of an address in a row after which it is left out; 0: never"),
      ngo::description<&HttpClientOptions::breaker>("stops calls to what fails or has become slow"),
      ngo::description<&HttpClientOptions::eject_for>("how long it is left out, the first time"),
      ngo::range<&HttpClientOptions::max_conns_per_host>(1, 1'000'000),
      ngo::range<&HttpClientOptions::max_idemponent_call_attempts>(1, 20),
      ngo::range<&HttpClientOptions::retry_budget>(0, 1),
      ngo::range<&HttpClientOptions::max_redirects>(0, 100));
};

}  // namespace ngo
