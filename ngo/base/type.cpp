#include "ngo/base/type.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ngo/base/pattern.hpp"

namespace ngo {
namespace {

constexpr std::size_t kKeyPadding = 16;  // see Member::json_key

// What types own beyond their constant parts. Lives as long as the program, and only grows under the lock.
struct Store {
  std::recursive_mutex lock;  // a user's enum_names or TextFormat may ask for another type
  std::vector<std::unique_ptr<char[]>> texts;
  std::vector<std::unique_ptr<Member[]>> members;
  std::vector<std::unique_ptr<EnumName[]>> enum_names;
  std::vector<std::unique_ptr<Type::Check[]>> checks;
  std::vector<std::unique_ptr<MemberRules>> rules;
  std::vector<std::unique_ptr<Pattern>> patterns;
  std::unordered_map<const Type*, std::string> failures;
};

Store& store() {
  static Store& the = *new Store;  // never destroyed: types are in use until the very end
  return the;
}

// A copy that stays, with room behind it that may be read.
std::string_view keep(const std::string& text) {
  char* const copy = store().texts.emplace_back(new char[text.size() + kKeyPadding]()).get();
  text.copy(copy, text.size());
  return {copy, text.size()};
}

template <class T>
T* keep(std::vector<std::unique_ptr<T[]>>& shelf, const std::vector<T>& items) {
  T* const copy = shelf.emplace_back(new T[items.size()]).get();
  std::copy(items.begin(), items.end(), copy);
  return copy;
}

// "const char *ngo::detail::pretty_type() [T = ns::Page<ns::Article>]" -> "Page<ns::Article>"
std::string_view plain_name(std::string_view pretty) {
  const std::size_t start = pretty.find("T = ") + 4;
  std::string_view name = pretty.substr(start, pretty.size() - start - 1);
  if (const std::size_t semicolon = name.find(';'); semicolon != std::string_view::npos)
    name = name.substr(0, semicolon);
  int depth = 0;
  std::size_t tail = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<' || name[i] == '(' || name[i] == '{') ++depth;
    if (name[i] == '>' || name[i] == ')' || name[i] == '}') --depth;
    if (name[i] == ':' && depth == 0) tail = i + 1;
  }
  return name.substr(tail);
}

std::string camel(std::string_view name) {
  std::string out;
  bool raise = false;
  for (const char c : name) {
    if (c == '_' && !out.empty()) {
      raise = true;
      continue;
    }
    out += raise && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    raise = false;
  }
  return out;
}

std::string json_key(std::string_view name) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = ",\"";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out.append("\\u00").push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += "\":";
}

}  // namespace

// Fills the computed parts of types, under the lock.
class TypeBuilder {
 public:
  void visit(const Type* type) {
    if (type == nullptr || type->ready() || !seen_.insert(type).second) return;
    build(const_cast<Type&>(*type));  // every Type is a mutable static; only users see it as const
    visit(type->element_);
    if (type->kind_ == Kind::variant) {
      for (const Type* alternative : type->variant().alternatives) visit(alternative);
      check_variant(*type);
    }
    for (const Member& member : type->members()) visit(member.type);
  }

  void publish() {
    for (const Type* type : seen_) type->ready_.store(true, std::memory_order_release);
  }

 private:
  void build(Type& type) {
    const auto failure = store().failures.find(&type);
    if (failure != store().failures.end()) throw Error(Code::invalid_argument, failure->second);
    try {
      build_parts(type);
    } catch (const Error& error) {
      store().failures.emplace(&type, error.message());
      throw;
    }
  }

  void build_parts(Type& type) {
    type.name_ = plain_name(type.pretty_name_);
    if (type.kind_ == Kind::enumeration && type.enum_names_ == nullptr) build_enum(type);
    if (type.kind_ == Kind::object && type.members_ == nullptr) build_object(type);
    if (type.kind_ == Kind::object) type.name_ = struct_name(type);
  }

  static const detail::ObjectSeed& seed_of(const Type& type) {
    return *static_cast<const detail::ObjectSeed*>(type.details_);
  }

  static std::string_view struct_name(const Type& type) {
    const detail::ObjectSeed& seed = seed_of(type);
    for (std::size_t i = 0; i < seed.rule_count; ++i) {
      if (seed.rules[i].kind == RuleKind::type_name) return seed.rules[i].text;
    }
    return type.name_;
  }

