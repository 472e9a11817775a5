#include "ngo/app/ops/access.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <optional>

#include "ngo/base/text.hpp"
#include "ngo/codec/base64.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/request.hpp"
#include "ngo/log/log.hpp"

namespace ngo::app {
namespace {

// What anybody may ask: probes, and figures for a collector. Health is told without its details then.
constexpr std::string_view kOpen[] = {"/health", "/health/check", "/health/status", "/health/online",
                                      "/health/offline"};
// The same beneath the base path of the actuator.
constexpr std::string_view kOpenActuator[] = {"/health", "/health/{path...}", "/prometheus"};
// A deployer switches these by GET, as the original's do.
constexpr std::string_view kWritesByGet[] = {"/health/online", "/health/offline"};

constexpr std::size_t kLongestTarget = 300;

template <std::size_t N>
bool contains(const std::string_view (&list)[N], std::string_view text) noexcept {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

// What follows the scheme's name; nothing for another scheme.
std::optional<std::string_view> credentials(std::string_view authorization, std::string_view scheme) {
  if (authorization.size() <= scheme.size() || authorization[scheme.size()] != ' ' ||
      !equals_ignoring_case(authorization.substr(0, scheme.size()), scheme))
    return std::nullopt;
  return http::trim_whitespace(authorization.substr(scheme.size() + 1));
}

Response refusal(int status, std::string_view why, const Request& request) {
  Response response;
  http::render_problem(status, why, request.path(), response);
  if (status == 401) response.header("WWW-Authenticate", R"(Bearer realm="ops")");
  response.header("Cache-Control", "no-store");
  return response;
}

}  // namespace

OpsAccess::OpsAccess(const OpsOptions& options, std::string metrics_path)
    : base_path_(options.base_path), metrics_path_(std::move(metrics_path)) {
  if (options.token) tokens_.push_back({"ops.token", digest_of(*options.token)});
  for (const auto& [name, token] : options.tokens) tokens_.push_back({name, digest_of(token)});
}

OpsAccess::Digest OpsAccess::digest_of(std::string_view text) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

// Digests are compared, all of them and to their ends: neither the time nor the memory that is touched tells
// how much of a token was right.
std::string OpsAccess::token_name(std::string_view authorization) const {
  std::string shown;
  if (const auto bearer = credentials(authorization, "Bearer")) {
    shown = *bearer;
  } else if (const auto basic = credentials(authorization, "Basic")) {
    const std::string pair = base64::decode(*basic).value_or("");
    const std::size_t colon = pair.find(':');
    if (colon != std::string::npos) shown = pair.substr(colon + 1);
  }
  const Digest digest = digest_of(shown);
  const Token* found = nullptr;
  for (const Token& each : tokens_) {
    if (CRYPTO_memcmp(digest.data(), each.digest.data(), digest.size()) == 0) found = &each;
  }
  return found == nullptr || shown.empty() ? std::string() : found->name;
}

bool is_local(const Request& request) {
  const net::Address& peer = request.peer();
  if (!peer.is_loopback() && peer.family() != net::Address::Family::unix_path) return false;
  for (const std::string_view passed_on : {"Forwarded", "X-Forwarded-For", "Via"}) {
    if (request.header(passed_on)) return false;
  }
  return true;
}

bool OpsAccess::trusts(const Request& request) const {
  return is_local(request) || !token_name(request.header("Authorization").value_or("")).empty();
}

bool OpsAccess::is_open(std::string_view route) const noexcept {
  if (contains(kOpen, route) || route == metrics_path_) return true;
  return !base_path_.empty() && route.starts_with(base_path_) &&
         contains(kOpenActuator, route.substr(base_path_.size()));
}

bool OpsAccess::is_write(http::Method method, std::string_view route) noexcept {
  return !http::is_safe(method) || contains(kWritesByGet, route);
}

void OpsAccess::guard(Routes& routes) {
  routes.use([this](Request& request, Next next) -> Task<Response> { return let_in(request, next); });
}

Task<Response> OpsAccess::let_in(Request& request, Next next) const {
  if (!is_open(request.route()) && !trusts(request)) {
    Response refused =
        tokens_.empty()
            ? refusal(
                  403,
                  "from elsewhere only health and metrics can be asked, since no token is configured; set "
                  "ops.token, or ask from this machine",
                  request)
            : refusal(401, R"(expected one of the configured tokens: "Authorization: Bearer TOKEN")",
                      request);
    if (is_write(request.method(), request.route())) log_write(request, refused.status());
    co_return refused;
  }
  Response response = co_await next();
  if (is_write(request.method(), request.route()) && response.status() != 404 && response.status() != 405)
    log_write(request, response.status());
  co_return response;
}

void OpsAccess::log_write(const Request& request, int status) const {
  std::string token = token_name(request.header("Authorization").value_or(""));
  if (token.empty()) token = is_local(request) ? "none, this machine" : "none";
  log::with({{"token", token},
             {"agent", std::string(request.header("User-Agent").value_or("")).substr(0, kLongestTarget)},
             {"status", status}})
      .at(http::is_safe(request.method()) ? log::Level::info : log::Level::warn, "ops: {} {} asked by {}",
          request.method_name(), request.target().substr(0, kLongestTarget), request.peer().host());
}

}  // namespace ngo::app
