// The description of a type at run time: what kind of value it is, where its members lie, how its container
// is read and filled. Codecs (JSON, forms, configuration, rows) are ordinary functions that walk a Type over
// a `void*`, so each exists once and users' files stay quick to compile. type_of<T>() gives the description
// of a plain struct, number, bool, string, enum, std::chrono::duration, ByteSize, optional, unique_ptr, list,
// map with string keys, variant, or a type with its own TextFormat.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ngo/base/function_ref.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/rules.hpp"
#include "ngo/base/timestamp.hpp"

namespace ngo {

enum class Kind : std::uint8_t {
  boolean,
  integer,      // size() bytes, is_signed()
  floating,     // size() bytes: float or double
  string,       // std::string
  string_view,  // std::string_view: can be written, never read into
  duration,     // duration(): its tick
  byte_size,    // ngo::ByteSize
  enumeration,  // enum_names(), enum_value()
  text,         // a type with a TextFormat, system_clock's time points among them: text()
  object,       // a plain struct: members()
  sequence,     // list, set or array: element(), sequence()
  map,          // string keys: element(), map()
  optional,     // optional or unique_ptr: element(), optional()
  variant,      // variant()
  json,         // ngo::JsonValue
};

class Type;
class Pattern;

// A user's own scalar type (a Uuid, a date): specialise this and it is a string in JSON, forms,
// configuration.
//   static constexpr std::string_view kName = "UUID";                              what a message calls it
//   static void write(const T& value, std::string& out);                            appends
//   static bool read(std::string_view text, T& out, std::string& problem);          false: says in problem
//   why
template <class T>
struct TextFormat;

// The values of an enum that are looked for to find their names; specialise it for an enum with others.
struct EnumRange {
  int first;
  int last;
};
template <class E>
inline constexpr EnumRange kEnumRange{0, 31};

// An enumerator's name. An enum is called by its enumerators unless a function `enum_names(E)` beside the
// enum returns a constexpr std::array<ngo::EnumName, N> with other names.
struct EnumName {
  std::string_view name;
  std::int64_t value;
  constexpr EnumName() = default;
  template <class E>
  constexpr EnumName(E enumerator, std::string_view its_name)
      : name(its_name), value(static_cast<std::int64_t>(enumerator)) {}
  constexpr EnumName(std::int64_t number, std::string_view its_name) : name(its_name), value(number) {}
};

struct SequenceOps {
  std::size_t fixed_size;  // of an array; 0: it can grow
  std::size_t (*size)(const void* sequence);
  const void* (*data)(
      const void* sequence);      // the elements one after another; null: not laid out so, use each
  void (*clear)(void* sequence);  // null for an array
  // Appends one element, after fill(element) has set it; a fill that throws appends nothing. Null for an
  // array, whose elements data() gives.
  void (*append)(void* sequence, FunctionRef<void(void* element)> fill);
  void (*each)(const void* sequence, FunctionRef<void(const void* element)> visit);
};

struct MapOps {
  std::size_t (*size)(const void* map);
  void (*clear)(void* map);
  // The value under a new key, default constructed; null when the key is there already.
  void* (*insert)(void* map, std::string_view key);
  void* (*find)(void* map, std::string_view key);  // null: no such key
  void (*each)(const void* map, FunctionRef<void(std::string_view key, const void* value)> visit);
};

struct OptionalOps {
  const void* (*get)(const void* optional);  // null: empty
  void* (*emplace)(void* optional);
  void (*reset)(void* optional);
};

struct VariantOps {
  std::span<const Type* const> alternatives;
  std::size_t (*index)(const void* variant);
  const void* (*get)(const void* variant);
  void* (*emplace)(void* variant, std::size_t alternative);
};

struct TextOps {
  std::string_view name;
  void (*write)(const void* value, std::string& out);
  bool (*read)(std::string_view text, void* out, std::string& problem);
};

struct DurationOps {
  std::intmax_t numerator;  // one tick is numerator/denominator seconds
  std::intmax_t denominator;
  bool floating;
  bool is_signed;
};

// What `rules` says about one member, ready for use.
struct MemberRules {
  Bound low;
  Bound high;
  bool has_length = false;
  bool has_element_length = false;
  std::uint64_t shortest = 0;
  std::uint64_t longest = 0;
  std::uint64_t element_shortest = 0;
  std::uint64_t element_longest = 0;
  const Pattern* pattern = nullptr;
};

struct Member {
  std::string_view name;      // outside the program
  std::string_view json_key;  // ,"name": in bytes; 16 bytes more than its size may be read
  std::string_view cpp_name;  // inside
  std::size_t offset = 0;
  const Type* type = nullptr;
  const MemberRules* rules = nullptr;  // null: nothing to check
  bool required = false;
  bool omit_if_empty = false;
  bool secret = false;
  bool live = false;
  std::string_view description;

