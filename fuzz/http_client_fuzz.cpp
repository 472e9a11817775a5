// The client, with real sockets and virtual time, against a server that may say anything: as the server of
// HTTP/1.1, as a proxy that is asked to CONNECT, as the server of HTTP/2. Whatever comes, the call ends in an
// answer or an Error, no connection is left and no timer.
//
// The first byte of the input says which of the three it plays and in how many bytes at a time it answers.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/http/client/client.hpp"
#include "ngo/net/listener.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/scope.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using std::chrono_literals::operator""s;

constexpr std::string_view kHttp2Begin("\0\0\0\x4\0\0\0\0\0", 9);  // SETTINGS

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "http_client_fuzz: %s\n", what);
  std::abort();
}

struct Play {
  std::string_view first;
  std::string_view bytes;
  std::size_t piece = 1;
};

ngo::Task<void> answer(ngo::EventLoop& loop, ngo::net::Socket socket, const Play& play) {
  ngo::net::Stream stream(loop, std::move(socket));
  try {
    char request[4096];
    (void)co_await stream.read_some(request);
    co_await stream.write_all(play.first);
    for (std::size_t at = 0; at < play.bytes.size(); at += play.piece) {
      co_await stream.write_all(play.bytes.substr(at, play.piece));
      co_await ngo::yield();
    }
  } catch (const ngo::Error&) {  // the client has gone
  }
}

ngo::Task<void> call(ngo::HttpClient& http, const std::string& url) {
  try {
    auto response = co_await http.post(url).body("hello", "text/plain").attempts(1).redirects(0);
    require(response.status() >= 200 && response.status() <= 999, "an answer without a status");
    (void)response.text();
  } catch (const ngo::Error& error) {
    require(!error.message().empty(), "an error says nothing");
  }
  try {
    ngo::HttpStream stream = co_await http.get(url).attempts(1).redirects(0).stream();
    while (co_await stream.next()) {
    }
  } catch (const ngo::Error& error) {
    require(!error.message().empty(), "an error says nothing");
  }
}

ngo::Task<void> run(ngo::EventLoop& loop, const Play& play, unsigned role) {
  const auto body = [&](ngo::Scope& scope) -> ngo::Task<void> {
    ngo::net::Socket socket = ngo::net::Socket::listen(ngo::net::Address::parse("127.0.0.1", 0), false);
    const std::string where = socket.local().to_string();
    ngo::net::Listener listener(
        loop, std::move(socket),
        [&](ngo::net::Socket taken, const ngo::net::Address&) {
          scope.spawn(answer(loop, std::move(taken), play));
        },
        [](const std::string&) {});
    ngo::HttpClientOptions options;
    options.timeout = 1s;
    options.http2 = role == 2 ? ngo::Http2Use::only : ngo::Http2Use::off;
    if (role == 1) options.proxy = "http://" + where;
    const std::string url = role == 1 ? "https://127.0.0.2:1/" : "http://" + where + "/";
    ngo::HttpClient http(std::move(options));
    co_await call(http, url);
    co_await http.close();
    scope.cancel();
  };
  co_await ngo::Scope::run(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned role = data[0] % 3;
  Play play;
  play.first = role == 2 ? kHttp2Begin : std::string_view();
  play.bytes = std::string_view(reinterpret_cast<const char*>(data), size).substr(1);
  play.piece = std::max<std::size_t>(1, data[0] / 3);
  ngo::VirtualClock clock;
  ngo::EventLoop loop(clock);
  loop.block_on(run(loop, play, role));
  require(!loop.timers().next(), "a timer is left");
  return 0;
}
