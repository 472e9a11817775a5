// Opening connections: TCP, through a proxy, TLS.
#include "ngo/base/duration.hpp"
#include "ngo/base/error.hpp"
#include "ngo/codec/base64.hpp"
#include "ngo/codec/url.hpp"
#include "ngo/http/client/client_impl.hpp"
#include "ngo/runtime/combine.hpp"

namespace ngo::http {
namespace {

// Asks a proxy for a way to the origin (RFC 9110 section 9.3.6).
Task<void> open_tunnel(net::Stream& stream, const Origin& origin, const ResponseLimits& limits) {
  std::string request = "CONNECT ";
  std::string target(origin.url.authority());
  if (target.ends_with(']') || target.find(':') == std::string::npos)
    target.append(1, ':').append(std::to_string(origin.url.port()));
  request.append(target).append(" HTTP/1.1\r\nHost: ").append(target).append("\r\n");
  request.append(origin.proxy_authorization).append("\r\n");
  co_await stream.write_all(request);
  ResponseParser parser(limits);
  ResponseHead head;
  net::Buffer input;
  for (unsigned interim = 0;;) {
    const Progress progress =
        input.empty() ? Progress::need_more : parser.parse(input.data(), input.size(), head);
    if (progress == Progress::error)
      throw Error(Code::internal, "the proxy's answer to CONNECT is not valid: " + parser.reason());
    if (progress == Progress::need_more) {
      const std::size_t got = co_await stream.read_some(input.room(4096));
      if (got == 0)
        throw Error(Code::unavailable, "the proxy closed the connection before it answered CONNECT");
      input.commit(got);
      continue;
    }
    if (!head.interim() || head.status() == 101) break;
    if (++interim > kMaxInterim)
      throw Error(Code::internal, "the proxy sent more than 16 interim responses (1xx)");
    input.consume(head.size());
    parser.reset();
  }
  if (head.status() < 200 || head.status() > 299) {
    throw Error(Code::unavailable, "the proxy answered CONNECT " + target + " with " +
                                       std::to_string(head.status()) + " " +
                                       std::string(head.reason_phrase()));
  }
  if (input.size() != head.size())
    throw Error(Code::internal, "the proxy sent something before the server behind it can have");
}

}  // namespace

ServerPool::ServerPool(HttpClient::Impl& its_client, const Origin& its_origin, net::Address its_address)
    : client(its_client),
      origin(its_origin.url, {}),
      address(std::move(its_address)),
      pool(client.pool_options(*this), hooks()) {
  origin.set_proxy(its_origin.proxy ? &*its_origin.proxy : nullptr);
}

ConnectionPool::Hooks ServerPool::hooks() {
  ConnectionPool::Hooks hooks;
  hooks.open = [this] { return open_in_time(); };
  hooks.usable = [](std::unique_ptr<ClientConnection>& connection) { return connection->usable(); };
  return hooks;
}

Task<std::unique_ptr<ClientConnection>> ServerPool::open() {
  net::Socket socket = client.take_spare(address);
  if (!socket) socket = co_await net::connect(address);
  auto connection = std::make_unique<ClientConnection>(EventLoop::current(), std::move(socket));
  if (origin.url.secure()) {
    if (origin.proxy) co_await open_tunnel(connection->stream, origin, client.response_limits());
    tls::ClientOptions options{std::string(origin.url.host())};
    options.session_key = origin.url.origin();
    const Http2Use http2 = client.options().http2;
    if (http2 == Http2Use::only) {
      options.alpn = {"h2"};
    } else if (http2 == Http2Use::automatic && client.options().tls.alpn.empty()) {
      options.alpn = {"h2", "http/1.1"};
    }
    const std::shared_ptr<tls::ClientContext> context = co_await client.tls();
    co_await connection->stream.start_tls(*context, std::move(options));
    const tls::Session* agreed = connection->stream.tls();
    connection->http2 = http2 != Http2Use::off && agreed != nullptr && agreed->alpn() == "h2";
  }
  if (client.options().http2 == Http2Use::only && !connection->http2) {
    if (origin.url.secure())
      throw Error(Code::unavailable,
                  "the server does not agree to HTTP/2 (ALPN), and httpClient.http2 is only");
    if (origin.proxy)
      throw Error(Code::invalid_argument,
                  "a proxy for plain http speaks HTTP/1.1, and httpClient.http2 is only");
    connection->http2 = true;  // prior knowledge
  }
  co_return connection;
}

Task<std::unique_ptr<ClientConnection>> ServerPool::open_in_time() {
  const Duration limit = client.limits().connect_timeout.load();
  Task<std::unique_ptr<ClientConnection>> opening = open();
  if (limit <= Duration::zero()) co_return co_await std::move(opening);
  Context context(Context::current(), later(EventLoop::current().now(), limit));
  std::unique_ptr<ClientConnection> opened;
  try {
    opened = co_await with_context(context, std::move(opening));
  } catch (const Error& error) {
    if (error.code() != Code::deadline_exceeded || context.cause() != Code::deadline_exceeded) throw;
    throw Error(Code::unavailable, "cannot connect to " + address.to_string() + " within " +
                                       format_duration(limit) + " (connectTimeout)");
  }
  co_return opened;
}

void Origin::set_proxy(const Url* through) {
  if (through == nullptr) return;
  proxy = *through;
  if (through->user_info().empty()) return;
  std::string decoded;
  if (!url::decode_path(through->user_info(), decoded)) decoded = through->user_info();
  proxy_authorization = "Proxy-Authorization: Basic " + base64::encode(decoded) + "\r\n";
}

}  // namespace ngo::http
