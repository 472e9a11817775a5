// The server's side of HTTP/2, with real sockets and virtual time: whatever frames come, in whatever pieces,
// the connection ends, no handler is left behind and nothing stays counted.
//
// The first byte of the input says in how many bytes at a time it is sent; the preface and SETTINGS come
// first.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "ngo/base/error.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/http/server.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/clock.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"

namespace {

using std::chrono_literals::operator""ms;

constexpr std::string_view kBegin("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x4\0\0\0\0\0", 33);

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "http2_server_fuzz: %s\n", what);
  std::abort();
}

class NoObjects final : public ngo::http::ObjectSource {
 public:
  void* object(const std::type_info&, std::string_view, const void*) override { return nullptr; }
};

struct Service {
  Service() : loop(clock) {
    options.host = "127.0.0.1";
    options.port = 0;
    options.http2.initial_window_size = ngo::ByteSize(4096);
    routes.get("/", [] { return "text"; });
    routes.get("/slow", []() -> ngo::Task<std::string> {
      co_await ngo::sleep(50ms);
      co_return "slept";
    });
    routes.get("/stream", [] {
      auto write = [](ngo::BodyWriter& out) -> ngo::Task<void> {
        for (int i = 0; i < 20; ++i) co_await out.write(std::string(10'000, 'x'));
        out.trailer("x-end", "yes");
      };
      return ngo::Response::streamed(write, "text/plain");
    });
    routes.post("/", [](ngo::Body body) -> ngo::Task<std::string> { co_return co_await body.text(); });
    table = std::make_unique<ngo::http::RouteTable>(routes, options);
    NoObjects none;
    table->bind(none);
    server = std::make_unique<ngo::http::Server>(options, *table, std::vector<ngo::EventLoop*>{&loop});
    loop.block_on(server->start());
  }

  ngo::VirtualClock clock;
  ngo::EventLoop loop;
  ngo::http::ServerOptions options;
  ngo::Routes routes;
  std::unique_ptr<ngo::http::RouteTable> table;
  std::unique_ptr<ngo::http::Server> server;
};

ngo::Task<void> converse(Service& service, std::string_view bytes, std::size_t piece) {
  ngo::net::Stream stream(service.loop, co_await ngo::net::connect(service.server->address()));
  try {
    co_await stream.write_all(kBegin);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      co_await stream.write_all(bytes.substr(at, piece));
      co_await ngo::yield();
    }
    stream.shutdown_write();
    char room[4096];
    while (co_await stream.read_some(room) != 0) {
    }
  } catch (const ngo::Error&) {  // it was cut off: an end as good as any
  }
  for (int i = 0; i < 1000 && service.server->connections() > 0; ++i) co_await ngo::sleep(100ms);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Service service;
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = data[0] == 0 ? std::max<std::size_t>(1, bytes.size()) : data[0];
  service.loop.block_on(converse(service, bytes, piece));
  require(service.server->connections() == 0, "a connection does not end");
  require(service.server->in_flight() == 0, "a request stays in flight");
  return 0;
}
