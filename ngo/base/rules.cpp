#include "ngo/base/rules.hpp"

#include <charconv>
#include <limits>

#include "ngo/base/duration.hpp"
#include "ngo/base/pattern.hpp"
#include "ngo/base/type.hpp"
#include "ngo/base/utf8.hpp"

namespace ngo {
namespace {

using Tag = Bound::Tag;

std::string number_text(double number) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof(digits), number).ptr};
}

// A bound as a value of that type would be written.
std::string bound_text(const Type& type, const Bound& bound) {
  if (type.kind() == Kind::duration) return format_duration(std::chrono::nanoseconds(bound.integer));
  switch (bound.tag) {
    case Tag::integer: return std::to_string(bound.integer);
    case Tag::natural:
      return type.kind() == Kind::byte_size ? format_byte_size(ByteSize(bound.natural))
                                            : std::to_string(bound.natural);
    case Tag::real: return number_text(bound.real);
    case Tag::none: break;
  }
  return {};
}

// The value in the form of a bound.
Bound value_of(const Type& type, const void* value) {
  Bound out;
  switch (type.kind()) {
    case Kind::integer:
      out.tag = type.is_signed() ? Tag::integer : Tag::natural;
      out.integer = load_integer(type, value);
      out.natural = static_cast<std::uint64_t>(out.integer);
      break;
    case Kind::floating:
      out.tag = Tag::real;
      out.real = type.size() == sizeof(float) ? static_cast<double>(*static_cast<const float*>(value))
                                              : *static_cast<const double*>(value);
      break;
    case Kind::byte_size:
      out.tag = Tag::natural;
      out.natural = static_cast<const ByteSize*>(value)->bytes();
      break;
    case Kind::duration: {
      std::chrono::nanoseconds nanoseconds{};
      if (load_duration(type, value, nanoseconds)) {
        out.tag = Tag::integer;
        out.integer = nanoseconds.count();
      }
      break;
    }
    default: break;
  }
  return out;
}

// a < b, for bounds of one tag; false where either is none. NaN is below everything and above everything.
bool below(const Bound& a, const Bound& b) {
  if (a.tag != b.tag) return false;
  switch (a.tag) {
    case Tag::integer: return a.integer < b.integer;
    case Tag::natural: return a.natural < b.natural;
    case Tag::real: return !(a.real >= b.real);
    case Tag::none: break;
  }
  return false;
}

void note(Problems& problems, const Path& path, const char* code, std::string message) {
  problems.push_back({path.pointer(), code, std::move(message)});
}

std::string expected_range(const Type& type, const MemberRules& rules) {
  if (rules.high.tag == Tag::none) return "at least " + bound_text(type, rules.low);
  if (rules.low.tag == Tag::none) return "at most " + bound_text(type, rules.high);
  return "from " + bound_text(type, rules.low) + " to " + bound_text(type, rules.high);
}

std::string expected_length(std::uint64_t shortest, std::uint64_t longest, const char* what) {
  std::string out = std::to_string(shortest);
  if (longest == std::numeric_limits<std::uint64_t>::max()) {
    out = "at least " + out;
  } else if (longest != shortest) {
    out.append(" to ").append(std::to_string(longest));
  }
  return out.append(" ").append(what).append(longest == 1 ? "" : "s");
}

std::string_view text_of(const Type& type, const void* value) {
  if (type.kind() == Kind::string_view) return *static_cast<const std::string_view*>(value);
  return *static_cast<const std::string*>(value);
}

class Checker {
 public:
  Checker(const Member& member, Problems& problems)
      : member_(member), rules_(*member.rules), problems_(problems) {}

