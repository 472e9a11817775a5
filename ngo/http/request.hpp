// One request as handlers and middleware see it. Lives from the head's arrival until the response has been
// written; the views that it hands out live as long. Never copied: it refers to the connection's bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/http/method.hpp"
#include "ngo/http/params.hpp"
#include "ngo/net/address.hpp"
#include "ngo/net/tls_session.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo {

class Next;
namespace http {
struct Exchange;
struct MultipartLimits;
class Transaction;
}  // namespace http

class Request {
 public:
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  [[nodiscard]] http::Method method() const noexcept;
  // The method as it was sent.
  [[nodiscard]] std::string_view method_name() const noexcept;
  // The target as it was sent: "/articles/7?full=1", or an absolute URL.
  [[nodiscard]] std::string_view target() const noexcept;
  // The path as it was sent, still percent-encoded.
  [[nodiscard]] std::string_view path() const noexcept;
  // What follows the "?", still encoded; empty without one.
  [[nodiscard]] std::string_view query() const noexcept;
  // 1, or 2: HTTP/2, where minor_version() is 0.
  [[nodiscard]] int major_version() const noexcept;
  // 0 or 1: HTTP/1.0 or HTTP/1.1.
  [[nodiscard]] int minor_version() const noexcept;
  // From the Host header, or from an absolute target.
  [[nodiscard]] std::string_view host() const noexcept;

  // The value of the first header of that name, in any case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
  // The value of the first cookie of that very name, as it was sent.
  [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const noexcept;
  // The one of `offered` media types that the client likes best by its Accept header (RFC 9110, 12.5.1), of
  // equals the first. Nothing fits: throws, and the answer is 406. Set the answer's Vary accordingly.
  [[nodiscard]] std::string_view negotiate(std::initializer_list<std::string_view> offered) const;
  // Throws unless Content-Type is one of `expected`, whatever its parameters; the answer is 415 then.
  void expect_content_type(std::initializer_list<std::string_view> expected) const;
  [[nodiscard]] std::size_t header_count() const noexcept;
  // In the order in which they were sent.
  [[nodiscard]] std::pair<std::string_view, std::string_view> header_at(std::size_t index) const noexcept;

  // The pattern of the route that answers, for example "/articles/{id}"; empty when none does.
  [[nodiscard]] std::string_view route() const noexcept { return route_; }
  // A path parameter, decoded, by its place in the pattern or by its name.
  [[nodiscard]] std::string_view path_parameter(std::size_t index) const noexcept;
  [[nodiscard]] std::optional<std::string_view> path_parameter(std::string_view name) const noexcept;

  [[nodiscard]] std::string_view path_parameter_name(std::size_t index) const noexcept;

  // The complete body, where the handler asked for it (Json<T>); empty otherwise.
  [[nodiscard]] std::string_view body() const noexcept { return body_; }
  // The body as it comes.
  [[nodiscard]] Body body_stream() noexcept;
  // How errors are to look (httpServer.errorBody).
  [[nodiscard]] http::ErrorBody error_body() const noexcept;
  // What holds for a multipart body (httpServer.multipart).
  [[nodiscard]] const http::MultipartLimits& multipart_limits() const noexcept;

  // A field of the trailer section (RFC 9110, 6.5), once the body has been read to its end.
  [[nodiscard]] std::optional<std::string_view> trailer(std::string_view name) const noexcept;

  // What identifies the request in logs and to its client (httpServer.middlewares.requestId); empty where
  // that is off.
  [[nodiscard]] std::string_view id() const noexcept;
  // Tells the client's developer tools what took so long (httpServer.middlewares.serverTiming; nothing where
  // that is off). `name` is a token: "db"; another one throws Error{internal}.
  void add_timing(std::string_view name, Duration took, std::string_view description = {});

  // Where the request comes from: the peer, or the client that it speaks for when it is a trusted proxy
  // (httpServer.trustedProxies). The port may be 0: not every proxy tells it.
  [[nodiscard]] net::Address client() const;
  // "http" or "https", as the client spoke it to the first trusted proxy.
  [[nodiscard]] std::string_view scheme() const;
  // Where the connection comes from: the last hop, which may be a proxy; with httpServer.proxyProtocol what
  // its PROXY header says.
  [[nodiscard]] const net::Address& peer() const noexcept;
  // What TLS knows of the connection (httpServer.tls); null where it is plain.
  [[nodiscard]] const tls::Session* tls() const noexcept;
  // What the client has shown for itself and the server has checked (httpServer.tls.clientAuth).
  [[nodiscard]] std::optional<tls::Certificate> client_certificate() const;
  // Deadline, cancellation, log fields of this request.
  [[nodiscard]] Context& context() const noexcept;

 private:
  friend struct http::Exchange;
  friend class http::Transaction;
  friend class Next;
  Request() = default;
  void begin(http::Transaction& transaction, http::Exchange& exchange, const char* route) noexcept;
  void set_body(std::string_view body) noexcept { body_ = body; }
  [[nodiscard]] http::Transaction& transaction() const noexcept { return *transaction_; }

  http::Transaction* transaction_ = nullptr;
  http::Exchange* exchange_ = nullptr;
  const char* route_ = "";
  std::string_view body_;
};

}  // namespace ngo