  static void build_enum(Type& type) {
    const auto& seed = *static_cast<const detail::EnumSeed*>(type.details_);
    if (seed.enumerators == nullptr) {
      type.enum_names_ = seed.given;
      type.enum_count_ = static_cast<std::uint32_t>(seed.given_count);
      return;
    }
    std::vector<EnumName> names;
    std::int64_t value = seed.first;
    detail::split_pretty(seed.enumerators, [&](std::string_view name) {
      if (name.find(')') == std::string_view::npos) names.emplace_back(value, name);
      ++value;
    });
    if (names.empty()) {
      throw Error(Code::invalid_argument, "no enumerator of " + std::string(type.name_) +
                                              " has a value from " + std::to_string(seed.first) + " to " +
                                              std::to_string(value - 1) +
                                              "; specialise ngo::kEnumRange, or write a function enum_names");
    }
    type.enum_count_ = static_cast<std::uint32_t>(names.size());
    type.enum_names_ = keep(store().enum_names, names);
  }

  [[noreturn]] static void fail(const Type& type, const std::string& what) {
    throw Error(Code::invalid_argument, "rules of " + std::string(type.name_) + ": " + what);
  }

  static void build_object(Type& type) {
    const detail::ObjectSeed& seed = seed_of(type);
    std::vector<Member> members(seed.member_count);
    std::vector<std::size_t> offsets(seed.member_count);
    seed.offsets(offsets.data());
    std::size_t next = 0;
    detail::split_pretty(seed.member_names, [&](std::string_view name) {
      if (next < members.size()) members[next++].cpp_name = name;
    });
    bool camel_case = false;
    for (std::size_t i = 0; i < seed.rule_count; ++i)
      camel_case |= seed.rules[i].kind == RuleKind::camel_case;
    for (std::size_t i = 0; i < members.size(); ++i) {
      members[i].name = camel_case ? keep(camel(members[i].cpp_name)) : members[i].cpp_name;
      members[i].offset = offsets[i];
      members[i].type = seed.types[i];
    }
    std::vector<MemberRules> rules(members.size());
    std::vector<bool> has_rules(members.size());
    std::vector<Type::Check> checks;
    for (std::size_t i = 0; i < seed.rule_count; ++i) {
      const Rule& rule = seed.rules[i];
      if (rule.kind == RuleKind::check) checks.push_back(rule.check);
      if (rule.offset == nullptr) continue;
      const std::size_t offset = rule.offset();
      std::size_t index = 0;
      while (index < members.size() && members[index].offset != offset) ++index;
      if (index == members.size()) fail(type, "a rule speaks about a member of another struct");
      has_rules[index] = apply(type, rule, members[index], rules[index]) || has_rules[index];
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (has_rules[i]) members[i].rules = store().rules.emplace_back(new MemberRules(rules[i])).get();
      members[i].json_key = keep(json_key(members[i].name));
      for (std::size_t j = 0; j < i; ++j) {
        if (members[i].name == members[j].name)
          fail(type, "two members are called " + in_quotes(members[i].name));
      }
    }
    type.member_count_ = static_cast<std::uint32_t>(members.size());
    type.members_ = keep(store().members, members);
    type.check_count_ = static_cast<std::uint32_t>(checks.size());
    type.checks_ = keep(store().checks, checks);
  }

  // True: the rule is one that values are checked by.
  static bool apply(const Type& type, const Rule& rule, Member& member, MemberRules& rules) {
    switch (rule.kind) {
      case RuleKind::rename: member.name = rule.text; return false;
      case RuleKind::description: member.description = rule.text; return false;
      case RuleKind::required: member.required = true; return false;
      case RuleKind::secret: member.secret = true; return false;
      case RuleKind::omit_if_empty: member.omit_if_empty = true; return false;
      case RuleKind::live: member.live = true; return false;
      case RuleKind::range:
        if (rule.low.tag != Bound::Tag::none) rules.low = rule.low;
        if (rule.high.tag != Bound::Tag::none) rules.high = rule.high;
        return true;
      case RuleKind::length:
        if (rule.low.natural > rule.high.natural) {
          fail(type, "the length of " + in_quotes(member.cpp_name) + " has its least above its greatest");
        }
        rules.has_length = true;
        rules.shortest = rule.low.natural;
        rules.longest = rule.high.natural;
        return true;
      case RuleKind::element_length:
        rules.has_element_length = true;
        rules.element_shortest = rule.low.natural;
        rules.element_longest = rule.high.natural;
        return true;
      case RuleKind::pattern:
        try {
          rules.pattern = store().patterns.emplace_back(new Pattern(rule.text)).get();
        } catch (const Error& error) {
          fail(type, "the pattern of " + in_quotes(member.cpp_name) + ": " + error.message());
        }
        return true;
      case RuleKind::check:
      case RuleKind::type_name:
      case RuleKind::camel_case: return false;
    }
    return false;
  }

