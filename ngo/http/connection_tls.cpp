// Step 0 of the pipeline in connection.hpp for a port that speaks TLS. The PROXY header comes before the
// handshake, in plain text; what has been read behind it belongs to the handshake.
#include <sys/socket.h>

#include "ngo/base/error.hpp"
#include "ngo/http/connection.hpp"
#include "ngo/http/server.hpp"
#include "ngo/log/limited.hpp"
#include "ngo/log/log.hpp"

namespace ngo::http {
namespace {

constexpr std::size_t kProxyHeaderBytes = 2048;
constexpr std::string_view kUseHttps =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 44\r\n"
    "Connection: close\r\n\r\nThis port speaks TLS: use https, not http.\r\n";

std::string_view field(const Error& error, std::string_view name) {
  for (const auto& [each, value] : error.fields()) {
    if (each == name) return value;
  }
  return {};
}

}  // namespace

Task<void> Connection::begin_tls() {
  if (expects_proxy_header_) co_await read_proxy_header();
  limit_ = TimePoint::max();
  try {
    co_await stream_.start_tls(*shard_.server().tls(), in_.view());
  } catch (const Error& error) {
    log_no_tls(error);
    throw;
  }
  in_.release();
  from_.secure = true;
  from_.tls = stream_.tls();
}

Task<void> Connection::read_proxy_header() {
  for (;;) {
    while (!stream_.has_news()) {
      enter(Phase::idle);
      co_await stream_.readable();
      if (aborted_ || timed_out_) throw Error(Code::aborted, "no PROXY header came in time");
    }
    const net::Stream::Transfer got = stream_.try_read(in_.room(kProxyHeaderBytes));
    if (got.state == net::Stream::Transfer::State::would_block) continue;
    if (got.state != net::Stream::Transfer::State::moved)
      throw Error(Code::unavailable, "the connection ended before its PROXY header");
    in_.commit(got.bytes);
    const Head header = take_proxy_header();
    if (header == Head::complete) co_return;
    if (header == Head::refused) throw Error(Code::invalid_argument, "the PROXY header cannot be read");
  }
}

// Whoever only looks whether the port is open, as load balancers do every few seconds, is no news, nor is
// that we stop. Many at once are counted in one line, or they would fill the log.
void Connection::log_no_tls(const Error& error) {
  const std::string_view kind = field(error, "tls");
  if (kind == "plain_http") {
    // There is nobody to speak TLS with, but somebody to help.
    static_cast<void>(::send(stream_.descriptor(), kUseHttps.data(), kUseHttps.size(), MSG_NOSIGNAL));
    ::shutdown(stream_.descriptor(), SHUT_WR);
  }
  const bool by_us = error.code() == Code::cancelled || error.code() == Code::aborted;
  if (kind == "closed" || by_us) {
    log::debug("{}: {}", from_.address.host(), error.message());
  } else {
    log::every(std::chrono::milliseconds(10)).info("{}: {}", from_.address.host(), error.message());
  }
}

}  // namespace ngo::http
