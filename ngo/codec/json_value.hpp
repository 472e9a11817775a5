// JSON that has no struct: a small dynamic value. Numbers keep their exact 64-bit integers; objects keep the
// order of their members, and finding one is a linear search. Where the shape is known a plain struct is
// faster, smaller and checks more. A JsonValue may be a member of a plain struct.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ngo {

struct JsonMember;

class JsonValue {
 public:
  // integer: fits std::int64_t. natural: above that, fits std::uint64_t. real: everything else that is a
  // number.
  enum class Kind : std::uint8_t { null, boolean, integer, natural, real, string, array, object };
  using Array = std::vector<JsonValue>;
  using Object = std::vector<JsonMember>;

  // NOLINTBEGIN(google-explicit-constructor): values convert, so that {"a", 1} and arguments read naturally
  JsonValue() noexcept : kind_(Kind::null), integer_(0) {}
  JsonValue(std::nullptr_t) noexcept : JsonValue() {}
  template <std::same_as<bool> T>
  JsonValue(T value) noexcept : kind_(Kind::boolean), integer_(value ? 1 : 0) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  JsonValue(T value) noexcept : kind_(Kind::integer), integer_(static_cast<std::int64_t>(value)) {
    if (std::is_unsigned_v<T> && integer_ < 0) kind_ = Kind::natural;
  }
  template <std::floating_point T>
  JsonValue(T value) noexcept : kind_(Kind::real), real_(static_cast<double>(value)) {}
  JsonValue(std::string_view text);
  JsonValue(const char* text) : JsonValue(std::string_view(text)) {}
  JsonValue(const std::string& text) : JsonValue(std::string_view(text)) {}
  JsonValue(std::string&& text);
  JsonValue(Array elements);
  JsonValue(Object members);
  // NOLINTEND(google-explicit-constructor)
  JsonValue(const JsonValue& other);
  JsonValue(JsonValue&& other) noexcept : kind_(other.kind_), integer_(other.integer_) {
    other.kind_ = Kind::null;
  }
  JsonValue& operator=(const JsonValue& other);
  JsonValue& operator=(JsonValue&& other) noexcept;
  ~JsonValue() {
    if (kind_ >= Kind::string) destroy();
  }

  [[nodiscard]] static JsonValue array() { return JsonValue(Array()); }
  [[nodiscard]] static JsonValue object();

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool is_null() const noexcept { return kind_ == Kind::null; }
  [[nodiscard]] bool is_boolean() const noexcept { return kind_ == Kind::boolean; }
  [[nodiscard]] bool is_number() const noexcept { return kind_ >= Kind::integer && kind_ <= Kind::real; }
  [[nodiscard]] bool is_string() const noexcept { return kind_ == Kind::string; }
  [[nodiscard]] bool is_array() const noexcept { return kind_ == Kind::array; }
  [[nodiscard]] bool is_object() const noexcept { return kind_ == Kind::object; }

  // The value as that type. Another kind, or a number that does not fit exactly (as_double may round integers
  // beyond 2^53), throws Error{invalid_argument}.
  [[nodiscard]] bool as_bool() const;
  [[nodiscard]] std::int64_t as_int64() const;
  [[nodiscard]] std::uint64_t as_uint64() const;
  [[nodiscard]] double as_double() const;
  [[nodiscard]] const std::string& as_string() const;
  [[nodiscard]] const Array& as_array() const;
  [[nodiscard]] Array& as_array();
  [[nodiscard]] const Object& as_object() const;
  [[nodiscard]] Object& as_object();

  // The member of that name; null when there is none, or this is no object.
  [[nodiscard]] const JsonValue* find(std::string_view name) const noexcept;
  [[nodiscard]] JsonValue* find(std::string_view name) noexcept;
  // The value at a JSON pointer (RFC 6901), "/items/0/name"; null when there is none.
  [[nodiscard]] const JsonValue* find_pointer(std::string_view pointer) const;
  // The same, but what is not there throws Error{not_found} that lists what is.
  [[nodiscard]] const JsonValue& at(std::string_view name) const;
  [[nodiscard]] const JsonValue& at(std::size_t index) const;
  // The member of that name, added as null when it is missing; null becomes an object first.
  JsonValue& operator[](std::string_view name);
  // The element; throws Error{not_found} beyond the end.
  JsonValue& operator[](std::size_t index);
  const JsonValue& operator[](std::size_t index) const { return at(index); }

  // The number of elements or members; 0 for the rest.
  [[nodiscard]] std::size_t size() const noexcept;
  // Appends; null becomes an array first. The reference holds until the next change.
  JsonValue& push_back(JsonValue element);
  // Removes the member; false: there is none.
  bool erase(std::string_view name);

  // Numbers are compared by their exact value whatever their kind; objects without regard to order.
  friend bool operator==(const JsonValue& a, const JsonValue& b) noexcept;

 private:
  void destroy() noexcept;
  [[noreturn]] void wrong_kind(const char* expected) const;

  Kind kind_;
  union {
    std::int64_t integer_;
    double real_;
    std::string* string_;
    Array* array_;
    Object* object_;
  };
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

// What a kind is called in messages: "an array".
[[nodiscard]] std::string_view to_string(JsonValue::Kind kind) noexcept;

}  // namespace ngo
