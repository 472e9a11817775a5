// Middleware: a coroutine around the handlers of a service or a group.
//
//   app.use([](Request& request, Next next) -> Task<Response> {
//     Response response = co_await next();
//     response.header("X-Served-By", "newsroom");
//     co_return response;
//   });
//
// It may answer by itself without calling next(), and may ask for modules as further parameters. next() gives
// back a response also when the handler failed: errors have become problem bodies by then. Only the end of
// the request's Context (deadline, client gone) comes through as an exception.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "ngo/http/endpoint.hpp"

namespace ngo {

namespace http {

class MiddlewareBase;

// A handler with the middleware around it, outermost first.
struct Chain {
  std::vector<MiddlewareBase*> around;
  Endpoint* endpoint = nullptr;  // null: no route; the server's own answer (404, 405) is inside
};

}  // namespace http

// The rest of the chain. Call it at most once, before the middleware ends.
class Next {
 public:
  Next(Request& request, const http::Chain& chain, std::size_t position) noexcept
      : request_(&request), chain_(&chain), position_(position) {}
  [[nodiscard]] Task<Response> operator()() const;

 private:
  Request* request_;
  const http::Chain* chain_;
  std::size_t position_;
};

namespace http {

class MiddlewareBase {
 public:
  virtual ~MiddlewareBase() = default;
  virtual void visit(Binder& binder) = 0;
  virtual Task<Response> run(Request& request, Next next) = 0;
};

template <>
struct Param<Next> {
  void visit(Binder&) const {}
};

template <class F>
class TypedMiddleware final : public MiddlewareBase {
  using Shape = Signature<F>;
  static_assert(std::is_same_v<typename Shape::Returns, Task<Response>>,
                "middleware is a coroutine that returns ngo::Task<ngo::Response>");

 public:
  explicit TypedMiddleware(F function) : function_(std::move(function)) {}
  void visit(Binder& binder) override {
    std::apply([&](auto&... param) { (param.visit(binder), ...); }, params_);
  }
  Task<Response> run(Request& request, Next next) override { return invoke(request, next, Shape::kIndices); }

 private:
  template <std::size_t... I>
  Task<Response> invoke(Request& request, Next next, std::index_sequence<I...>) {
    return function_(argument(std::get<I>(params_), request, next)...);
  }
  template <class P>
  static decltype(auto) argument(P& param, Request& request, [[maybe_unused]] Next next) {
    if constexpr (std::is_same_v<P, Param<Next>>) {
      return next;
    } else {
      return param.get(request);
    }
  }

  F function_;
  typename Shape::Params params_;
};

}  // namespace http
}  // namespace ngo