  void run(const Type& type, const void* value, const Path& path) const {
    switch (type.kind()) {
      case Kind::optional:
        if (const void* inner = type.optional().get(value); inner != nullptr)
          run(type.element(), inner, path);
        return;
      case Kind::sequence: {
        if (rules_.has_length) length(type.sequence().size(value), "element", path);
        Path here(path);
        std::size_t index = 0;
        if (!per_element()) return;
        type.sequence().each(value, [&](const void* element) {
          here.at(index++);
          elements(type.element(), element, here);
        });
        return;
      }
      case Kind::map: {
        if (rules_.has_length) length(type.map().size(value), "element", path);
        if (!per_element()) return;
        type.map().each(value, [&](std::string_view key, const void* element) {
          elements(type.element(), element, Path(path, key));
        });
        return;
      }
      case Kind::string:
      case Kind::string_view:
        string(text_of(type, value), rules_.has_length, rules_.shortest, rules_.longest, path);
        return;
      default: range(type, value, path); return;
    }
  }

 private:
  bool per_element() const {
    return rules_.pattern != nullptr || rules_.has_element_length || rules_.low.tag != Tag::none ||
           rules_.high.tag != Tag::none;
  }

  void elements(const Type& type, const void* value, const Path& path) const {
    switch (type.kind()) {
      case Kind::string:
      case Kind::string_view:
        string(text_of(type, value), rules_.has_element_length, rules_.element_shortest,
               rules_.element_longest, path);
        return;
      case Kind::optional:
        if (const void* inner = type.optional().get(value); inner != nullptr)
          elements(type.element(), inner, path);
        return;
      case Kind::sequence: {
        Path here(path);
        std::size_t index = 0;
        type.sequence().each(value, [&](const void* element) {
          here.at(index++);
          elements(type.element(), element, here);
        });
        return;
      }
      default: range(type, value, path); return;
    }
  }

  void range(const Type& type, const void* value, const Path& path) const {
    const Bound found = value_of(type, value);
    if (!below(found, rules_.low) && !below(rules_.high, found)) return;
    std::string message = "expected " + expected_range(type, rules_);
    if (!member_.secret) message.append(", found ").append(bound_text(type, found));
    note(problems_, path, "range", std::move(message));
  }

  void length(std::size_t size, const char* what, const Path& path) const {
    if (size >= rules_.shortest && size <= rules_.longest) return;
    note(problems_, path, "length",
         "expected " + expected_length(rules_.shortest, rules_.longest, what) + ", found " +
             std::to_string(size));
  }

  // The pattern is not tried on a text of the wrong length, which bounds what it costs.
  void string(std::string_view text, bool has_length, std::uint64_t shortest, std::uint64_t longest,
              const Path& path) const {
    if (has_length) {
      const std::size_t size = count_code_points(text);
      if (size < shortest || size > longest) {
        note(problems_, path, "length",
             "expected " + expected_length(shortest, longest, "character") + ", found " +
                 std::to_string(size));
        return;
      }
    }
    if (rules_.pattern == nullptr || rules_.pattern->matches(text)) return;
    std::string message = "expected text that matches " + rules_.pattern->expression();
    if (!member_.secret) message.append(", found ").append(in_quotes(text));
    note(problems_, path, "pattern", std::move(message));
  }

  const Member& member_;
  const MemberRules& rules_;
  Problems& problems_;
};

}  // namespace

void check_rules(const Member& member, const void* value, const Path& path, Problems& problems) {
  if (member.rules != nullptr) Checker(member, problems).run(*member.type, value, path);
}

void check_absent(const Member& member, const void* value, const Path& path, Problems& problems) {
  if (member.required) {
    note(problems, path, "required", "missing; expected " + describe(*member.type));
    return;
  }
  Problems broken;
  check_rules(member, value, path, broken);
  if (!broken.empty())
    note(problems, path, "required", "missing, and its default will not do: " + broken.front().message);
}

void check_struct(const Type& type, const void* object, const Path& path, Problems& problems) {
  for (const Type::Check check : type.checks()) {
    if (std::string message = check(object); !message.empty())
      note(problems, path, "check", std::move(message));
  }
}

