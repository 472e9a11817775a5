// A secret as a member of a struct: it is read like a text, and written nowhere. JSON and dumps show "***", a
// log line that names it does not compile, messages about the configuration leave it out, and its memory is
// overwritten when it is destroyed or moved away. Only value() gives it away, which is easy to search for.
//
//   struct Database { std::string url; ngo::Secret<std::string> password; };
//
// The configuration itself still holds the text, masked wherever it is shown; what a caller copies out of
// value() is the caller's.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "ngo/base/type.hpp"

namespace ngo {

namespace detail {

// Overwrites all that the string has room for, and empties it. The compiler does not leave it out.
void wipe(std::string& text) noexcept;

}  // namespace detail

template <std::same_as<std::string> T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) noexcept : value_(std::move(value)) { detail::wipe(value); }
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { detail::wipe(other.value_); }
  Secret& operator=(const Secret& other) {
    if (this == &other) return *this;
    detail::wipe(value_);
    value_ = other.value_;
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    detail::wipe(value_);
    value_ = std::move(other.value_);
    detail::wipe(other.value_);
    return *this;
  }
  ~Secret() { detail::wipe(value_); }

  // The secret itself, as long as this lives and is not assigned to.
  [[nodiscard]] const T& value() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

 private:
  T value_;
};

// What every secret is shown as.
inline constexpr std::string_view kSecretName = "a secret";

template <>
struct TextFormat<Secret<std::string>> {
  static constexpr std::string_view kName = kSecretName;
  static void write(const Secret<std::string>& value, std::string& out) {
    if (!value.empty()) out += "***";
  }
  static bool read(std::string_view text, Secret<std::string>& out, std::string& /*problem*/) {
    out = Secret<std::string>(std::string(text));
    return true;
  }
};

// Whether values of this type are secrets, or lists or options of them.
[[nodiscard]] bool is_secret(const Type& type) noexcept;

}  // namespace ngo
