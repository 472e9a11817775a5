// What a handler may return besides plain structs, strings and Response.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ngo {
namespace http {

// Replaces each "{}" of `pattern` by the next argument, percent-encoded as one path segment.
class LocationBuilder {
 public:
  explicit LocationBuilder(std::string_view pattern) : rest_(pattern) {}
  void add(std::string_view text);
  void add(std::int64_t number);
  void add(std::uint64_t number);
  // The whole; Error{internal} when arguments were missing or too many.
  [[nodiscard]] std::string finish() &&;

 private:
  void next(std::string_view encoded);
  std::string_view rest_;
  std::string made_;
};

}  // namespace http

// 201, the value as JSON, and where it can be found: `Created{article, "/articles/{}", article.id}`.
template <class T>
class Created {
 public:
  template <class... Arguments>
  Created(T made, std::string_view location_pattern, const Arguments&... arguments) : value(std::move(made)) {
    http::LocationBuilder builder(location_pattern);
    (add(builder, arguments), ...);
    location = std::move(builder).finish();
  }

  T value;
  std::string location;

 private:
  template <class A>
  static void add(http::LocationBuilder& builder, const A& argument) {
    if constexpr (std::signed_integral<A>) {
      builder.add(static_cast<std::int64_t>(argument));
    } else if constexpr (std::unsigned_integral<A>) {
      builder.add(static_cast<std::uint64_t>(argument));
    } else {
      builder.add(std::string_view(argument));
    }
  }
};

template <class T, class... Arguments>
Created(T, std::string_view, const Arguments&...) -> Created<T>;
template <class T, class... Arguments>
Created(T, const char*, const Arguments&...) -> Created<T>;

// 202 with the value as JSON: the work goes on.
template <class T>
struct Accepted {
  explicit Accepted(T v) : value(std::move(v)) {}
  T value;
};

// 204.
struct NoContent {};

// 303 (see other) or another 3xx status, with Location.
struct Redirect {
  explicit Redirect(std::string to, int with_status = 303) : location(std::move(to)), status(with_status) {}
  std::string location;
  int status;
};

}  // namespace ngo
