#include <algorithm>
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <ngo/runtime/wait.hpp>

#include "probe.hpp"

namespace probe {
namespace {

struct Amount {
  std::uint64_t bytes = 0;
};

struct Pieces {
  std::uint64_t count = 3;
  std::uint64_t break_after = 1'000'000'000;
  bool trailers = false;
};

struct Received {
  std::uint64_t bytes = 0;
  std::uint64_t sum = 0;  // of all bytes, so that none was exchanged
};

struct Count {
  std::int64_t count;
};

std::atomic<std::int64_t> smuggled{0};
std::atomic<std::int64_t> written{0};

std::string filler(std::size_t bytes) { return std::string(bytes, 'x'); }

ngo::Task<Received> receive(ngo::Body body) {
  Received received;
  while (auto piece = co_await body.next()) {
    received.bytes += piece->size();
    for (char byte : *piece) received.sum += static_cast<unsigned char>(byte);
  }
  co_return received;
}

}  // namespace

void add_bodies(ngo::Routes& routes) {
  // ---- in
  routes.post("/sink", [](ngo::Body body) -> ngo::Task<Received> { co_return co_await receive(body); });
  routes.post("/sink/small", [](ngo::Body body) -> ngo::Task<Received> { co_return co_await receive(body); })
      .max_body(100);
  routes
      .post("/sink/patient", [](ngo::Body body) -> ngo::Task<Received> { co_return co_await receive(body); })
      .timeout(ngo::Duration::zero());
  routes.post("/text", [](ngo::Body body) -> ngo::Task<std::string> { co_return co_await body.text(); });
  for (ngo::http::Method method : {ngo::http::Method::get, ngo::http::Method::post}) {
    // As /text, and with an answer that has a body of its own.
    routes.route(method, "/echo", [](ngo::Body body) -> ngo::Task<std::string> {
      co_return "you sent " + co_await body.text();
    });
  }
  routes.post("/trailers", [](ngo::Request& request, ngo::Body body) -> ngo::Task<std::string> {
    std::string text = co_await body.text();
    co_return text + " " + std::string(request.trailer("X-Sum").value_or("none"));
  });
  routes.post("/ignore", [] { return "ignored"; });
  routes.post("/ignore/task", []() -> ngo::Task<std::string> { co_return "ignored"; });
  routes.post("/ignore/stream", [](ngo::Body) -> ngo::Task<std::string> { co_return "ignored"; });
  routes.post("/ignore/late", [](ngo::Body body) -> ngo::Task<std::string> {
    co_await body.next();
    co_return "read one piece";
  });

  // ---- out
  routes.get("/large", [](ngo::Query<Amount> amount) { return filler(amount->bytes); });
  routes.get("/stream", [](ngo::Query<Pieces> pieces) {
    auto stream = [pieces = *pieces](ngo::BodyWriter& out) -> ngo::Task<void> {
      for (std::uint64_t i = 0; i < pieces.count; ++i) {
        if (i == pieces.break_after) throw std::runtime_error("broken on purpose");
        co_await out.write("piece " + std::to_string(i) + "\n");
        co_await out.flush();
      }
      if (pieces.trailers) out.trailer("X-Pieces", std::to_string(pieces.count));
    };
    return ngo::Response::streamed(stream, "text/plain");
  });
  // So many bytes in pieces of 64 KiB; /flow/written tells how many have been handed over.
  routes.get("/flow", [](ngo::Query<Amount> amount) {
    auto stream = [left = amount->bytes](ngo::BodyWriter& out) mutable -> ngo::Task<void> {
      const std::string piece = filler(64 * 1024);
      written = 0;
      while (left > 0) {
        std::size_t size = std::min<std::uint64_t>(left, piece.size());
        co_await out.write(std::string_view(piece).substr(0, size));
        left -= size;
        written += static_cast<std::int64_t>(size);
      }
    };
    return ngo::Response::streamed(stream, "application/octet-stream");
  });
  routes.get("/flow/written", [] { return Count{written.load()}; });

  // ---- what must never be reached from inside of another request
  for (ngo::http::Method method : {ngo::http::Method::get, ngo::http::Method::post}) {
    routes.route(method, "/smuggled", [] { return Count{++smuggled}; });
  }
  routes.get("/smuggled/count", [] { return Count{smuggled.load()}; });
}

}  // namespace probe