  [[nodiscard]] const void* in(const void* object) const noexcept {
    return static_cast<const unsigned char*>(object) + offset;
  }
  [[nodiscard]] void* in(void* object) const noexcept { return static_cast<unsigned char*>(object) + offset; }
};

namespace detail {

struct ObjectSeed {
  const char* member_names;
  std::size_t member_count;
  void (*offsets)(std::size_t* out);
  const Type* const* types;
  const Rule* rules;
  std::size_t rule_count;
};

struct EnumSeed {
  const char* enumerators;  // from __PRETTY_FUNCTION__; null: `given` has the names
  std::int64_t first;
  const EnumName* given;
  std::size_t given_count;
};

}  // namespace detail

// Immutable once type_of has returned it, and lives for ever; may be used by all threads.
class Type {
 public:
  constexpr Type(Kind kind, std::size_t size, const char* pretty_name, bool is_signed = false,
                 const Type* element = nullptr, const void* details = nullptr)
      : kind_(kind),
        is_signed_(is_signed),
        size_(size),
        pretty_name_(pretty_name),
        element_(element),
        details_(details) {}
  Type(const Type&) = delete;
  Type& operator=(const Type&) = delete;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // The C++ name without namespaces, or that of its type_name rule.
  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  [[nodiscard]] bool is_signed() const noexcept { return is_signed_; }

  [[nodiscard]] const Type& element() const noexcept { return *element_; }
  [[nodiscard]] const SequenceOps& sequence() const noexcept {
    return *static_cast<const SequenceOps*>(details_);
  }
  [[nodiscard]] const MapOps& map() const noexcept { return *static_cast<const MapOps*>(details_); }
  [[nodiscard]] const OptionalOps& optional() const noexcept {
    return *static_cast<const OptionalOps*>(details_);
  }
  [[nodiscard]] const VariantOps& variant() const noexcept {
    return *static_cast<const VariantOps*>(details_);
  }
  [[nodiscard]] const TextOps& text() const noexcept { return *static_cast<const TextOps*>(details_); }
  [[nodiscard]] const DurationOps& duration() const noexcept {
    return *static_cast<const DurationOps*>(details_);
  }

  [[nodiscard]] std::span<const Member> members() const noexcept { return {members_, member_count_}; }
  // The member of that name outside the program; null when there is none.
  [[nodiscard]] const Member* member(std::string_view name) const noexcept;
  // The struct's own checks over several members; what each returns is a problem unless it is empty.
  using Check = std::string (*)(const void* object);
  [[nodiscard]] std::span<const Check> checks() const noexcept { return {checks_, check_count_}; }

  [[nodiscard]] std::span<const EnumName> enum_names() const noexcept { return {enum_names_, enum_count_}; }
  // A single value that has a text: number, bool, string, duration, size, enumerator, user text.
  [[nodiscard]] bool is_scalar() const noexcept { return kind_ <= Kind::text; }

  // Builds the parts that are computed at first use, of this type and all that it reaches.
  // Throws Error{invalid_argument} when the rules of a struct contradict themselves.
  void prepare() const;
  [[nodiscard]] bool ready() const noexcept { return ready_.load(std::memory_order_acquire); }

 private:
  friend class TypeBuilder;

  Kind kind_;
  bool is_signed_;
  mutable std::atomic<bool> ready_ = false;
  std::uint32_t member_count_ = 0;
  std::size_t size_;
  const char* pretty_name_;
  const Type* element_;
  const void* details_;
  std::string_view name_;
  const Member* members_ = nullptr;
  const EnumName* enum_names_ = nullptr;
  const Check* checks_ = nullptr;
  std::uint32_t check_count_ = 0;
  std::uint32_t enum_count_ = 0;
};

// Integers of every width through one pair of functions; the caller has checked the range for store.
[[nodiscard]] std::int64_t load_integer(const Type& type, const void* value) noexcept;
void store_integer(const Type& type, void* value, std::int64_t number) noexcept;

// What a value of this type looks like, for messages: "a string", "one of \"red\", \"green\"".
[[nodiscard]] std::string describe(const Type& type);
// The same with the least and the greatest that a number can be: "a whole number from 0 to 4294967295".
[[nodiscard]] std::string describe_limits(const Type& type);

// The value of an enumerator; null when it has no such name.
[[nodiscard]] const EnumName* enum_value(const Type& type, std::string_view name) noexcept;
// The name of an enumeration's value; empty when it has none.
[[nodiscard]] std::string_view enum_name(const Type& type, const void* value) noexcept;

// A duration's value in nanoseconds, and back. False: it does not fit, or (storing) is no whole number of
// ticks.
[[nodiscard]] bool load_duration(const Type& type, const void* value, std::chrono::nanoseconds& out) noexcept;
[[nodiscard]] bool store_duration(const Type& type, void* value, std::chrono::nanoseconds duration) noexcept;

// Checking values; each adds what it finds to `problems`, and `path` is the path of the value at hand.
// The rules of a member that was just set:
void check_rules(const Member& member, const void* value, const Path& path, Problems& problems);
// A member that was absent and so has its default: whether it is required, or its default breaks its rules.
void check_absent(const Member& member, const void* value, const Path& path, Problems& problems);
// The struct's own checks (ngo::check) over several members:
void check_struct(const Type& type, const void* object, const Path& path, Problems& problems);
// A whole value, at any depth: the rules of every struct in it. For values that were filled by hand.
void check_all(const Type& type, const void* value, const Path& path, Problems& problems);
// Takes the value out of the messages of a secret member's problems, those from number `from` on.
void hide_value(const Member& member, Problems& problems, std::size_t from);
// The message for a name that the struct does not have: the nearest, or all that it has.
[[nodiscard]] std::string unknown_member(const Type& type, std::string_view name);

// The description of T. The first call for a type prepares it and may throw (see Type::prepare); after that
// it costs one load.
template <class T>
[[nodiscard]] const Type& type_of();

}  // namespace ngo

#include "ngo/base/detail/make_type.hpp"
