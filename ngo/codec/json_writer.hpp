// JSON written piece by piece, for what has no struct: begin_object(), key("a"), value(1), end_object(). It
// puts the commas; what would not be JSON (a value without a key inside an object, an end without its begin)
// throws Error{internal}. Where there is a struct, json::write is shorter and quicker.
#pragma once

#include <string>
#include <string_view>

#include "ngo/codec/json.hpp"

namespace ngo::json {

class Writer {
 public:
  // Appends to `out`, which must outlive the writer and be left alone until it is done.
  explicit Writer(std::string& out) : out_(out) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Writer& begin_object() { return begin('{'); }
  Writer& end_object() { return end('{', '}'); }
  Writer& begin_array() { return begin('['); }
  Writer& end_array() { return end('[', ']'); }
  Writer& key(std::string_view name);

  // Any value that json::write takes.
  template <class T>
  Writer& value(const T& value) {
    return typed(type_of<T>(), &value);
  }
  Writer& value(std::string_view text) { return typed(type_of<std::string_view>(), &text); }
  Writer& value(const char* text) { return value(std::string_view(text)); }
  Writer& null() { return raw("null"); }
  // A value that is JSON already; it is not looked at.
  Writer& raw(std::string_view json);
  Writer& typed(const Type& type, const void* value);

  // A key and its value.
  template <class T>
  Writer& member(std::string_view name, const T& value) {
    return key(name).value(value);
  }
  Writer& member(std::string_view name, const char* text) { return key(name).value(text); }

  // Whether exactly one value was written, to its end.
  [[nodiscard]] bool complete() const noexcept { return open_.empty() && any_; }

 private:
  Writer& begin(char opening);
  Writer& end(char opening, char closing);
  void before_value();

  std::string& out_;
  std::string open_;      // the brackets that are open
  bool any_ = false;      // a value was written at this level
  bool has_key_ = false;  // a key waits for its value
};

}  // namespace ngo::json
