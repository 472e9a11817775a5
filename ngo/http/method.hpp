// The request methods, and sets of them (RFC 9110 section 9).
//
// Only the nine registered everywhere have a value of their own; any other valid token is Method::unknown,
// which a server answers with 501 (section 9.1). Names are case-sensitive: `get` is not GET.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ngo::http {

enum class Method : std::uint8_t { get, head, post, put, del, connect, options, trace, patch, unknown };

inline constexpr std::size_t kMethodCount = 9;  // without `unknown`

inline constexpr std::array<std::string_view, kMethodCount + 1> kMethodNames = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "unknown"};

// The name as it stands in a request line.
[[nodiscard]] constexpr std::string_view to_string(Method method) noexcept {
  return kMethodNames[static_cast<std::size_t>(method)];
}

// The method of exactly that name; Method::unknown for every other text.
[[nodiscard]] constexpr Method method_from_string(std::string_view name) noexcept {
  for (std::size_t index = 0; index < kMethodCount; ++index) {
    if (kMethodNames[index] == name) return static_cast<Method>(index);
  }
  return Method::unknown;
}

// Safe methods ask for nothing but a representation (RFC 9110 section 9.2.1).
[[nodiscard]] constexpr bool is_safe(Method method) noexcept {
  return method == Method::get || method == Method::head || method == Method::options ||
         method == Method::trace;
}

// Idempotent methods may be repeated when the first answer was lost (RFC 9110 section 9.2.2).
[[nodiscard]] constexpr bool is_idempotent(Method method) noexcept {
  return is_safe(method) || method == Method::put || method == Method::del;
}

// A small set of methods: what a route answers, what `Allow` lists. A value, two bytes.
class MethodSet {
 public:
  constexpr MethodSet() noexcept = default;
  // A method is a set of one.
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr MethodSet(Method method) noexcept
      : bits_(static_cast<std::uint16_t>(1U << static_cast<unsigned>(method))) {}

  // All nine known methods.
  [[nodiscard]] static constexpr MethodSet all() noexcept { return from_bits((1U << kMethodCount) - 1U); }

  [[nodiscard]] constexpr bool contains(Method method) const noexcept {
    return (bits_ >> static_cast<unsigned>(method) & 1U) != 0;
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  [[nodiscard]] constexpr std::uint16_t bits() const noexcept { return bits_; }

  constexpr MethodSet& operator|=(MethodSet other) noexcept { return *this = *this | other; }
  friend constexpr MethodSet operator|(MethodSet a, MethodSet b) noexcept {
    return from_bits(a.bits_ | b.bits_);
  }
  friend constexpr MethodSet operator&(MethodSet a, MethodSet b) noexcept {
    return from_bits(a.bits_ & b.bits_);
  }
  friend constexpr bool operator==(MethodSet, MethodSet) noexcept = default;

  // The value of an `Allow` field, in the order of the enumeration: "GET, HEAD, OPTIONS".
  [[nodiscard]] std::string to_string() const {
    std::string text;
    for (std::size_t index = 0; index < kMethodCount; ++index) {
      if (!contains(static_cast<Method>(index))) continue;
      if (!text.empty()) text += ", ";
      text += kMethodNames[index];
    }
    return text;
  }

 private:
  static constexpr MethodSet from_bits(unsigned bits) noexcept {
    MethodSet set;
    set.bits_ = static_cast<std::uint16_t>(bits);
    return set;
  }

  std::uint16_t bits_ = 0;
};

// `Method::get | Method::head`
[[nodiscard]] constexpr MethodSet operator|(Method a, Method b) noexcept {
  return MethodSet(a) | MethodSet(b);
}

}  // namespace ngo::http
