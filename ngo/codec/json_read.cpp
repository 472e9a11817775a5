#include "ngo/codec/detail/json_scanner.hpp"
#include "ngo/codec/detail/number_text.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/codec/scalar.hpp"

namespace ngo::json {
namespace {

using detail::is_digit;
using detail::Number;
using detail::short_number;

constexpr std::string_view kVariantTag = "type";

// Values by their type, one function for each kind. A mistake in a value is noted, the value is skipped, and
// reading goes on; false only when it cannot.
class Reader : private detail::Scanner {
 public:
  using Scanner::Scanner;

  bool document(const Type& type, void* out) {
    const Path root;
    if (!next(root)) return false;
    if (!value(type, out, root)) return false;
    skip_space();
    return at_ == end_ || syntax(root, "expected nothing behind the document");
  }

 private:
  bool value(const Type& type, void* out, const Path& path) {
    return ordinary(type, out) || any_value(type, out, path);
  }

  // What most values are, without the detours. False: nothing was taken, and any_value() does it.
  [[gnu::always_inline]] bool ordinary(const Type& type, void* out) {
    switch (type.kind()) {
      case Kind::integer: return short_integer(type, out);
      case Kind::floating:
        return type.size() == sizeof(double) &&
               codec::take_short_number(at_, end_, *static_cast<double*>(out));
      case Kind::string: return plain_string(*static_cast<std::string*>(out));
      default: return false;
    }
  }

  bool plain_string(std::string& out) {
    if (*at_ != '"') return false;
    const char* const start = at_ + 1;
    std::uint64_t high = 0;
    const char* const last = detail::find_special(start, end_, high);
    if (high != 0 || last == end_ || *last != '"') return false;
    out.assign(start, last);
    at_ = last + 1;
    return true;
  }

  [[gnu::noinline]] bool any_value(const Type& type, void* out, const Path& path) {
    switch (type.kind()) {
      case Kind::boolean: return boolean(type, out, path);
      case Kind::integer: return integer(type, out, path);
      case Kind::floating: return floating(type, out, path);
      case Kind::string: return text(type, out, path);
      case Kind::string_view:
        throw Error(Code::internal, "a std::string_view cannot be read into, at " +
                                        in_quotes(path.pointer()) + "; use std::string");
      case Kind::enumeration:
      case Kind::duration:
      case Kind::byte_size:
      case Kind::text: return scalar(type, out, path);
      case Kind::object: return object(type, out, path, {});
      case Kind::sequence: return sequence(type, out, path);
      case Kind::map: return map(type, out, path);
      case Kind::optional: return optional(type, out, path);
      case Kind::variant: return variant(type, out, path);
      case Kind::json: return dynamic(*static_cast<JsonValue*>(out), path);
    }
    return false;
  }

  bool boolean(const Type& type, void* out, const Path& path) {
    if (*at_ != 't' && *at_ != 'f') return wrong(type, path);
    const bool is_true = *at_ == 't';
    if (!word(is_true ? "true" : "false", path)) return false;
    *static_cast<bool*>(out) = is_true;
    return true;
  }

  bool integer(const Type& type, void* out, const Path& path) {
    if (*at_ != '-' && !is_digit(*at_)) return wrong(type, path);
    Number token{};
    if (!number(token, path)) return false;
    if (!token.whole) {
      return note(
          path, "type",
          "expected " + describe(type) + " without fraction or exponent, found " + std::string(token.text));
    }
    if (store_integer_text(type, out, token.text)) return true;
    return note(path, "range", "expected " + describe_limits(type) + ", found " + short_number(token.text));
  }

  // The usual number: at most 18 digits and in range. False: nothing was taken, the long way decides.
  bool short_integer(const Type& type, void* out) {
    const char* i = at_;
    const bool negative = *i == '-';
    if (negative) ++i;
    const char* const first = i;
    const char* const most = end_ - i > 18 ? i + 18 : end_;
    std::int64_t magnitude = 0;
    for (; i < most && is_digit(*i); ++i) magnitude = magnitude * 10 + (*i - '0');
    if (i == first || (*first == '0' && i > first + 1)) return false;
    if (i < end_ && (is_digit(*i) || *i == '.' || *i == 'e' || *i == 'E')) return false;
    const std::int64_t number = negative ? -magnitude : magnitude;
    if (type.size() == 8) {
      if (!type.is_signed() && number < 0) return false;
    } else {
      const unsigned bits = static_cast<unsigned>(type.size()) * 8 - (type.is_signed() ? 1 : 0);
      if (number >= std::int64_t{1} << bits || number < (type.is_signed() ? -(std::int64_t{1} << bits) : 0))
        return false;
    }
    store_integer(type, out, number);
    at_ = i;
    return true;
  }

