// What a plain struct says about its members beyond their types: other names, bounds, patterns. Written once
// as
//
//   struct NewArticle {
//     std::string title;
//     int priority = 3;
//     static constexpr auto rules = ngo::rules(ngo::length<&NewArticle::title>(1, 200),
//                                              ngo::range<&NewArticle::priority>(1, 5));
//   };
//
// and obeyed by everything that fills the struct: JSON, query, form and path parameters, configuration. A
// rule is checked after its member was set. A member that was absent keeps its default, and is reported as
// required when that default breaks its rules. Rules on an optional member speak about its value and are
// silent without one; range, pattern and element_length on a list or map speak about every element.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "ngo/base/byte_size.hpp"

namespace ngo {

// One end of a range, in the widest number of its kind; durations in nanoseconds.
struct Bound {
  enum class Tag : std::uint8_t { none, integer, natural, real };
  Tag tag = Tag::none;
  std::int64_t integer = 0;
  std::uint64_t natural = 0;
  double real = 0;
};

enum class RuleKind : std::uint8_t {
  range,
  length,
  element_length,
  pattern,
  required,
  rename,
  description,
  secret,
  omit_if_empty,
  live,
  check,
  type_name,
  camel_case,
};

// One statement about a struct; made by the functions below.
struct Rule {
  RuleKind kind;
  std::size_t (*offset)() = nullptr;  // of the member it speaks about; null: about the whole struct
  Bound low{};
  Bound high{};
  std::string_view text{};
  std::string (*check)(const void* object) = nullptr;
};

template <std::size_t Count>
struct Rules {
  Rule items[Count];
};

namespace detail {

template <class Pointer>
struct MemberPointer;
template <class C, class M>
struct MemberPointer<M C::*> {
  using Class = C;
  using Value = M;
};

// The scalar inside optionals and containers.
template <class T>
struct Innermost {
  using Type = T;
};
template <class T>
  requires requires { typename T::value_type; } && (!requires { typename T::traits_type; }) &&
           (!requires { typename T::mapped_type; })
struct Innermost<T> : Innermost<typename T::value_type> {};
template <class T>
  requires requires { typename T::mapped_type; }
struct Innermost<T> : Innermost<typename T::mapped_type> {};

template <auto Member>
using ValueOf = typename Innermost<typename MemberPointer<decltype(Member)>::Value>::Type;

// Room of the right size and alignment, to measure offsets in. Nothing ever lives there.
template <class T>
alignas(T) inline unsigned char room[sizeof(T)];

// Not constexpr on purpose: a rule is written inside its struct, whose offsets are only known after its end.
template <auto Member>
std::size_t offset_of() {
  using Class = typename MemberPointer<decltype(Member)>::Class;
  auto* object = reinterpret_cast<Class*>(room<Class>);
  return static_cast<std::size_t>(reinterpret_cast<unsigned char*>(&(object->*Member)) - room<Class>);
}

template <class Result, class C>
C class_of(Result (C::*)() const);

template <auto Function>
std::string run_check(const void* object) {
  using Class = decltype(class_of(Function));
  return (static_cast<const Class*>(object)->*Function)();
}

// What stands in an optional, or the type itself.
template <class T>
struct Held {
  using Type = T;
};
template <class T>
struct Held<std::optional<T>> {
  using Type = T;
};
template <auto Member>
inline constexpr bool kHasSize = requires(
    const typename Held<typename MemberPointer<decltype(Member)>::Value>::Type& value) { value.size(); };
template <auto Member>
inline constexpr bool kIsText =
    std::is_same_v<ValueOf<Member>, std::string> || std::is_same_v<ValueOf<Member>, std::string_view>;

template <class T>
constexpr Bound bound(const T& value) {
  static_assert(!std::is_same_v<T, bool>, "a bool has no range");
  if constexpr (std::is_floating_point_v<T>) {
    return {.tag = Bound::Tag::real, .real = value};
  } else if constexpr (std::is_same_v<T, ByteSize>) {
    return {.tag = Bound::Tag::natural, .natural = value.bytes()};
  } else if constexpr (std::is_integral_v<T>) {
    if constexpr (std::is_signed_v<T>) {
      return {.tag = Bound::Tag::integer, .integer = value};
    } else {
      return {.tag = Bound::Tag::natural, .natural = value};
    }
  } else {
    return {
        .tag = Bound::Tag::integer,
        .integer = std::chrono::duration_cast<std::chrono::duration<std::int64_t, std::nano>>(value).count()};
  }
}

}  // namespace detail

// Collects the rules of a struct; goes into its static member `rules`.
template <class... Each>
constexpr Rules<sizeof...(Each)> rules(Each... each) {
  return {{each...}};
}

// The number, duration or size lies between low and high, both included. The bounds have the member's type.
template <auto Member>
constexpr Rule range(detail::ValueOf<Member> low, detail::ValueOf<Member> high) {
  return {.kind = RuleKind::range,
          .offset = &detail::offset_of<Member>,
          .low = detail::bound(low),
          .high = detail::bound(high)};
}
template <auto Member>
constexpr Rule at_least(detail::ValueOf<Member> low) {
  return {.kind = RuleKind::range, .offset = &detail::offset_of<Member>, .low = detail::bound(low)};
}
template <auto Member>
constexpr Rule at_most(detail::ValueOf<Member> high) {
  return {.kind = RuleKind::range, .offset = &detail::offset_of<Member>, .high = detail::bound(high)};
}

// A string has this many characters (code points), a list or map this many elements; both bounds included.
template <auto Member>
constexpr Rule length(std::uint64_t low, std::uint64_t high) {
  static_assert(detail::kHasSize<Member>,
                "only strings, lists and maps have a length; for numbers use ngo::range");
  return {.kind = RuleKind::length,
          .offset = &detail::offset_of<Member>,
          .low = detail::bound(low),
          .high = detail::bound(high)};
}
// Every string in a list or map has this many characters.
template <auto Member>
constexpr Rule element_length(std::uint64_t low, std::uint64_t high) {
  static_assert(detail::kIsText<Member>, "element_length speaks about the strings in a list or map");
  return {.kind = RuleKind::element_length,
          .offset = &detail::offset_of<Member>,
          .low = detail::bound(low),
          .high = detail::bound(high)};
}

// The whole string matches; see pattern.hpp for the syntax. A mistake in it is reported when the struct is
// first used.
template <auto Member>
constexpr Rule pattern(std::string_view expression) {
  static_assert(detail::kIsText<Member>, "only strings, and lists and maps of strings, can match a pattern");
  return {.kind = RuleKind::pattern, .offset = &detail::offset_of<Member>, .text = expression};
}

// The member must be present, whatever its default is.
template <auto Member>
constexpr Rule required() {
  return {.kind = RuleKind::required, .offset = &detail::offset_of<Member>};
}

// The member's name outside the program.
template <auto Member>
constexpr Rule rename(std::string_view name) {
  return {.kind = RuleKind::rename, .offset = &detail::offset_of<Member>, .text = name};
}

// A sentence for the JSON Schema, for OpenAPI and for the configuration's documentation.
template <auto Member>
constexpr Rule description(std::string_view text) {
  return {.kind = RuleKind::description, .offset = &detail::offset_of<Member>, .text = text};
}

// The value is never shown: not in a dump of the configuration, not in a problem's message.
template <auto Member>
constexpr Rule secret() {
  return {.kind = RuleKind::secret, .offset = &detail::offset_of<Member>};
}

// The member is left out of what is written while it is an empty optional, string, list or map.
template <auto Member>
constexpr Rule omit_if_empty() {
  return {.kind = RuleKind::omit_if_empty, .offset = &detail::offset_of<Member>};
}

// Of a configuration: a new value takes effect while the service runs, for all that is beneath the member.
template <auto Member>
constexpr Rule live() {
  return {.kind = RuleKind::live, .offset = &detail::offset_of<Member>};
}

// A rule over several members: `std::string Booking::validate() const` returns what is wrong, empty when
// nothing is. Runs when all members are right by themselves.
template <auto Function>
constexpr Rule check() {
  return {.kind = RuleKind::check, .check = &detail::run_check<Function>};
}

// The struct's name as a variant's alternative ("type": "circle") and in schemas, instead of its C++ name.
constexpr Rule type_name(std::string_view name) { return {.kind = RuleKind::type_name, .text = name}; }

// All members are called in camelCase outside the program, except those with their own rename.
constexpr Rule camel_case() { return {.kind = RuleKind::camel_case}; }

}  // namespace ngo
