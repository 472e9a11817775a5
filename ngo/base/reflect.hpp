// The members of a plain struct, seen at compile time without macros: how many, their names, their types.
// Works for aggregates of at most 64 members whose members can all be initialised by {}. A base class, a
// reference, a bit-field or a nested anonymous struct is beyond it. To walk structs at run time, as the
// codecs do, use ngo::Type (type.hpp), which costs far less compile time than a template for each struct.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ngo/base/detail/arity.hpp"

namespace ngo {
namespace detail {

// Binary search between a count that fits and one that does not; small structs are found in four steps.
template <class T, unsigned Low = 0, unsigned High = 65>
consteval unsigned count_members() {
  if constexpr (High - Low == 1) {
    return Low;
  } else {
    constexpr unsigned kMiddle = Low == 0 && High == 65 ? 8 : (Low + High) / 2;
    if constexpr (Arity<kMiddle>::template fits<T>) {
      return count_members<T, kMiddle, High>();
    } else {
      return count_members<T, Low, kMiddle>();
    }
  }
}

// A function whose name contains that of the type.
template <class T>
constexpr const char* pretty_type() {
  return __PRETTY_FUNCTION__;
}

// Calls each(name) for every item of a pretty function name's template argument list, without qualification.
template <class Each>
constexpr void split_pretty(std::string_view pretty, Each each) {
  // "... [P = <&outside.value.a, ...>]", "... [with auto* ...P = {(& outside<T>.Box<T>::value.T::a), ...}]"
  const std::size_t opening = pretty.find(pretty.find("[with ") != std::string_view::npos ? "= {" : "= <");
  if (opening == std::string_view::npos) return;
  int depth = 0;
  std::size_t start = opening + 3;
  for (std::size_t i = start; i < pretty.size(); ++i) {
    const char c = pretty[i];
    const bool closes = c == ')' || c == '>' || c == '}' || c == ']';
    if (c == '(' || c == '<' || c == '{' || c == '[') ++depth;
    if ((c == ',' && depth == 0) || (closes && depth == 0)) {
      std::string_view item = pretty.substr(start, i - start);
      if (item.size() > 1 && item.front() == '(' && item.back() == ')')
        item = item.substr(1, item.size() - 2);
      const std::size_t tail = item.find_last_of(".:");
      if (!item.empty()) each(tail == std::string_view::npos ? item : item.substr(tail + 1));
      start = i + 2;
      if (closes) return;
    }
    if (closes) --depth;
  }
}

}  // namespace detail

// A type whose members can be listed.
template <class T>
concept Reflectable = std::is_class_v<T> && std::is_aggregate_v<T>;

// How many members the aggregate has.
template <Reflectable T>
inline constexpr unsigned kMemberCount = detail::count_members<std::remove_cv_t<T>>();

namespace detail {

template <class T>
consteval auto list_members() {
  static_assert(!Arity<65>::fits<T>, "a reflected struct may have at most 64 members");
  return Arity<kMemberCount<T>>::template list<T>();
}

}  // namespace detail

// The names of its members, in the order of declaration.
template <Reflectable T>
[[nodiscard]] constexpr std::array<std::string_view, kMemberCount<T>> member_names() {
  std::array<std::string_view, kMemberCount<T>> names{};
  std::size_t next = 0;
  detail::split_pretty(detail::list_members<std::remove_cv_t<T>>().pretty,
                       [&](std::string_view name) { names[next++] = name; });
  return names;
}

// Calls visit(member...) once, with a reference to every member.
template <class T, class Visit>
  requires Reflectable<std::remove_cv_t<T>>
constexpr decltype(auto) with_members(T& object, Visit&& visit) {
  return detail::Arity<kMemberCount<std::remove_cv_t<T>>>::bind(object, visit);
}

// Calls visit(name, member) for each member in the order of declaration.
template <class T, class Visit>
  requires Reflectable<std::remove_cv_t<T>>
constexpr void for_each_member(T& object, Visit&& visit) {
  constexpr auto kNames = member_names<std::remove_cv_t<T>>();
  std::size_t next = 0;
  with_members(object, [&](auto&... member) { (visit(kNames[next++], member), ...); });
}

}  // namespace ngo
