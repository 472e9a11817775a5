// A named value beside the message of a log line. Holds no memory of its own: made where the line is written,
// and read before the statement ends.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace ngo::log {

class Field {
 public:
  enum class Kind : std::uint8_t { null, boolean, integer, natural, real, text };

  constexpr Field(std::string_view name, std::nullptr_t) noexcept : name_(name), kind_(Kind::null) {}
  constexpr Field(std::string_view name, bool value) noexcept
      : name_(name), kind_(Kind::boolean), boolean_(value) {}
  template <std::signed_integral T>
    requires(!std::same_as<T, char>)
  constexpr Field(std::string_view name, T value) noexcept
      : name_(name), kind_(Kind::integer), integer_(value) {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  constexpr Field(std::string_view name, T value) noexcept
      : name_(name), kind_(Kind::natural), natural_(value) {}
  template <std::floating_point T>
  constexpr Field(std::string_view name, T value) noexcept
      : name_(name), kind_(Kind::real), real_(static_cast<double>(value)) {}
  // Written as seconds with a fraction.
  template <class Rep, class Period>
  constexpr Field(std::string_view name, std::chrono::duration<Rep, Period> value) noexcept
      : name_(name), kind_(Kind::real), real_(std::chrono::duration<double>(value).count()) {}
  constexpr Field(std::string_view name, std::string_view value) noexcept
      : name_(name), kind_(Kind::text), text_(value) {}
  Field(std::string_view name, const std::string& value) noexcept : Field(name, std::string_view(value)) {}
  constexpr Field(std::string_view name, const char* value) noexcept
      : name_(name), kind_(value == nullptr ? Kind::null : Kind::text) {
    if (value != nullptr) text_ = value;
  }

  [[nodiscard]] constexpr std::string_view name() const noexcept { return name_; }
  [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }
  [[nodiscard]] constexpr bool boolean() const noexcept { return boolean_; }
  [[nodiscard]] constexpr std::int64_t integer() const noexcept { return integer_; }
  [[nodiscard]] constexpr std::uint64_t natural() const noexcept { return natural_; }
  [[nodiscard]] constexpr double real() const noexcept { return real_; }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view name_;
  Kind kind_;
  union {
    bool boolean_;
    std::int64_t integer_;
    std::uint64_t natural_;
    double real_;
    std::string_view text_{};
  };
};

// {{"route", route}, {"status", 500}}
using Fields = std::initializer_list<Field>;

}  // namespace ngo::log
