// Cross-Origin Resource Sharing (the Fetch standard, 3.2): which web pages of other origins may call the
// service from a browser. The server answers preflights by itself, outside of all middleware, so that no
// check of credentials can refuse them, and names the methods that the address really has.
//
// This protects the users of browsers, not the service: other clients send what they like.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/rules.hpp"
#include "ngo/http/method.hpp"

namespace ngo {

class Response;

namespace http {

class HeaderTable;

// The section `httpServer.middlewares.cors`.
struct CorsOptions {
  bool enabled = true;
  std::vector<std::string> origins;
  std::vector<std::string> methods;
  std::vector<std::string> headers = {"*"};
  std::vector<std::string> exposed_headers;
  bool credentials = false;
  std::chrono::seconds max_age = std::chrono::minutes(30);
  bool private_network = false;

  [[nodiscard]] std::string mistake() const;

  static constexpr auto rules = ngo::rules(
      ngo::camel_case(), ngo::check<&CorsOptions::mistake>(),
      ngo::description<&CorsOptions::enabled>("let pages of other origins call the service"),
      ngo::description<&CorsOptions::origins>(
          "https://a.example, https://*.example.com, http://localhost:*, or * for all"),
      ngo::description<&CorsOptions::methods>("empty: those that the address has"),
      ngo::description<&CorsOptions::headers>("that requests may carry; * for all"),
      ngo::description<&CorsOptions::exposed_headers>("of answers that the page may read"),
      ngo::description<&CorsOptions::credentials>("cookies and Authorization; not with the origin *"),
      ngo::description<&CorsOptions::max_age>("how long a browser may keep the answer to a preflight"),
      ngo::description<&CorsOptions::private_network>("pages of the internet may call a private network"));
};

class Cors {
 public:
  explicit Cors(const CorsOptions& options);

  // Whether a page of that origin (scheme://host[:port]) may call.
  [[nodiscard]] bool allows(std::string_view origin) const noexcept;

  // What goes into the head of an answer. `origin`: of the request, when it is allowed; else empty.
  [[nodiscard]] std::size_t head_size(std::string_view origin) const noexcept {
    return 64 + origin.size() + after_origin_.size();
  }
  [[nodiscard]] char* write_head(std::string_view origin, const Response& response, char* at) const noexcept;

  // Whether a request, which has the method OPTIONS, is a preflight.
  [[nodiscard]] static bool is_preflight(const HeaderTable& headers) noexcept;
  // The answer to one, but for what write_head() adds. `allowed`: the methods of the address.
  void answer_preflight(const HeaderTable& headers, bool origin_allowed, MethodSet allowed,
                        Response& response) const;

 private:
  bool any_ = false;                   // every origin, without credentials
  std::vector<std::string> origins_;   // without a "*"
  std::vector<std::string> patterns_;  // with one
  std::string methods_;
  std::string headers_;  // empty: those that are asked for
  std::string max_age_;
  bool private_network_;
  std::string after_origin_;  // the lines that every answer has
};

}  // namespace http
}  // namespace ngo
