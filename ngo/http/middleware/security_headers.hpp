// Headers that tell a browser to be careful. Put together once, when the server is made, and copied into each
// head as one block of bytes. A header that a handler sets itself is left as it says.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/rules.hpp"

namespace ngo {

class Response;

namespace http {

// When Strict-Transport-Security is sent. RFC 6797, 7.2: never over an insecure connection.
enum class Hsts : std::uint8_t { secure, always, never };

// The section `httpServer.middlewares.securityHeaders`. An empty text leaves its header out.
struct SecurityHeadersOptions {
  bool enabled = true;
  Hsts hsts = Hsts::secure;
  std::chrono::seconds hsts_max_age = std::chrono::hours(24 * 365);
  bool hsts_include_sub_domains = true;
  bool hsts_preload = false;
  bool content_type_options = true;
  std::string frame_options = "DENY";
  std::string referrer_policy = "strict-origin-when-cross-origin";
  std::string content_security_policy;
  std::string permissions_policy;
  std::string cross_origin_opener_policy;
  std::string cross_origin_resource_policy;
  std::map<std::string, std::string> more;

  [[nodiscard]] std::string mistake() const;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::check<&SecurityHeadersOptions::mistake>(),
      ngo::description<&SecurityHeadersOptions::enabled>("headers that make browsers careful"),
      ngo::description<&SecurityHeadersOptions::hsts>(
          "Strict-Transport-Security: secure (only where the client came by https), always, or never"),
      ngo::description<&SecurityHeadersOptions::hsts_max_age>("how long browsers remember it"),
      ngo::description<&SecurityHeadersOptions::hsts_include_sub_domains>("also for all sub-domains"),
      ngo::description<&SecurityHeadersOptions::hsts_preload>("asks to be built into browsers"),
      ngo::description<&SecurityHeadersOptions::content_type_options>("X-Content-Type-Options: nosniff"),
      ngo::description<&SecurityHeadersOptions::frame_options>("X-Frame-Options: DENY, SAMEORIGIN or empty"),
      ngo::description<&SecurityHeadersOptions::referrer_policy>("Referrer-Policy"),
      ngo::description<&SecurityHeadersOptions::content_security_policy>("Content-Security-Policy"),
      ngo::description<&SecurityHeadersOptions::permissions_policy>("Permissions-Policy"),
      ngo::description<&SecurityHeadersOptions::cross_origin_opener_policy>("Cross-Origin-Opener-Policy"),
      ngo::description<&SecurityHeadersOptions::cross_origin_resource_policy>("Cross-Origin-Resource-Policy"),
      ngo::description<&SecurityHeadersOptions::more>("further headers, by name"));
};

class SecurityHeaders {
 public:
  explicit SecurityHeaders(const SecurityHeadersOptions& options);

  [[nodiscard]] std::size_t head_size() const noexcept { return block_.size(); }
  // Writes at most head_size() bytes. `secure`: the client came by https.
  [[nodiscard]] char* write_head(const Response& response, bool secure, char* at) const noexcept;

 private:
  struct Line {
    std::string name;
    std::size_t begin;
    std::size_t size;
    bool only_secure;
  };
  void add(std::string name, std::string_view value, bool only_secure = false);

  std::string block_;  // what is only for secure clients comes first
  std::size_t only_secure_ = 0;
  std::vector<Line> lines_;
};

}  // namespace http
}  // namespace ngo
