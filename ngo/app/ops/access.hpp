// Who may ask what on the ops port: the one place of that rule. From this machine everything answers. From
// elsewhere only what is_open() lists does, and the rest wants a token (`ops.token`, `ops.tokens`) as
// "Authorization: Bearer TOKEN", or as the password of Basic, which Spring Boot Admin sends. A route that
// nobody thought of here is therefore protected.
//
// A request that a proxy of this machine has passed on (Forwarded, X-Forwarded-For, Via) is one from
// elsewhere. What changes something is logged with who asked for it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/app/options.hpp"
#include "ngo/http/routes.hpp"

namespace ngo::app {

class OpsAccess {
 public:
  // `metrics_path`: where a collector of metrics asks (metrics.path).
  explicit OpsAccess(const OpsOptions& options, std::string metrics_path = "/metrics");

  // Wraps all routes of the ops port: 401 without a token that is known, 403 where none is configured.
  // This object must outlive them.
  void guard(Routes& routes);

  // Whether this request may see and do everything.
  [[nodiscard]] bool trusts(const Request& request) const;
  // Whether the route of this pattern answers anybody (with little: health without details, metrics).
  [[nodiscard]] bool is_open(std::string_view route) const noexcept;
  // Whether a request changes something.
  [[nodiscard]] static bool is_write(http::Method method, std::string_view route) noexcept;
  // The name of the token in the value of an Authorization header; empty for none that is known. Takes as
  // long whatever is wrong with it.
  [[nodiscard]] std::string token_name(std::string_view authorization) const;

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Token {
    std::string name;
    Digest digest;
  };
  [[nodiscard]] static Digest digest_of(std::string_view text);
  [[nodiscard]] Task<Response> let_in(Request& request, Next next) const;
  void log_write(const Request& request, int status) const;

  std::vector<Token> tokens_;
  std::string base_path_;
  std::string metrics_path_;
};

// Whether the request comes from a program of this machine itself.
[[nodiscard]] bool is_local(const Request& request);

}  // namespace ngo::app
