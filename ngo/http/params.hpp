// What a handler may ask for as parameters, besides path parameters (numbers, strings, bool, enums,
// durations, in the order of the pattern), Request&, and modules:
//
//   app.get("/search", [](Query<Search> search, Header<"X-Tenant"> tenant, Body body) -> Task<Result> { ...
//   });
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/runtime/generator.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

namespace http {

// How errors look to clients: problem+json (RFC 9457), or the original's {code, message, data} (unified.hpp).
enum class ErrorBody : unsigned char { problem, unified };

}  // namespace http

// The request's body, read as JSON into a plain struct and checked by its rules. A body that is not so is
// answered with 400 or 422 and all problems at once.
template <class T>
class Json {
 public:
  Json() = default;
  explicit Json(T v) : value(std::move(v)) {}
  [[nodiscard]] T& operator*() noexcept { return value; }
  [[nodiscard]] const T& operator*() const noexcept { return value; }
  [[nodiscard]] T* operator->() noexcept { return &value; }
  [[nodiscard]] const T* operator->() const noexcept { return &value; }
  T value{};
};

// The query string's parameters as a plain struct, checked by its rules.
template <class T>
class Query {
 public:
  [[nodiscard]] T& operator*() noexcept { return value; }
  [[nodiscard]] const T& operator*() const noexcept { return value; }
  [[nodiscard]] T* operator->() noexcept { return &value; }
  [[nodiscard]] const T* operator->() const noexcept { return &value; }
  T value{};
};

// A name as a template argument.
template <std::size_t N>
struct FixedString {
  char text[N];
  constexpr FixedString(const char (&from)[N]) {  // NOLINT: implicit by design
    for (std::size_t i = 0; i < N; ++i) text[i] = from[i];
  }
  [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, N - 1}; }
};

// A request header. Missing: 400. `std::optional<Header<"X">>` where it may be missing. With a second
// argument the value is read as that type: `Header<"X-Page", int>`.
template <FixedString Name, class T = std::string_view>
class Header {
 public:
  static constexpr std::string_view kName = Name.view();
  [[nodiscard]] const T& operator*() const noexcept { return value; }
  [[nodiscard]] const T* operator->() const noexcept { return &value; }
  T value{};
};

// A cookie of the request, as it was sent. Missing: 400. `std::optional<Cookie<"x">>` where it may be
// missing. With a second argument the value is read as that type: `Cookie<"page", int>`.
template <FixedString Name, class T = std::string_view>
class Cookie {
 public:
  static constexpr std::string_view kName = Name.view();
  [[nodiscard]] const T& operator*() const noexcept { return value; }
  [[nodiscard]] const T* operator->() const noexcept { return &value; }
  T value{};
};

// The body of a form (application/x-www-form-urlencoded, or multipart/form-data without files) as a plain
// struct, checked by its rules. Another content type is 415.
template <class T>
class Form {
 public:
  [[nodiscard]] T& operator*() noexcept { return value; }
  [[nodiscard]] const T& operator*() const noexcept { return value; }
  [[nodiscard]] T* operator->() noexcept { return &value; }
  [[nodiscard]] const T* operator->() const noexcept { return &value; }
  T value{};
};

namespace http {

// Where the bytes of a request's body come from.
class BodySource {
 public:
  // The next piece; empty at the end. Valid until the next call.
  [[nodiscard]] virtual Task<std::string_view> read() = 0;

 protected:
  ~BodySource() = default;
};

}  // namespace http

// The request's body as it comes, piece by piece, within the limit of size of the route. For bodies that are
// not to be held in memory. What the handler leaves unread the server drains or cuts off.
class Body {
 public:
  explicit Body(http::BodySource& source) noexcept : source_(&source) {}

  // The next piece, or nothing at the end: `while (auto piece = co_await body.next()) ...`. The bytes are
  // valid until the next call. Throws Error{invalid_argument} for broken framing, {unavailable} when the
  // client has gone.
  [[nodiscard]] Task<std::optional<std::string_view>> next();
  // All that is left, in one string.
  [[nodiscard]] Task<std::string> text();
  // The pieces as a range: `while (std::string_view* piece = co_await pieces.next()) ...`.
  [[nodiscard]] Generator<std::string_view> pieces();

 private:
  http::BodySource* source_;
};

}  // namespace ngo