  bool floating(const Type& type, void* out, const Path& path) {
    if (*at_ != '-' && !is_digit(*at_)) return wrong(type, path);
    Number token{};
    if (!number(token, path)) return false;
    if (store_floating_text(type, out, token.text)) return true;
    return note(path, "range", "expected " + describe_limits(type) + ", found " + short_number(token.text));
  }

  bool text(const Type& type, void* out, const Path& path) {
    if (*at_ != '"') return wrong(type, path);
    std::string_view found;
    if (!string(found, path)) return false;
    static_cast<std::string*>(out)->assign(found);
    return true;
  }

  // Types that are strings in JSON and have a form of their own; sizes may also be numbers of bytes,
  // durations 0.
  bool scalar(const Type& type, void* out, const Path& path) {
    std::string_view found;
    if (*at_ == '"') {
      if (!string(found, path)) return false;
    } else if ((type.kind() == Kind::byte_size || type.kind() == Kind::duration) && is_digit(*at_)) {
      Number token{};
      if (!number(token, path)) return false;
      found = token.text;
    } else {
      return wrong(type, path);
    }
    Problem problem;
    return scalar_from_text(type, out, found, problem) ||
           note(path, problem.code, std::move(problem.message));
  }

  bool optional(const Type& type, void* out, const Path& path) {
    if (*at_ == 'n') {
      if (!word("null", path)) return false;
      type.optional().reset(out);
      return true;
    }
    return value(type.element(), type.optional().emplace(out), path);
  }

  bool sequence(const Type& type, void* out, const Path& path) {
    if (*at_ != '[') return wrong(type, path);
    bool closed = false;
    if (!open(']', closed, path)) return false;
    const SequenceOps& ops = type.sequence();
    const Type& element = type.element();
    if (ops.clear != nullptr) ops.clear(out);
    Path here(path);
    std::size_t index = 0;
    for (; !closed; ++index) {
      here.at(index);
      bool good = false;
      if (ops.append != nullptr) {
        ops.append(out, [&](void* slot) { good = value(element, slot, here); });
      } else if (index < ops.fixed_size) {
        good = value(element, static_cast<unsigned char*>(out) + index * element.size(), here);
      } else {
        good = skip(here);
      }
      if (!good) return false;
      if (!more(']', closed, path) && !closed) return false;
    }
    leave();
    if (ops.append == nullptr && index != ops.fixed_size) {
      return note(path, "length",
                  "expected " + std::to_string(ops.fixed_size) + " elements, found " + std::to_string(index));
    }
    return true;
  }

  bool map(const Type& type, void* out, const Path& path) {
    if (*at_ != '{') return wrong(type, path);
    bool closed = false;
    if (!open('}', closed, path)) return false;
    const MapOps& ops = type.map();
    ops.clear(out);
    Path here(path);
    std::string name;  // a copy: scratch_ is overwritten by the value
    while (!closed) {
      std::string_view found;
      if (!key(found, path)) return false;
      name.assign(found);
      here.at(std::string_view(name));
      if (void* slot = ops.insert(out, name); slot != nullptr) {
        if (!value(type.element(), slot, here)) return false;
      } else if (!note(here, "duplicate", "the member is there twice") || !skip(here)) {
        return false;
      }
      if (!more('}', closed, path) && !closed) return false;
    }
    leave();
    return true;
  }

