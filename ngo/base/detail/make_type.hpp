// How a Type is made from a C++ type: constant tables of function pointers, no code at start-up. Included by
// type.hpp only. Containers are recognised by what they offer, so that no container's header is needed here.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <ratio>
#include <type_traits>
#include <utility>

#include "ngo/base/reflect.hpp"
#include "ngo/base/type.hpp"

namespace ngo {

class JsonValue;

namespace detail {

template <class T>
constexpr Type make_type();

template <class T>
inline constinit Type type_v = make_type<T>();

template <class T>
concept Duration = requires {
  typename T::rep;
  typename T::period;
} && std::is_same_v<T, std::chrono::duration<typename T::rep, typename T::period>>;

template <class T>
concept Variant = requires(T& variant) {
  variant.index();
  { variant.valueless_by_exception() } -> std::same_as<bool>;
};

template <class T>
concept Map = requires { typename T::mapped_type; };

template <class T>
concept FixedArray = std::is_array_v<T> || requires {
  typename T::value_type;
  std::tuple_size<T>::value;
};

template <class T>
concept Container = requires(T& container) {
  typename T::value_type;
  container.size();
  container.begin();
  container.insert(container.end(), std::declval<typename T::value_type>());
};

template <class T>
concept OwningPointer = requires(T& pointer) {
  typename T::element_type;
  typename T::deleter_type;
  pointer.release();
};

template <class T>
concept HasTextFormat = requires { TextFormat<T>::kName; };

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <auto... Values>
struct EnumList {
  static constexpr const char* pretty() { return __PRETTY_FUNCTION__; }
};

template <class E>
struct EnumTable {
  template <std::size_t... Index>
  static constexpr const char* scan(std::index_sequence<Index...>) {
    static_assert(
        requires { E{0}; }, "an enum that is read or written needs an underlying type: enum E : int");
    return EnumList<static_cast<E>(kEnumRange<E>.first + static_cast<int>(Index))...>::pretty();
  }
  static constexpr std::size_t kCount =
      static_cast<std::size_t>(kEnumRange<E>.last) - static_cast<std::size_t>(kEnumRange<E>.first) + 1;
  static constexpr EnumSeed kSeed{scan(std::make_index_sequence<kCount>()), kEnumRange<E>.first, nullptr, 0};
};
template <class E>
  requires requires { enum_names(E{}); }
struct EnumTable<E> {
  static constexpr auto kNames = enum_names(E{});
  static constexpr EnumSeed kSeed{nullptr, 0, kNames.data(), kNames.size()};
};

template <class T>
struct SequenceTable {
  using Value = typename T::value_type;
  static const T& self(const void* object) { return *static_cast<const T*>(object); }
  static std::size_t size(const void* object) { return self(object).size(); }
  static void clear(void* object) { static_cast<T*>(object)->clear(); }
  static void append(void* object, FunctionRef<void(void*)> fill) {
    auto& container = *static_cast<T*>(object);
    if constexpr (requires {
                    { container.emplace_back() } -> std::same_as<Value&>;
                  }) {
      fill(&container.emplace_back());
    } else {
      Value value{};
      fill(&value);
      container.insert(container.end(), std::move(value));
    }
  }
  static void each(const void* object, FunctionRef<void(const void*)> visit) {
    for (const Value& value : self(object)) visit(&value);
  }
  static const void* data(const void* object) {
    if constexpr (requires(const T& sequence) {
                    { sequence.data() } -> std::same_as<const Value*>;
                  }) {
      return self(object).data();
    } else {
      return nullptr;
    }
  }
  static constexpr bool kHasData = requires(const T& sequence) {
    { sequence.data() } -> std::same_as<const Value*>;
  };
  static constexpr SequenceOps kOps{0, &size, kHasData ? &data : nullptr, &clear, &append, &each};
};

template <class Element, std::size_t Count>
struct ArrayTable {
  static std::size_t size(const void*) { return Count; }
  static const void* data(const void* object) { return object; }
  static void each(const void* object, FunctionRef<void(const void*)> visit) {
    for (std::size_t i = 0; i < Count; ++i) visit(static_cast<const Element*>(object) + i);
  }
  static constexpr SequenceOps kOps{Count, &size, &data, nullptr, nullptr, &each};
};

template <class T>
struct MapTable {
  static std::size_t size(const void* object) { return static_cast<const T*>(object)->size(); }
  static void clear(void* object) { static_cast<T*>(object)->clear(); }
  static void* insert(void* object, std::string_view key) {
    auto [position, fresh] = static_cast<T*>(object)->try_emplace(typename T::key_type(key));
    return fresh ? &position->second : nullptr;
  }
  static void* find(void* object, std::string_view key) {
    T& map = *static_cast<T*>(object);
    const auto position = map.find(typename T::key_type(key));
    return position == map.end() ? nullptr : &position->second;
  }
  static void each(const void* object, FunctionRef<void(std::string_view, const void*)> visit) {
    for (const auto& [key, value] : *static_cast<const T*>(object)) visit(key, &value);
  }
  static constexpr MapOps kOps{&size, &clear, &insert, &find, &each};
};

template <class T, class Value>
struct OptionalTable {
  static const void* get(const void* object) {
    const T& optional = *static_cast<const T*>(object);
    return optional ? &*optional : nullptr;
  }
  static void* emplace(void* object) {
    T& optional = *static_cast<T*>(object);
    if constexpr (kIsOptional<T>) {
      return &optional.emplace();
    } else {
      optional = std::make_unique<Value>();
      return optional.get();
    }
  }
  static void reset(void* object) { static_cast<T*>(object)->reset(); }
  static constexpr OptionalOps kOps{&get, &emplace, &reset};
};

template <class T>
struct VariantTable;
template <template <class...> class Any, class... Alternatives>
struct VariantTable<Any<Alternatives...>> {
  using T = Any<Alternatives...>;
  static std::size_t index(const void* object) { return static_cast<const T*>(object)->index(); }
  template <std::size_t... Index>
  static const void* get_at(const T& variant, std::index_sequence<Index...>) {
    const void* found = nullptr;
    ((variant.index() == Index ? void(found = get_if<Index>(&variant)) : void()), ...);
    return found;
  }
  static const void* get(const void* object) {
    return get_at(*static_cast<const T*>(object), std::index_sequence_for<Alternatives...>());
  }
  template <std::size_t... Index>
  static void* emplace_at(T& variant, std::size_t alternative, std::index_sequence<Index...>) {
    void* made = nullptr;
    ((alternative == Index ? void(made = &variant.template emplace<Index>()) : void()), ...);
    return made;
  }
  static void* emplace(void* object, std::size_t alternative) {
    return emplace_at(*static_cast<T*>(object), alternative, std::index_sequence_for<Alternatives...>());
  }
  static constexpr const Type* kAlternatives[] = {&type_v<Alternatives>...};
  static constexpr VariantOps kOps{kAlternatives, &index, &get, &emplace};
};

template <class T>
struct TextTable {
  static void write(const void* value, std::string& out) {
    TextFormat<T>::write(*static_cast<const T*>(value), out);
  }
  static bool read(std::string_view text, void* out, std::string& problem) {
    return TextFormat<T>::read(text, *static_cast<T*>(out), problem);
  }
  static constexpr TextOps kOps{TextFormat<T>::kName, &write, &read};
};

template <class T>
struct DurationTable {
  using Rep = typename T::rep;
  static constexpr DurationOps kOps{T::period::num, T::period::den, std::is_floating_point_v<Rep>,
                                    std::is_signed_v<Rep>};
};

template <class List>
struct TypesOf;
template <class... Members>
struct TypesOf<MemberList<Members...>> {
  static constexpr const Type* kTypes[sizeof...(Members) + 1] = {&type_v<std::remove_cv_t<Members>>...,
                                                                 nullptr};
};

template <class T>
struct ObjectTable {
  static constexpr auto kMembers = list_members<T>();
  static void offsets(std::size_t* out) {
    with_members(reinterpret_cast<T&>(room<T>), [out](auto&... member) mutable {
      ((*out++ = static_cast<std::size_t>(reinterpret_cast<unsigned char*>(&member) - room<T>)), ...);
    });
  }
  static constexpr const Rule* rules() {
    if constexpr (requires { T::rules.items; }) {
      return T::rules.items;
    } else {
      return nullptr;
    }
  }
  static constexpr std::size_t rule_count() {
    if constexpr (requires { T::rules.items; }) {
      return sizeof(T::rules.items) / sizeof(Rule);
    } else {
      return 0;
    }
  }
  static constexpr ObjectSeed kSeed{kMembers.pretty, kMemberCount<T>,
                                    &offsets,        TypesOf<std::remove_cv_t<decltype(kMembers)>>::kTypes,
                                    rules(),         rule_count()};
};

template <class>
inline constexpr bool kUnsupported = false;

template <class T>
constexpr Type make_type() {
  constexpr const char* kName = pretty_type<T>();
  if constexpr (HasTextFormat<T>) {
    return Type(Kind::text, sizeof(T), kName, false, nullptr, &TextTable<T>::kOps);
  } else if constexpr (std::is_same_v<T, JsonValue>) {
    return Type(Kind::json, 0, kName);
  } else if constexpr (std::is_same_v<T, bool>) {
    return Type(Kind::boolean, sizeof(T), kName);
  } else if constexpr (std::is_integral_v<T>) {
    static_assert(
        !std::is_same_v<T, char> && !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char8_t> &&
            !std::is_same_v<T, char16_t> && !std::is_same_v<T, char32_t>,
        "a character is neither number nor text here: use std::string, or an integer such as std::int8_t");
    return Type(Kind::integer, sizeof(T), kName, std::is_signed_v<T>);
  } else if constexpr (std::is_floating_point_v<T>) {
    static_assert(!std::is_same_v<T, long double>, "use double");
    return Type(Kind::floating, sizeof(T), kName, true);
  } else if constexpr (std::is_enum_v<T>) {
    return Type(Kind::enumeration, sizeof(T), kName, std::is_signed_v<std::underlying_type_t<T>>, nullptr,
                &EnumTable<T>::kSeed);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return Type(Kind::string, sizeof(T), kName);
  } else if constexpr (std::is_same_v<T, std::string_view>) {
    return Type(Kind::string_view, sizeof(T), kName);
  } else if constexpr (std::is_same_v<T, ByteSize>) {
    return Type(Kind::byte_size, sizeof(T), kName);
  } else if constexpr (Duration<T>) {
    return Type(Kind::duration, sizeof(typename T::rep), kName, true, nullptr, &DurationTable<T>::kOps);
  } else if constexpr (kIsOptional<T>) {
    using Value = typename T::value_type;
    return Type(Kind::optional, sizeof(T), kName, false, &type_v<Value>, &OptionalTable<T, Value>::kOps);
  } else if constexpr (OwningPointer<T>) {
    using Value = typename T::element_type;
    return Type(Kind::optional, sizeof(T), kName, false, &type_v<Value>, &OptionalTable<T, Value>::kOps);
  } else if constexpr (Variant<T>) {
    return Type(Kind::variant, sizeof(T), kName, false, nullptr, &VariantTable<T>::kOps);
  } else if constexpr (Map<T>) {
    static_assert(std::is_same_v<typename T::key_type, std::string>, "a map needs std::string as its key");
    return Type(Kind::map, sizeof(T), kName, false, &type_v<typename T::mapped_type>, &MapTable<T>::kOps);
  } else if constexpr (FixedArray<T>) {
    using Value = std::remove_cvref_t<decltype(*std::begin(std::declval<T&>()))>;
    return Type(Kind::sequence, sizeof(T), kName, false, &type_v<Value>,
                &ArrayTable<Value, sizeof(T) / sizeof(Value)>::kOps);
  } else if constexpr (Container<T>) {
    return Type(Kind::sequence, sizeof(T), kName, false, &type_v<typename T::value_type>,
                &SequenceTable<T>::kOps);
  } else if constexpr (Reflectable<T>) {
    return Type(Kind::object, sizeof(T), kName, false, nullptr, &ObjectTable<T>::kSeed);
  } else {
    static_assert(kUnsupported<T>,
                  "this type is no plain struct, scalar or container that can be read and written; "
                  "give it a ngo::TextFormat, or put a plain struct in its place");
  }
}

}  // namespace detail

template <class T>
const Type& type_of() {
  const Type& type = detail::type_v<std::remove_cv_t<T>>;
  if (!type.ready()) type.prepare();
  return type;
}

}  // namespace ngo
