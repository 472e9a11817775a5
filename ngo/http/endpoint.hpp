// Turns a callable with typed parameters and a typed result into something that the server can call. What
// each parameter needs is asked once, before the first request; a need that nothing can supply stops the
// start.
//
// To make a type usable as a parameter specialise ngo::http::Param<P>; as a result ngo::http::Result<R>.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "ngo/base/type.hpp"
#include "ngo/http/params.hpp"
#include "ngo/http/request.hpp"
#include "ngo/http/response.hpp"
#include "ngo/http/results.hpp"
#include "ngo/runtime/generator.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::http {

// How a handler uses the body: not at all, complete before it is called, or as a stream.
enum class BodyUse : unsigned char { none, whole, stream };

// Supplies what handlers ask for. Every endpoint is visited twice: when the needs are collected (pointers are
// null then) and when they are filled in.
class Binder {
 public:
  // The next path parameter of the pattern, in order. Tells its number.
  virtual std::size_t path_parameter(const Type& type) = 0;
  // An object from outside of this room: a module, a piece of configuration. `recipe` says how it is made;
  // its meaning is between whoever specialised Param and whoever implements the Binder.
  virtual void* object(const std::type_info& type, std::string_view name, const void* recipe) = 0;
  virtual void body(BodyUse use) = 0;

 protected:
  ~Binder() = default;
};

// One compiled handler.
class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual void visit(Binder& binder) = 0;
  // A plain function, which returns its result at once: call(). A coroutine: start().
  [[nodiscard]] virtual bool immediate() const noexcept = 0;
  virtual void call(Request& request, Response& response) = 0;
  virtual Task<void> start(Request& request, Response& response) = 0;
  // The type of the function with its parameters and result, for people to read.
  [[nodiscard]] virtual const std::type_info& handler() const noexcept { return typeid(*this); }
  // For those that are no plain function but most often have nothing to wait for: may_answer_at_once(), and
  // then try_call(); false: nothing has been done, start() has to answer.
  [[nodiscard]] virtual bool may_answer_at_once() const noexcept { return false; }
  virtual bool try_call(Request&, Response&) { return false; }
};

// Reads path parameter `index` into `value`; throws the 400 that says why it does not fit.
void read_path_parameter(Request& request, std::size_t index, const Type& type, void* value);
void read_query(Request& request, const Type& type, void* value);
void read_json(Request& request, const Type& type, void* value);
void read_form(Request& request, const Type& type, void* value);
// False: the cookie is missing.
bool read_cookie(Request& request, std::string_view name, const Type& type, void* value);
[[noreturn]] void throw_missing_cookie(std::string_view name);
// False: the header is missing.
bool read_header(Request& request, std::string_view name, const Type& type, void* value);
[[noreturn]] void throw_missing_header(std::string_view name);
[[noreturn]] void throw_nothing_there();

// ---- parameters

template <class P>
struct Param {
  static_assert(
      !std::is_aggregate_v<std::remove_cvref_t<P>>,
      "a plain struct is no handler parameter by itself: say where it comes from, ngo::Json<T> for the "
      "body, ngo::Query<T> for the query string, ngo::Config<T> for the configuration");
  // A path parameter.
  std::size_t index = 0;
  void visit(Binder& binder) { index = binder.path_parameter(type_of<P>()); }
  P get(Request& request) const {
    P value{};
    read_path_parameter(request, index, type_of<P>(), &value);
    return value;
  }
};

template <>
struct Param<std::string_view> {
  std::size_t index = 0;
  void visit(Binder& binder) { index = binder.path_parameter(type_of<std::string>()); }
  std::string_view get(Request& request) const { return request.path_parameter(index); }
};

template <>
struct Param<Request&> {
  void visit(Binder&) const {}
  Request& get(Request& request) const { return request; }
};
template <>
struct Param<const Request&> : Param<Request&> {};

template <class T>
struct Param<Json<T>> {
  void visit(Binder& binder) const { binder.body(BodyUse::whole); }
  Json<T> get(Request& request) const {
    Json<T> json;
    read_json(request, type_of<T>(), &json.value);
    return json;
  }
};