  // `tag` names a member that belongs to the variant around the object and is passed over.
  bool object(const Type& type, void* out, const Path& path, std::string_view tag) {
    if (*at_ != '{') return wrong(type, path);
    bool closed = false;
    if (!open('}', closed, path)) return false;
    const std::size_t problems_before = problems_.size();
    const std::span<const Member> members = type.members();
    std::uint64_t seen = 0;
    std::size_t expected = 0;  // writers keep the order of members; then the name need only be compared once
    Path here(path);
    while (!closed) {
      const Member* member = nullptr;
      std::string_view name;
      if (expected < members.size() && takes_key(members[expected])) {
        member = &members[expected];
        if (!next(path)) return false;
      } else {
        if (!key(name, path)) return false;
        member = type.member(name);
      }
      if (member != nullptr) {
        here.at(member->name);
        expected = static_cast<std::size_t>(member - members.data());
        if (!one_member(*member, std::uint64_t{1} << expected, out, here, seen)) return false;
        ++expected;
      } else if (!(name == tag && !tag.empty()) && !options_.ignore_unknown) {
        if (!unknown(type, name, path)) return false;
      } else {
        here.at(std::string_view());
        if (!skip(path)) return false;
      }
      if (!more('}', closed, path) && !closed) return false;
    }
    leave();
    return finish(type, out, path, seen, problems_before);
  }

  bool one_member(const Member& member, std::uint64_t bit, void* out, const Path& here, std::uint64_t& seen) {
    if ((seen & bit) != 0) return note(here, "duplicate", "the member is there twice") && skip(here);
    seen |= bit;
    const std::size_t before = problems_.size();
    const bool goes_on = value(*member.type, member.in(out), here);
    if (member.secret && problems_.size() != before) hide_value(member, problems_, before);
    if (!goes_on) return false;
    if (member.rules != nullptr && problems_.size() == before) {
      check_rules(member, member.in(out), here, problems_);
      return problems_.size() < most_problems_;
    }
    return true;
  }

  bool unknown(const Type& type, std::string_view name, const Path& path) {
    const std::string kept(name);
    return note(Path(path, kept), "unknown", unknown_member(type, kept)) && skip(Path(path, kept));
  }

  // What can only be said when the object is complete.
  bool finish(const Type& type, const void* out, const Path& path, std::uint64_t seen,
              std::size_t problems_before) {
    const std::span<const Member> members = type.members();
    Path here(path);
    std::uint64_t bit = 1;
    const bool all_seen = !members.empty() && seen == ~std::uint64_t{0} >> (64 - members.size());
    for (const Member& member : all_seen ? std::span<const Member>() : members) {
      if ((seen & bit) == 0 && (member.required || member.rules != nullptr)) {
        here.at(member.name);
        check_absent(member, member.in(out), here, problems_);
      }
      bit <<= 1;
    }
    if (problems_.size() == problems_before) check_struct(type, out, path, problems_);
    return problems_.size() < most_problems_;
  }

  // Whether the text goes on with exactly this member's name and colon; takes them if so.
  bool takes_key(const Member& member) {
    const std::size_t length = member.json_key.size() - 1;
    if (static_cast<std::size_t>(end_ - at_) < length) return false;
    if (!detail::equal(at_, member.json_key.data() + 1, length)) return false;
    at_ += length;
    return true;
  }

  // --- variants

  bool variant(const Type& type, void* out, const Path& path) {
    const VariantOps& ops = type.variant();
    switch (*at_) {
      case '{': return variant_object(type, out, path);
      case '"': return variant_string(type, out, path);
      default: break;
    }
    if (*at_ == '-' || is_digit(*at_)) return variant_number(type, out, path);
    for (std::size_t pass = 0; pass < 2; ++pass) {  // a JsonValue takes what suits no other
      for (std::size_t i = 0; i < ops.alternatives.size(); ++i) {
        const Kind kind = ops.alternatives[i]->kind();
        const bool suits = (*at_ == '[' && kind == Kind::sequence) ||
                           (*at_ == 'n' && kind == Kind::optional) ||
                           ((*at_ == 't' || *at_ == 'f') && kind == Kind::boolean);
        if (pass == 0 ? suits : kind == Kind::json)
          return value(*ops.alternatives[i], ops.emplace(out, i), path);
      }
    }
    return wrong(type, path);
  }