void check_all(const Type& type, const void* value, const Path& path, Problems& problems) {
  switch (type.kind()) {
    case Kind::object: {
      const std::size_t before = problems.size();
      Path here(path);
      for (const Member& member : type.members()) {
        here.at(member.name);
        check_rules(member, member.in(value), here, problems);
        check_all(*member.type, member.in(value), here, problems);
      }
      if (problems.size() == before) check_struct(type, value, path, problems);
      return;
    }
    case Kind::sequence: {
      Path here(path);
      std::size_t index = 0;
      type.sequence().each(value, [&](const void* element) {
        here.at(index++);
        check_all(type.element(), element, here, problems);
      });
      return;
    }
    case Kind::map:
      type.map().each(value, [&](std::string_view key, const void* element) {
        check_all(type.element(), element, Path(path, key), problems);
      });
      return;
    case Kind::optional:
      if (const void* inner = type.optional().get(value); inner != nullptr)
        check_all(type.element(), inner, path, problems);
      return;
    case Kind::variant: {
      const VariantOps& ops = type.variant();
      if (const std::size_t index = ops.index(value); index < ops.alternatives.size()) {
        check_all(*ops.alternatives[index], ops.get(value), path, problems);
      }
      return;
    }
    default: return;
  }
}

void hide_value(const Member& member, Problems& problems, std::size_t from) {
  for (std::size_t i = from; i < problems.size(); ++i) {
    Problem& problem = problems[i];
    if (problem.code == "syntax") {
      const std::size_t place = problem.message.rfind(" at line ");
      problem.message = "expected valid JSON; the value is a secret and not shown," +
                        (place == std::string::npos ? std::string() : problem.message.substr(place));
    } else if (problem.message.find(", found ") != std::string::npos ||
               problem.message.find('"') != std::string::npos) {
      problem.message = "expected " + describe(*member.type) + "; the value is a secret and not shown";
    }
  }
}

std::string unknown_member(const Type& type, std::string_view name) {
  std::string out = "no such member";
  Nearest nearest(name);
  std::string known;
  for (const Member& member : type.members()) {
    nearest.offer(member.name);
    known.append(known.empty() ? "" : ", ").append(in_quotes(member.name));
  }
  if (!nearest.best().empty())
    return out.append("; did you mean ").append(in_quotes(nearest.best())).append("?");
  return out.append(known.empty() ? "; none is known" : "; known: ").append(known);
}

std::string describe(const Type& type) {
  switch (type.kind()) {
    case Kind::boolean: return "true or false";
    case Kind::integer:
      if (type.size() <= 2) return describe_limits(type);  // narrow ones say more by their limits
      return type.is_signed() ? "a whole number" : "a whole number, 0 or more";
    case Kind::floating: return type.size() == sizeof(float) ? "a number of single precision" : "a number";
    case Kind::string:
    case Kind::string_view: return "a string";
    case Kind::duration: return "a duration such as \"500ms\", \"10s\" or \"1h30m\"";
    case Kind::byte_size: return "a size such as \"64KiB\", \"10MB\" or 512";
    case Kind::enumeration: {
      std::string names;
      for (const EnumName& each : type.enum_names())
        names.append(names.empty() ? "" : ", ").append(in_quotes(each.name));
      return "one of " + names;
    }
    case Kind::text: return "a string with a " + std::string(type.text().name);
    case Kind::object: return "an object";
    case Kind::sequence: return "an array";
    case Kind::map: return "an object";
    case Kind::optional: return describe(type.element()) + ", or null";
    case Kind::variant: {
      std::string out;
      const auto alternatives = type.variant().alternatives;
      for (std::size_t i = 0; i < alternatives.size(); ++i) {
        if (i > 0) out += i + 1 < alternatives.size() ? ", " : " or ";
        out += describe(*alternatives[i]);
      }
      return out;
    }
    case Kind::json: return "any JSON";
  }
  return {};
}

std::string describe_limits(const Type& type) {
  if (type.kind() == Kind::floating) {
    return type.size() == sizeof(float) ? "a number up to 3.4e38" : "a number up to 1.7e308";
  }
  if (type.kind() != Kind::integer) return describe(type);
  const unsigned bits = static_cast<unsigned>(type.size()) * 8;
  if (!type.is_signed())
    return "a whole number from 0 to " + std::to_string(~std::uint64_t{0} >> (64 - bits));
  const std::uint64_t most = (std::uint64_t{1} << (bits - 1)) - 1;
  return "a whole number from -" + std::to_string(most + 1) + " to " + std::to_string(most);
}

}  // namespace ngo
