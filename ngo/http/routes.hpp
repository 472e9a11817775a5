// Where a service says which handler answers what. Patterns: "/articles/{id}" (one segment),
// "/files/{path...}" (the rest). A literal beats a parameter beats the rest, whatever the order of
// declaration. All mistakes (conflicts, bad patterns, parameters that do not fit) are reported together when
// the service starts, each with its place.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/http/endpoint.hpp"
#include "ngo/http/method.hpp"
#include "ngo/http/middleware.hpp"
#include "ngo/http/middleware/cors.hpp"
#include "ngo/http/middleware/step.hpp"
#include "ngo/http/static_files.hpp"

namespace ngo {

namespace http {
class RouteTable;
}
class Routes;

// What a client gets when its request takes too long, with the original's defaults.
struct Timeout {
  Duration limit = std::chrono::seconds(5);
  int http_code = 503;
  std::string message = R"({"code": -1, "msg":"http: Handler timeout"})";
  // Makes the answer instead of code and message.
  std::function<Response(const Request&)> handler = {};
  // Is told of it as well.
  std::function<void(const Request&)> callback = {};
};

// One declared route, for settings of its own.
class Route {
 public:
  // The time for the whole request, instead of httpServer.requestTimeout. Zero: no limit. When it is over the
  // handler's Context ends and with it what the handler waits for, and the client gets 504.
  Route& timeout(Duration limit) {
    timeout_ = limit;
    on_timeout_.reset();
    return *this;
  }
  // The same with another answer.
  Route& timeout(Timeout timeout) {
    timeout_ = timeout.limit;
    on_timeout_ = std::make_unique<Timeout>(std::move(timeout));
    return *this;
  }
  // The largest body in bytes, instead of httpServer.maxBodySize.
  Route& max_body(std::size_t bytes) {
    max_body_ = bytes;
    return *this;
  }
  // Whether answers may be compressed, instead of httpServer.compression.enabled; its other settings hold.
  Route& compress(bool on) {
    compress_ = on;
    return *this;
  }
  // Leaves built-in steps out: `.without(Step::access_log, Step::cors)`.
  template <class... Steps>
  Route& without(Step first, Steps... more) {
    without_.add(first);
    (without_.add(more), ...);
    return *this;
  }
  // A health probe: not counted among the requests in flight, not in the access log, answered also under
  // maintenance, and open to whoever may reach the port.
  Route& probe() {
    probe_ = true;
    return *this;
  }

 private:
  friend class Routes;
  friend class http::RouteTable;
  std::string pattern_;
  http::Method method_{};
  std::optional<Duration> timeout_;
  std::optional<std::size_t> max_body_;
  std::optional<bool> compress_;
  std::source_location where_;
  std::unique_ptr<http::Endpoint> endpoint_;
  std::unique_ptr<Timeout> on_timeout_;
  http::StepSet without_;
  bool probe_ = false;
  std::string problem_;  // found when it was declared, reported with all others
};

// A set of routes: a service's, or a group's within it. Not movable: routes refer to their group.
class Routes {
 public:
  using Where = std::source_location;

  Routes() = default;
  Routes(const Routes&) = delete;
  Routes& operator=(const Routes&) = delete;

  // `handler` is a function or coroutine with typed parameters; see endpoint.hpp.
  template <class F>
  Route& get(std::string_view pattern, F handler, Where where = Where::current()) {
    return add(http::Method::get, pattern, http::make_endpoint(std::move(handler)), where);
  }
  template <class F>
  Route& post(std::string_view pattern, F handler, Where where = Where::current()) {
    return add(http::Method::post, pattern, http::make_endpoint(std::move(handler)), where);
  }
  template <class F>
  Route& put(std::string_view pattern, F handler, Where where = Where::current()) {
    return add(http::Method::put, pattern, http::make_endpoint(std::move(handler)), where);
  }
  template <class F>
  Route& patch(std::string_view pattern, F handler, Where where = Where::current()) {
    return add(http::Method::patch, pattern, http::make_endpoint(std::move(handler)), where);
  }
  template <class F>
  Route& del(std::string_view pattern, F handler, Where where = Where::current()) {
    return add(http::Method::del, pattern, http::make_endpoint(std::move(handler)), where);
  }
  template <class F>
  Route& route(http::Method method, std::string_view pattern, F handler, Where where = Where::current()) {
    return add(method, pattern, http::make_endpoint(std::move(handler)), where);
  }

  // The files of a directory under `path` (static_files.hpp): routes.static_files("/assets", "web/assets").
  Route& static_files(std::string_view path, std::string directory, StaticFiles options = StaticFiles(),
                      Where where = Where::current());

  // Routes whose patterns begin with `prefix`, inside of this one's middleware. Lives as long as its parent.
  Routes& group(std::string_view prefix);

  // What holds for all routes of this set and its groups, also those that are declared later, unless they say
  // otherwise themselves. See Route.
  Routes& timeout(Duration limit) {
    timeout_ = limit;
    on_timeout_.reset();
    return *this;
  }
  Routes& timeout(Timeout timeout) {
    timeout_ = timeout.limit;
    on_timeout_ = std::make_unique<Timeout>(std::move(timeout));
    return *this;
  }
  Routes& max_body(std::size_t bytes) {
    max_body_ = bytes;
    return *this;
  }
  template <class... Steps>
  Routes& without(Step first, Steps... more) {
    without_.add(first);
    (without_.add(more), ...);
    return *this;
  }

  // Lets pages of other origins call these routes, whatever httpServer.middlewares.cors says.
  Routes& cors(http::CorsOptions options) {
    cors_ = std::make_unique<http::CorsOptions>(std::move(options));
    return *this;
  }

  // Wraps all routes of this set and its groups, also those that are declared later; on the whole service
  // also requests that no route answers. The first one is the outermost.
  template <class F>
  Routes& use(F middleware) {
    middleware_.push_back(std::make_unique<http::TypedMiddleware<F>>(std::move(middleware)));
    return *this;
  }

 private:
  friend class http::RouteTable;
  Route& add(http::Method method, std::string_view pattern, std::unique_ptr<http::Endpoint> endpoint,
             Where where);

  std::string prefix_;
  std::optional<Duration> timeout_;
  std::unique_ptr<Timeout> on_timeout_;
  std::unique_ptr<http::CorsOptions> cors_;
  std::optional<std::size_t> max_body_;
  http::StepSet without_;
  std::vector<std::unique_ptr<http::MiddlewareBase>> middleware_;
  std::vector<std::unique_ptr<Routes>> groups_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace ngo