template <class T>
struct Param<Query<T>> {
  void visit(Binder&) const {}
  Query<T> get(Request& request) const {
    Query<T> query;
    read_query(request, type_of<T>(), &query.value);
    return query;
  }
};

template <FixedString Name, class T>
struct Param<std::optional<Header<Name, T>>> {
  void visit(Binder&) const {}
  std::optional<Header<Name, T>> get(Request& request) const {
    std::optional<Header<Name, T>> header(std::in_place);
    if constexpr (std::is_same_v<T, std::string_view>) {
      std::optional<std::string_view> value = request.header(Name.view());
      if (!value) return std::nullopt;
      header->value = *value;
    } else {
      if (!read_header(request, Name.view(), type_of<T>(), &header->value)) return std::nullopt;
    }
    return header;
  }
};

template <FixedString Name, class T>
struct Param<Header<Name, T>> {
  void visit(Binder&) const {}
  Header<Name, T> get(Request& request) const {
    std::optional<Header<Name, T>> header = Param<std::optional<Header<Name, T>>>().get(request);
    if (!header) throw_missing_header(Name.view());
    return *header;
  }
};

template <FixedString Name, class T>
struct Param<std::optional<Cookie<Name, T>>> {
  void visit(Binder&) const {}
  std::optional<Cookie<Name, T>> get(Request& request) const {
    std::optional<Cookie<Name, T>> cookie(std::in_place);
    if constexpr (std::is_same_v<T, std::string_view>) {
      std::optional<std::string_view> value = request.cookie(Name.view());
      if (!value) return std::nullopt;
      cookie->value = *value;
    } else {
      if (!read_cookie(request, Name.view(), type_of<T>(), &cookie->value)) return std::nullopt;
    }
    return cookie;
  }
};

template <FixedString Name, class T>
struct Param<Cookie<Name, T>> {
  void visit(Binder&) const {}
  Cookie<Name, T> get(Request& request) const {
    std::optional<Cookie<Name, T>> cookie = Param<std::optional<Cookie<Name, T>>>().get(request);
    if (!cookie) throw_missing_cookie(Name.view());
    return *cookie;
  }
};

template <class T>
struct Param<Form<T>> {
  void visit(Binder& binder) const { binder.body(BodyUse::whole); }
  Form<T> get(Request& request) const {
    Form<T> form;
    read_form(request, type_of<T>(), &form.value);
    return form;
  }
};

template <>
struct Param<Body> {
  void visit(Binder& binder) const { binder.body(BodyUse::stream); }
  Body get(Request& request) const { return request.body_stream(); }
};

// ---- results

template <class R>
struct Result {  // a plain struct, a container, an optional member tree: JSON
  static void render(const R& value, Response& response) { response.set_json(type_of<R>(), &value); }
};

template <>
struct Result<Response> {
  static void render(Response&& value, Response& response) { response = std::move(value); }
};
template <>
struct Result<std::string> {
  static void render(std::string&& value, Response& response) {
    response.body_for(Response::Media::text) = std::move(value);
  }
};
template <>
struct Result<std::string_view> {
  static void render(std::string_view value, Response& response) {
    response.body_for(Response::Media::text) = value;
  }
};
template <>
struct Result<const char*> : Result<std::string_view> {};

template <class T>
struct Result<std::optional<T>> {  // nothing: 404
  static void render(std::optional<T>&& value, Response& response) {
    if (!value) throw_nothing_there();
    Result<T>::render(std::move(*value), response);
  }
};
template <class T>
struct Result<Created<T>> {
  static void render(Created<T>&& made, Response& response) {
    response.status(201).set_json(type_of<T>(), &made.value);
    response.header("Location", std::move(made.location));
  }
};
template <class T>
struct Result<Accepted<T>> {
  static void render(Accepted<T>&& accepted, Response& response) {
    response.status(202).set_json(type_of<T>(), &accepted.value);
  }
};
template <>
struct Result<NoContent> {
  static void render(NoContent, Response& response) { response.status(204); }
};
template <>
struct Result<Redirect> {
  static void render(Redirect&& redirect, Response& response) {
    response.status(redirect.status).header("Location", std::move(redirect.location));
  }
};
template <>
struct Result<Generator<std::string>> {  // pieces of text as they come
  static void render(Generator<std::string>&& pieces, Response& response);
};

