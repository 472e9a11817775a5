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
  const char* name = "";  // the pattern
  BodyUse body = BodyUse::none;
  bool direct = false;    // a plain function without middleware: called without a coroutine
  bool counted = true;    // among the requests in flight
  bool compress = false;  // answers, as the server's options say
  Duration timeout{};     // zero: no limit
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

  // Visits all handlers and middleware with what they ask for: once to collect, once to fill in.
  void bind(ObjectSource& source);

  [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }
  [[nodiscard]] const Router& router() const noexcept { return router_; }
  [[nodiscard]] const CompiledRoute& route(std::size_t payload) const noexcept { return compiled_[payload]; }
  // What answers when no route does: the service's middleware around 404, 405 and OPTIONS.
  [[nodiscard]] const CompiledRoute& fallback() const noexcept { return fallback_; }

 private:
  void add(Routes& group, const std::string& prefix, const std::vector<MiddlewareBase*>& around,
           const ServerOptions& options);
  void add(Route& route, const std::string& pattern, const std::vector<MiddlewareBase*>& around,
           const ServerOptions& options);

  Router router_;
  std::vector<CompiledRoute> compiled_;
  CompiledRoute fallback_;
  std::vector<MiddlewareBase*> all_middleware_;
  std::vector<std::string> problems_;
};

}  // namespace ngo::http