  static void check_variant(const Type& type) {
    const auto alternatives = type.variant().alternatives;
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (alternatives[i]->kind_ == Kind::object && alternatives[j]->kind_ == Kind::object &&
            alternatives[i]->name_ == alternatives[j]->name_) {
          throw Error(Code::invalid_argument, "two alternatives of a variant are called " +
                                                  in_quotes(alternatives[i]->name_) +
                                                  "; tell them apart with ngo::type_name");
        }
      }
    }
  }

  std::unordered_set<const Type*> seen_;
};

void Type::prepare() const {
  const std::lock_guard lock(store().lock);
  TypeBuilder builder;
  builder.visit(this);
  builder.publish();
}

const Member* Type::member(std::string_view name) const noexcept {
  for (const Member& each : members()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

namespace {

template <class T>
T load(const void* value) noexcept {
  T out;
  __builtin_memcpy(&out, value, sizeof(T));
  return out;
}

template <class T>
void store(void* value, std::int64_t number) noexcept {
  const T narrowed = static_cast<T>(number);
  __builtin_memcpy(value, &narrowed, sizeof(T));
}

}  // namespace

std::int64_t load_integer(const Type& type, const void* value) noexcept {
  switch (type.size()) {
    case 1: return type.is_signed() ? load<std::int8_t>(value) : load<std::uint8_t>(value);
    case 2: return type.is_signed() ? load<std::int16_t>(value) : load<std::uint16_t>(value);
    case 4:
      return type.is_signed() ? std::int64_t{load<std::int32_t>(value)}
                              : std::int64_t{load<std::uint32_t>(value)};
    default: return load<std::int64_t>(value);
  }
}

void store_integer(const Type& type, void* value, std::int64_t number) noexcept {
  switch (type.size()) {
    case 1: store<std::int8_t>(value, number); return;
    case 2: store<std::int16_t>(value, number); return;
    case 4: store<std::int32_t>(value, number); return;
    default: store<std::int64_t>(value, number); return;
  }
}

const EnumName* enum_value(const Type& type, std::string_view name) noexcept {
  for (const EnumName& each : type.enum_names()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

std::string_view enum_name(const Type& type, const void* value) noexcept {
  const std::int64_t number = load_integer(type, value);
  const auto names = type.enum_names();
  // Most enums count from 0 without gaps.
  if (const auto index = static_cast<std::size_t>(number);
      index < names.size() && names[index].value == number) {
    return names[index].name;
  }
  for (const EnumName& each : names) {
    if (each.value == number) return each.name;
  }
  return {};
}

namespace {

__extension__ using Wide = __int128;

}  // namespace

bool load_duration(const Type& type, const void* value, std::chrono::nanoseconds& out) noexcept {
  const DurationOps& form = type.duration();
  constexpr Wide kMost = std::numeric_limits<std::int64_t>::max();
  if (form.floating) {
    const double ticks =
        type.size() == sizeof(float) ? static_cast<double>(load<float>(value)) : load<double>(value);
    const double count =
        ticks * static_cast<double>(form.numerator) * 1e9 / static_cast<double>(form.denominator);
    if (!(count > -9.2e18 && count < 9.2e18)) return false;
    out = std::chrono::nanoseconds(static_cast<std::int64_t>(count < 0 ? count - 0.5 : count + 0.5));
    return true;
  }
  const Wide product = Wide{load_integer(type, value)} * form.numerator * 1'000'000'000;
  const Wide count = product / form.denominator;
  if (count > kMost || count < -kMost) return false;
  out = std::chrono::nanoseconds(static_cast<std::int64_t>(count));
  return true;
}

bool store_duration(const Type& type, void* value, std::chrono::nanoseconds duration) noexcept {
  const DurationOps& form = type.duration();
  if (form.floating) {
    const double ticks = static_cast<double>(duration.count()) * static_cast<double>(form.denominator) /
                         (static_cast<double>(form.numerator) * 1e9);
    if (type.size() == sizeof(float)) {
      const auto narrow = static_cast<float>(ticks);
      __builtin_memcpy(value, &narrow, sizeof(narrow));
    } else {
      __builtin_memcpy(value, &ticks, sizeof(ticks));
    }
    return true;
  }
  const Wide product = Wide{duration.count()} * form.denominator;
  const Wide tick = Wide{form.numerator} * 1'000'000'000;
  if (product % tick != 0) return false;
  const Wide ticks = product / tick;
  const int bits = static_cast<int>(type.size()) * 8;
  const Wide limit = Wide{1} << (form.is_signed ? bits - 1 : bits);
  if (ticks >= limit || ticks < (form.is_signed ? -limit : Wide{0})) return false;
  store_integer(type, value, static_cast<std::int64_t>(ticks));
  return true;
}

}  // namespace ngo
