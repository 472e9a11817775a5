#include <string>
#include <utility>

#include "probe.hpp"

namespace probe {
namespace {

using ngo::Next;
using ngo::Request;
using ngo::Response;
using ngo::Task;

// Writes its letter before and after what it wraps.
auto letter(std::string name) {
  return [name](Request&, Next next) -> Task<Response> {
    Response response = co_await next();
    std::string trace(response.header("X-Trace").value_or(""));
    response.header("X-Trace", name + trace);
    co_return response;
  };
}

}  // namespace

void add_around(ngo::Routes& routes) {
  ngo::Routes& outer = routes.group("/around");
  outer.use(letter("a"));
  outer.use(letter("b"));
  ngo::Routes& inner = outer.group("/inner");
  inner.use(letter("c"));
  inner.get("/plain", [] { return "plain"; });
  inner.get("/task", []() -> Task<std::string> { co_return "task"; });
  inner.get("/fail", []() -> std::string { throw ngo::Error(ngo::Code::not_found, "not here"); });
  outer.get("/plain", [] { return "plain"; });

  outer.get("/stream", [] {
    auto stream = [](ngo::BodyWriter& out) -> Task<void> { co_await out.write("streamed"); };
    return Response::streamed(stream, "text/plain");
  });

  ngo::Routes& thrower = routes.group("/thrower");
  thrower.use([](Request&, Next next) -> Task<Response> {
    Response response = co_await next();
    throw ngo::Error(ngo::Code::aborted, response.body());
  });
  thrower.get("/text", [] { return "text"; });

  ngo::Routes& guarded = routes.group("/guarded");
  guarded.use([](Request& request, Next next) -> Task<Response> {
    if (request.header("Authorization") != "Bearer please") co_return Response(401, "who are you?");
    co_return co_await next();
  });
  guarded.get("/secret", [] { return "secret"; });
  guarded.post("/secret", [](ngo::Body body) -> Task<std::string> { co_return co_await body.text(); });

  ngo::Routes& changed = routes.group("/changed");
  changed.use([](Request&, Next next) -> Task<Response> {
    Response response = co_await next();
    co_return Response(response.status(), "[" + response.body() + "]");
  });
  changed.get("/text", [] { return "text"; });
}

}  // namespace probe