  // A whole number goes to the first integer that holds it, every other to a floating alternative if there is
  // one.
  bool variant_number(const Type& type, void* out, const Path& path) {
    const VariantOps& ops = type.variant();
    const std::size_t none = ops.alternatives.size();
    const char* const start = at_;
    Number token{};
    if (!number(token, path)) return false;
    std::size_t too_narrow = none;
    std::size_t other = none;
    for (std::size_t i = 0; i < none; ++i) {
      const Kind kind = ops.alternatives[i]->kind();
      if (kind == Kind::integer && token.whole) {
        if (store_integer_text(*ops.alternatives[i], ops.emplace(out, i), token.text)) return true;
        too_narrow = std::min(too_narrow, i);
      } else if ((kind == Kind::floating || kind == Kind::json) && other == none) {
        other = i;
      }
    }
    const std::size_t chosen = other != none ? other : too_narrow;
    at_ = start;
    return chosen == none ? wrong(type, path)
                          : value(*ops.alternatives[chosen], ops.emplace(out, chosen), path);
  }

  bool variant_string(const Type& type, void* out, const Path& path) {
    const VariantOps& ops = type.variant();
    const char* const start = at_;
    std::string_view found;
    if (!string(found, path)) return false;
    const std::string kept(found);
    Problem problem;
    for (std::size_t i = 0; i < ops.alternatives.size(); ++i) {
      const Kind kind = ops.alternatives[i]->kind();
      const bool by_text = kind == Kind::string || kind == Kind::enumeration || kind == Kind::duration ||
                           kind == Kind::byte_size || kind == Kind::text;
      if (by_text && scalar_from_text(*ops.alternatives[i], ops.emplace(out, i), kept, problem)) return true;
      if (kind == Kind::json) {
        *static_cast<JsonValue*>(ops.emplace(out, i)) = JsonValue(kept);
        return true;
      }
    }
    if (!problem.message.empty()) return note(path, problem.code, std::move(problem.message));
    at_ = start;
    return wrong(type, path);
  }

  bool variant_object(const Type& type, void* out, const Path& path) {
    const VariantOps& ops = type.variant();
    std::size_t objects = 0;
    std::size_t other = ops.alternatives.size();
    std::size_t only = other;
    for (std::size_t i = 0; i < ops.alternatives.size(); ++i) {
      const Kind kind = ops.alternatives[i]->kind();
      if (kind == Kind::object) {
        ++objects;
        only = i;
      } else if (kind == Kind::map || kind == Kind::json) {
        other = i;
      }
    }
    if (objects == 0) {
      return other == ops.alternatives.size()
                 ? wrong(type, path)
                 : value(*ops.alternatives[other], ops.emplace(out, other), path);
    }
    if (objects == 1) return value(*ops.alternatives[only], ops.emplace(out, only), path);
    std::string name;
    if (!look_for_tag(name, path)) return false;
    std::string names;
    for (std::size_t i = 0; i < ops.alternatives.size(); ++i) {
      const Type& alternative = *ops.alternatives[i];
      if (alternative.kind() != Kind::object) continue;
      if (alternative.name() == name) return object(alternative, ops.emplace(out, i), path, kVariantTag);
      names.append(names.empty() ? "" : ", ").append(in_quotes(alternative.name()));
    }
    const Path here(path, kVariantTag);
    const bool missing = name.empty();
    return note(here, missing ? "required" : "type",
                (missing ? "missing; expected one of " : in_quotes(name) + " is none of ") + names) &&
           skip(path);
  }

  // The value of the member "type", wherever it stands in the object at hand; empty when there is none.
  bool look_for_tag(std::string& out, const Path& path) {
    const char* const start = at_;
    bool closed = false;
    if (!open('}', closed, path)) return false;
    std::string_view found;
    while (!closed) {
      if (!key(found, path)) return false;
      if (found == kVariantTag && *at_ == '"') {
        if (!string(found, path)) return false;
        out.assign(found);
        break;
      }
      if (!skip(path)) return false;
      if (!more('}', closed, path) && !closed) return false;
    }
    leave();
    at_ = start;
    return true;
  }
};

}  // namespace

bool parse_into(const Type& type, void* value, std::string_view text, const ReadOptions& options,
                Problems& problems) {
  const std::size_t before = problems.size();
  if (text.size() > options.max_size) {
    problems.push_back({"", "size",
                        "the document has " + std::to_string(text.size()) + " bytes; at most " +
                            std::to_string(options.max_size) + " are read"});
    return false;
  }
  return Reader(text, options, problems).document(type, value) && problems.size() == before;
}

}  // namespace ngo::json