// A result whose rendering looks at the request, and may wait: render() is a coroutine with both.
template <class R>
concept LateResult = requires(R value, Request& request, Response& response) {
  { Result<R>::render(std::move(value), request, response) } -> std::same_as<Task<void>>;
};

template <class T>
  requires LateResult<T>
struct Result<std::optional<T>> {  // nothing: 404
  static Task<void> render(std::optional<T> value, Request& request, Response& response) {
    if (!value) throw_nothing_there();
    return Result<T>::render(std::move(*value), request, response);
  }
};

// ---- the adapter

template <class T>
struct TaskResult {
  using Type = T;
  static constexpr bool kIsTask = false;
};
template <class T>
struct TaskResult<Task<T>> {
  using Type = T;
  static constexpr bool kIsTask = true;
};

template <class F>
struct Signature : Signature<decltype(&F::operator())> {};
template <class R, class... A>
struct Signature<R (*)(A...)> {
  using Function = R(A...);
  using Returns = R;
  using Params = std::tuple<Param<A>...>;
  static constexpr auto kIndices = std::index_sequence_for<A...>();
};
template <class R, class... A>
struct Signature<R(A...)> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> : Signature<R (*)(A...)> {};

template <class F>
class TypedEndpoint final : public Endpoint {
  using Shape = Signature<F>;
  using Returns = typename Shape::Returns;
  using Value = typename TaskResult<Returns>::Type;
  static constexpr bool kIsTask = TaskResult<Returns>::kIsTask;
  static constexpr bool kIsLate = LateResult<std::remove_cvref_t<Value>>;

 public:
  explicit TypedEndpoint(F function) : function_(std::move(function)) {}

  void visit(Binder& binder) override {
    std::apply([&](auto&... param) { (param.visit(binder), ...); }, params_);
  }
  [[nodiscard]] const std::type_info& handler() const noexcept override {
    return typeid(typename Shape::Function);
  }
  [[nodiscard]] bool immediate() const noexcept override { return !kIsTask && !kIsLate; }
  void call([[maybe_unused]] Request& request, [[maybe_unused]] Response& response) override {
    if constexpr (!kIsTask && !kIsLate) {
      if constexpr (std::is_void_v<Value>) {
        invoke(request, Shape::kIndices);
        response.status(204);
      } else {
        Result<std::remove_cvref_t<Value>>::render(invoke(request, Shape::kIndices), response);
      }
    }
  }
  Task<void> start(Request& request, Response& response) override {
    if constexpr (!kIsTask && !kIsLate) {
      call(request, response);
      co_return;
    } else if constexpr (!kIsTask) {
      co_await Result<std::remove_cvref_t<Value>>::render(invoke(request, Shape::kIndices), request,
                                                          response);
    } else if constexpr (std::is_void_v<Value>) {
      co_await invoke(request, Shape::kIndices);
      response.status(204);
    } else {
      Value value = co_await invoke(request, Shape::kIndices);
      if constexpr (kIsLate) {
        co_await Result<std::remove_cvref_t<Value>>::render(std::move(value), request, response);
        co_return;
      } else {
        Result<std::remove_cvref_t<Value>>::render(std::move(value), response);
      }
    }
  }

 private:
  template <std::size_t... I>
  Returns invoke([[maybe_unused]] Request& request, std::index_sequence<I...>) {
    return function_(std::get<I>(params_).get(request)...);
  }

  F function_;
  [[no_unique_address]] typename Shape::Params params_;
};

template <class F>
[[nodiscard]] std::unique_ptr<Endpoint> make_endpoint(F function) {
  return std::make_unique<TypedEndpoint<F>>(std::move(function));
}

}  // namespace ngo::http
