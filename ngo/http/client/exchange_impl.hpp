// One call from its first word to the end of its response: what HttpCall fills in, what the connection works
// on, and what HttpResponse shows. Kept for the next call of its thread, so that an ordinary call allocates
// nothing. For the sources of the client only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/http/body_decoder_impl.hpp"
#include "ngo/http/client/body_reader_impl.hpp"
#include "ngo/http/client/client.hpp"
#include "ngo/http/client/connection_impl.hpp"
#include "ngo/http/client/response_parser.hpp"
#include "ngo/http/client/sender_impl.hpp"
#include "ngo/http/client/upstreams.hpp"
#include "ngo/http/http2/client_session.hpp"
#include "ngo/metrics/instruments.hpp"
#include "ngo/net/pool.hpp"
#include "ngo/runtime/context.hpp"

namespace ngo::http {

// One request that a server is busy with, until its answer has been read to its end.
class InFlight {
 public:
  InFlight() = default;
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  ~InFlight() { end(); }

  void begin(std::shared_ptr<Upstream> server, const metrics::UpDownCounter& counter) noexcept {
    end();
    ++server->in_flight;
    counter.add(1);
    server_ = std::move(server);
    counter_ = counter;
  }
  void end() noexcept {
    if (!server_) return;
    --server_->in_flight;
    counter_.add(-1);
    server_.reset();
  }

 private:
  std::shared_ptr<Upstream> server_;
  metrics::UpDownCounter counter_;
};

struct SharedSession;
using ConnectionPool = net::Pool<std::unique_ptr<ClientConnection>>;

struct ClientExchange {
  // What the call is doing, for messages.
  enum class Phase : std::uint8_t { connecting, sending, waiting, reading };

  [[nodiscard]] static ClientExchangePointer make();
  void reset();
  // Takes over everything that was said about the other call.
  void copy_call(const ClientExchange& other);

  // ---- the call
  HttpClient::Impl* client = nullptr;
  Method method = Method::get;
  Url url;
  std::string fields;          // "Name: value\r\n" ...
  std::string private_fields;  // those that are for the first origin alone
  std::string body_fields;     // those that go with the body
  std::string body;
  std::string host;  // instead of the URL's, for the first origin
  HttpCall::Stream body_stream;
  std::optional<std::uint64_t> body_stream_length;
  std::function<Task<HttpResponse>(const Error&)> fallback;
  std::string resource;                                             // of a circuit breaker
  std::function<Task<HttpResponse>(const Error&)> when_it_is_open;  // instead of `fallback`
  Duration timeout{};
  Duration write_timeout{};
  Duration response_timeout{};
  Duration read_timeout{};
  std::uint64_t max_body = 0;
  unsigned max_attempts = 1;
  unsigned max_redirects = 0;
  bool has_body = false;
  bool is_form = false;
  bool repeatable = false;  // said so
  bool decompress = false;
  bool streamed = false;  // the response is
  bool own_user_agent = false;
  bool own_accept_encoding = false;
  bool own_authorization = false;
  bool own_read_timeout = false;
  bool own_cookie = false;

  // ---- its way
  std::string output;  // the head as it is sent
  Context* limits = nullptr;
  TimePoint deadline = TimePoint::max();  // of the whole call
  TimePoint head_deadline = TimePoint::max();
  std::shared_ptr<Upstream> server;
  InFlight in_flight;
  ConnectionPool::Lease lease;             // of HTTP/1.1
  std::shared_ptr<SharedSession> session;  // or of HTTP/2:
  std::unique_ptr<http2::ClientRequest> request;
  std::unique_ptr<RequestSender> sender;  // while something is still to be sent
  Phase phase = Phase::connecting;
  bool reused = false;    // the connection had been used before
  bool sent_any = false;  // bytes of this attempt
  bool sent_all = false;
  bool received_any = false;
  bool unprocessed = false;  // the server said that it has not looked at it
  unsigned attempts = 0;
  unsigned redirects = 0;

  // ---- the response
  ResponseHead head;
  std::string head_bytes;
  BodyReader reader;
  std::unique_ptr<BodyDecoder> decoder;
  std::string_view protocol;  // static text
  std::string answer;
  http2::Fields trailers;
  int status = 200;
  bool degraded = false;

  [[nodiscard]] ClientConnection& connection() const noexcept { return **lease; }
  [[nodiscard]] bool may_repeat() const noexcept { return repeatable || is_idempotent(method); }
  // Whether the body is still to be read.
  [[nodiscard]] bool open() const noexcept { return lease || request; }
  // Ends what is going on; the connection, or the stream of HTTP/2, is closed.
  void drop() noexcept {
    sender.reset();
    request.reset();
    session.reset();
    lease.discard();
    in_flight.end();
  }
  // What the head says of the body: its coding, and its length where that is too much.
  void expect_body(std::optional<std::uint64_t> length);
  void expect_no_more_than(std::uint64_t bytes) const;
  // What Host or :authority says.
  [[nodiscard]] std::string_view authority() const noexcept {
    if (!host.empty()) return host;
    return url.socket_path().empty() ? url.authority() : "localhost";
  }
  // The pending wait ends at `limit` from now, or with the whole call.
  void limit(Duration limit) noexcept;
  // "GET http://users/7: text", without secrets.
  [[nodiscard]] std::string describe(std::string_view text) const;
  [[nodiscard]] Error failure(Code code, std::string_view text) const { return {code, describe(text)}; }
};

}  // namespace ngo::http
