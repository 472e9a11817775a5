// All routes of a service, compiled for serving: the router, and for each route its handler with the
// middleware around it. Built once before the first request, then read by all workers.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/http/middleware.hpp"
#include "ngo/http/router.hpp"
#include "ngo/http/routes.hpp"
#include "ngo/http/server_options.hpp"

namespace ngo::http {

struct CompiledRoute {
  Chain chain;
  const char* name = "";  // the pattern; as long as the first table of these routes
  std::size_t index = 0;  // the same in all tables of these routes; their number for the fallback
  BodyUse body = BodyUse::none;
  bool direct = false;    // a plain function without middleware: called without a coroutine
  bool tried = false;     // direct, but it may say that it has to wait
  bool counted = true;    // among the requests in flight
  bool compress = false;  // answers, as the server's options say
  StepSet steps;          // the built-in steps that stand around it
  const Cors* cors = nullptr;
  const Timeout* on_timeout = nullptr;  // null: 504 as a problem
  Duration timeout{};                   // zero: no limit
  std::uint64_t max_body = 0;
};

// Supplies what lies outside of this room; see Binder::object().
class ObjectSource {
 public:
  virtual void* object(const std::type_info& type, std::string_view name, const void* recipe) = 0;

 protected:
  ~ObjectSource() = default;
};

class RouteTable {
 public:
  // Compiles the routes. Mistakes are collected in problems(), one sentence each with the place of the
  // declaration. `routes` must outlive the table.
  RouteTable(Routes& routes, const ServerOptions& options);
  // The same routes under other options, while `first` is in use: it must have no problems, and outlive this
  // one. Nobody is visited.
  RouteTable(Routes& routes, const ServerOptions& options, const RouteTable& first);

  // Visits all handlers and middleware with what they ask for: once to collect, once to fill in.
  void bind(ObjectSource& source);

  [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }
  [[nodiscard]] const Router& router() const noexcept { return router_; }
  [[nodiscard]] const CompiledRoute& route(std::size_t payload) const noexcept { return compiled_[payload]; }
  [[nodiscard]] std::size_t size() const noexcept { return compiled_.size(); }
  // What answers when no route does: the service's middleware around 404, 405 and OPTIONS.
  [[nodiscard]] const CompiledRoute& fallback() const noexcept { return fallback_; }

 private:
  // What routes have from the groups around them.
  struct Inherited {
    std::string prefix;
    std::vector<MiddlewareBase*> around;
    StepSet steps;
    bool compress = false;
    const Cors* cors = nullptr;
    Duration timeout{};
    const Timeout* on_timeout = nullptr;
    std::uint64_t max_body = 0;
  };
  [[nodiscard]] Inherited inherit(const Inherited& from, const Routes& group);
  void add(Routes& group, const Inherited& own);
  void add(Route& route, const Inherited& from);

  RouteTable(Routes& routes, const ServerOptions& options, const RouteTable* first);
  [[nodiscard]] BodyUse inspect(Route& route, const std::string& pattern);

  const RouteTable* first_;  // null: this is the first
  Router router_;
  std::vector<CompiledRoute> compiled_;
  CompiledRoute fallback_;
  std::vector<MiddlewareBase*> all_middleware_;
  std::vector<std::unique_ptr<Cors>> cors_;
  std::vector<std::string> problems_;
};

}  // namespace ngo::http
