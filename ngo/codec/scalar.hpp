// One text into one value, by its type: path parameters, queries, forms, headers, environment variables,
// --set. The whole text must be the value: no spaces around it, nothing behind it.
#pragma once

#include <string_view>

#include "ngo/base/problem.hpp"
#include "ngo/base/type.hpp"

namespace ngo {

// Integers are decimal and in range; numbers as in JSON; bools true, false, 1 or 0; durations and sizes as in
// duration.hpp and byte_size.hpp; enumerators by name; strings as they are, but UTF-8; optionals by their
// element. On failure returns false and sets code and message of `problem`; the value is then unspecified but
// valid. A type that is no scalar (Type::is_scalar, or an optional of one) throws Error{internal}.
bool scalar_from_text(const Type& type, void* out, std::string_view text, Problem& problem);

template <class T>
bool scalar_from_text(T& out, std::string_view text, Problem& problem) {
  return scalar_from_text(type_of<T>(), &out, text, problem);
}

// Appends the text of a scalar, such that scalar_from_text reads it back.
void scalar_to_text(const Type& type, const void* value, std::string& out);

// For codecs. The text must be digits with an optional minus sign; false: out of the type's range.
bool store_integer_text(const Type& type, void* out, std::string_view digits) noexcept;
// For codecs. The text must be a number by JSON's grammar; false: its magnitude is beyond the type. Exact to
// the last bit; what is too small for the type becomes zero.
bool store_floating_text(const Type& type, void* out, std::string_view number) noexcept;

}  // namespace ngo
