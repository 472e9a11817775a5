// What spans and events are described with: a key and a value, taken by reference and copied where they are
// recorded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace ngo::trace {

// The name of an attribute that is written in the code: it is not copied, so only a literal makes one.
class AttributeKey {
 public:
  template <std::size_t N>
  consteval AttributeKey(const char (&text)[N])  // NOLINT(google-explicit-constructor): a parameter type
      : text_(text, N - 1) {}
  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

// Text, a truth value, a whole number or another one. Text is referred to.
class Value {
 public:
  enum class Type : std::uint8_t { text, boolean, integer, number };

  // NOLINTBEGIN(google-explicit-constructor): a parameter type
  constexpr Value(std::string_view text) noexcept : type_(Type::text), text_(text) {}
  constexpr Value(const char* text) noexcept : Value(std::string_view(text)) {}
  template <class T>
    requires(std::is_convertible_v<const T&, std::string_view> && !std::is_pointer_v<std::decay_t<T>>)
  constexpr Value(const T& text) noexcept : Value(std::string_view(text)) {}
  constexpr Value(bool truth) noexcept : type_(Type::boolean), integer_(truth ? 1 : 0) {}
  template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  constexpr Value(T integer) noexcept : type_(Type::integer), integer_(static_cast<std::int64_t>(integer)) {}
  constexpr Value(double number) noexcept : type_(Type::number), number_(number) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] constexpr Type type() const noexcept { return type_; }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }
  [[nodiscard]] constexpr std::int64_t integer() const noexcept { return integer_; }
  [[nodiscard]] constexpr double number() const noexcept { return number_; }

 private:
  Type type_;
  union {
    std::string_view text_;
    std::int64_t integer_;
    double number_;
  };
};

}  // namespace ngo::trace
