#include "ngo/codec/json_value.hpp"

#include <array>
#include <cmath>

#include "ngo/base/problem.hpp"

namespace ngo {

JsonValue::JsonValue(std::string_view text) : kind_(Kind::string), string_(new std::string(text)) {}
JsonValue::JsonValue(std::string&& text) : kind_(Kind::string), string_(new std::string(std::move(text))) {}
JsonValue::JsonValue(Array elements) : kind_(Kind::array), array_(new Array(std::move(elements))) {}
JsonValue::JsonValue(Object members) : kind_(Kind::object), object_(new Object(std::move(members))) {}

JsonValue::JsonValue(const JsonValue& other) : kind_(Kind::null), integer_(other.integer_) {
  switch (other.kind_) {
    case Kind::string: string_ = new std::string(*other.string_); break;
    case Kind::array: array_ = new Array(*other.array_); break;
    case Kind::object: object_ = new Object(*other.object_); break;
    default: break;
  }
  kind_ = other.kind_;
}

JsonValue& JsonValue::operator=(const JsonValue& other) { return *this = JsonValue(other); }

JsonValue& JsonValue::operator=(JsonValue&& other) noexcept {
  JsonValue taken(std::move(other));  // first: `other` may be inside this value
  std::swap(kind_, taken.kind_);
  std::swap(integer_, taken.integer_);
  return *this;
}

void JsonValue::destroy() noexcept {
  switch (kind_) {
    case Kind::string: delete string_; break;
    case Kind::array: delete array_; break;
    case Kind::object: delete object_; break;
    default: break;
  }
}

JsonValue JsonValue::object() { return JsonValue(Object()); }

std::string_view to_string(JsonValue::Kind kind) noexcept {
  constexpr std::array<std::string_view, 8> kNames = {
      "null", "a bool", "a whole number", "a whole number", "a number", "a string", "an array", "an object"};
  return kNames[static_cast<std::size_t>(kind)];
}

void JsonValue::wrong_kind(const char* expected) const {
  throw Error(Code::invalid_argument,
              std::string("expected ") + expected + ", this is " + std::string(to_string(kind_)));
}

bool JsonValue::as_bool() const {
  if (kind_ != Kind::boolean) wrong_kind("a bool");
  return integer_ != 0;
}

std::int64_t JsonValue::as_int64() const {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (kind_ == Kind::integer) return integer_;
  if (kind_ == Kind::real && real_ >= -kTwoTo63 && real_ < kTwoTo63 && std::trunc(real_) == real_) {
    return static_cast<std::int64_t>(real_);
  }
  wrong_kind("a whole number of 64 bits");
}

std::uint64_t JsonValue::as_uint64() const {
  constexpr double kTwoTo64 = 18446744073709551616.0;
  if ((kind_ == Kind::integer && integer_ >= 0) || kind_ == Kind::natural)
    return static_cast<std::uint64_t>(integer_);
  if (kind_ == Kind::real && real_ >= 0 && real_ < kTwoTo64 && std::trunc(real_) == real_) {
    return static_cast<std::uint64_t>(real_);
  }
  wrong_kind("a whole number of 64 bits that is not negative");
}

double JsonValue::as_double() const {
  switch (kind_) {
    case Kind::integer: return static_cast<double>(integer_);
    case Kind::natural: return static_cast<double>(static_cast<std::uint64_t>(integer_));
    case Kind::real: return real_;
    default: wrong_kind("a number");
  }
}

const std::string& JsonValue::as_string() const {
  if (kind_ != Kind::string) wrong_kind("a string");
  return *string_;
}
const JsonValue::Array& JsonValue::as_array() const {
  if (kind_ != Kind::array) wrong_kind("an array");
  return *array_;
}
JsonValue::Array& JsonValue::as_array() {
  if (kind_ != Kind::array) wrong_kind("an array");
  return *array_;
}
const JsonValue::Object& JsonValue::as_object() const {
  if (kind_ != Kind::object) wrong_kind("an object");
  return *object_;
}
JsonValue::Object& JsonValue::as_object() {
  if (kind_ != Kind::object) wrong_kind("an object");
  return *object_;
}

const JsonValue* JsonValue::find(std::string_view name) const noexcept {
  if (kind_ != Kind::object) return nullptr;
  for (const JsonMember& member : *object_) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

JsonValue* JsonValue::find(std::string_view name) noexcept {
  return const_cast<JsonValue*>(static_cast<const JsonValue*>(this)->find(name));
}

const JsonValue* JsonValue::find_pointer(std::string_view pointer) const {
  const JsonValue* at = this;
  while (at != nullptr && !pointer.empty()) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const std::size_t length = std::min(pointer.find('/'), pointer.size());
    std::string token;
    for (std::size_t i = 0; i < length; ++i) {
      if (pointer[i] == '~' && i + 1 < length && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
        token += pointer[++i] == '0' ? '~' : '/';
      } else {
        token += pointer[i];
      }
    }
    pointer.remove_prefix(length);
    if (at->kind_ == Kind::array) {
      std::size_t index = 0;
      bool good = !token.empty() && token.size() < 19 && (token == "0" || token.front() != '0');
      for (const char c : token) {
        good = good && c >= '0' && c <= '9';
        index = index * 10 + static_cast<std::size_t>(c - '0');
      }
      at = good && index < at->array_->size() ? &(*at->array_)[index] : nullptr;
    } else {
      at = at->find(token);
    }
  }
  return at;
}

const JsonValue& JsonValue::at(std::string_view name) const {
  if (const JsonValue* found = find(name)) return *found;
  if (kind_ != Kind::object) wrong_kind("an object");
  std::string present;
  for (const JsonMember& member : *object_)
    present.append(present.empty() ? "" : ", ").append(in_quotes(member.name));
  throw Error(Code::not_found,
              "no member " + in_quotes(name) + "; present: " + (present.empty() ? "none" : present));
}

const JsonValue& JsonValue::at(std::size_t index) const {
  if (kind_ != Kind::array) wrong_kind("an array");
  if (index < array_->size()) return (*array_)[index];
  throw Error(Code::not_found,
              "no element " + std::to_string(index) + "; the array has " + std::to_string(array_->size()));
}

JsonValue& JsonValue::operator[](std::string_view name) {
  if (kind_ == Kind::null) *this = object();
  if (JsonValue* found = find(name)) return *found;
  return as_object().emplace_back(JsonMember{std::string(name), JsonValue()}).value;
}

JsonValue& JsonValue::operator[](std::size_t index) {
  return const_cast<JsonValue&>(std::as_const(*this).at(index));
}

std::size_t JsonValue::size() const noexcept {
  if (kind_ == Kind::array) return array_->size();
  return kind_ == Kind::object ? object_->size() : 0;
}

JsonValue& JsonValue::push_back(JsonValue element) {
  if (kind_ == Kind::null) *this = array();
  return as_array().emplace_back(std::move(element));
}

bool JsonValue::erase(std::string_view name) {
  Object& members = as_object();
  for (auto member = members.begin(); member != members.end(); ++member) {
    if (member->name != name) continue;
    members.erase(member);
    return true;
  }
  return false;
}

namespace {

// Exact, unlike converting the integer to double first.
bool equal_numbers(const JsonValue& integer, double real) noexcept {
  if (std::trunc(real) != real) return false;
  if (integer.kind() == JsonValue::Kind::natural) {
    return real >= 0 && real < 18446744073709551616.0 &&
           static_cast<std::uint64_t>(real) == integer.as_uint64();
  }
  return real >= -9223372036854775808.0 && real < 9223372036854775808.0 &&
         static_cast<std::int64_t>(real) == integer.as_int64();
}

}  // namespace

bool operator==(const JsonValue& a, const JsonValue& b) noexcept {
  using Kind = JsonValue::Kind;
  if (a.is_number() && b.is_number()) {
    if (a.kind_ == Kind::real && b.kind_ == Kind::real) return a.real_ == b.real_;
    if (a.kind_ == Kind::real) return equal_numbers(b, a.real_);
    if (b.kind_ == Kind::real) return equal_numbers(a, b.real_);
  }
  if (a.kind_ != b.kind_) return false;
  switch (a.kind_) {
    case Kind::null: return true;
    case Kind::string: return *a.string_ == *b.string_;
    case Kind::array: return *a.array_ == *b.array_;
    case Kind::object:
      if (a.object_->size() != b.object_->size()) return false;
      for (const JsonMember& member : *a.object_) {
        const JsonValue* other = b.find(member.name);
        if (other == nullptr || !(*other == member.value)) return false;
      }
      return true;
    default: return a.integer_ == b.integer_;
  }
}

}  // namespace ngo
