#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>

#include "ngo/base/utf8.hpp"
#include "ngo/codec/detail/json_scan.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/codec/scalar.hpp"

namespace ngo::json {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// A number's text, already found to follow the grammar.
struct Number {
  std::string_view text;
  bool negative;
  bool whole;  // no fraction, no exponent
};

// One pass over the text, one function for each kind of value. A function returns false when reading cannot
// go on (a syntax error, a limit); a mistake in a value is noted, the value is skipped, and reading goes on.
class Reader {
 public:
  Reader(std::string_view text, const ReadOptions& options, Problems& problems)
      : begin_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()),
        options_(options),
        problems_(problems) {}

  bool document(const Type& type, void* out) {
    const Path root;
    if (!next(root)) return false;
    if (!value(type, out, root)) return false;
    skip_space();
    return at_ == end_ || syntax(root, "expected nothing behind the document");
  }

 private:
  // --- problems

  bool note(const Path& path, std::string_view code, std::string message) {
    problems_.push_back({path.pointer(), std::string(code), std::move(message)});
    return problems_.size() < options_.max_problems;
  }

  bool syntax(const Path& path, std::string_view what) {
    std::size_t line = 1;
    const char* line_start = begin_;
    for (const char* i = begin_; i < at_; ++i) {
      if (*i != '\n') continue;
      ++line;
      line_start = i + 1;
    }
    std::string message(what);
    message.append(at_ == end_ ? ", the document ends" : ", found ");
    if (at_ != end_)
      message.append(quoted({at_, std::min<std::size_t>(12, static_cast<std::size_t>(end_ - at_))}));
    message.append(" at line ").append(std::to_string(line)).append(", column ");
    message.append(std::to_string(at_ - line_start + 1));
    note(path, "syntax", std::move(message));
    return false;
  }

  // The value at hand is of another JSON type than `type` takes: notes it and skips the value.
  bool wrong(const Type& type, const Path& path) {
    std::string message = "expected " + describe(type) + ", found " + std::string(found());
    return note(path, "type", std::move(message)) && skip(path);
  }

  std::string_view found() const {
    switch (*at_) {
      case '{': return "an object";
      case '[': return "an array";
      case '"': return "a string";
      case 't':
      case 'f': return "a bool";
      case 'n': return "null";
      default: return "a number";
    }
  }

  // --- tokens

  void skip_space() {
    while (at_ < end_ && is_space(*at_)) ++at_;
  }

  // Goes to the next value or punctuation; the document must not end here.
  bool next(const Path& path) {
    skip_space();
    return at_ < end_ || syntax(path, "expected a value");
  }

  bool word(std::string_view literal, const Path& path) {
    if (static_cast<std::size_t>(end_ - at_) < literal.size() ||
        std::memcmp(at_, literal.data(), literal.size()) != 0) {
      return syntax(path, "expected a value");
    }
    at_ += literal.size();
    return true;
  }

  // A string, at its opening quote. The view is into the text, or into scratch_ when there were escapes, and
  // holds until the next string.
  bool string(std::string_view& out, const Path& path) {
    const char* const start = ++at_;
    std::uint64_t high = 0;
    at_ = detail::find_special(at_, end_, high);
    if (at_ < end_ && *at_ == '"') {
      out = {start, static_cast<std::size_t>(at_ - start)};
      ++at_;
    } else {
      scratch_.assign(start, at_);
      if (!escaped_string(high, path)) return false;
      out = scratch_;
    }
    if (high == 0) return true;
    const std::size_t invalid = find_invalid_utf8(out);
    if (invalid == std::string_view::npos) return true;
    at_ = start;
    return syntax(path, "a string is not valid UTF-8");
  }

  // The rest of a string from its first special byte on, to its end, into scratch_.
  bool escaped_string(std::uint64_t& high, const Path& path) {
    while (true) {
      if (at_ == end_) return syntax(path, "expected the end of a string");
      if (*at_ == '"') break;
      if (*at_ != '\\') return syntax(path, "a control character in a string must be written as an escape");
      if (!escape(path)) return false;
      const char* const start = at_;
      at_ = detail::find_special(at_, end_, high);
      scratch_.append(start, at_);
    }
    ++at_;
    return true;
  }

  bool escape(const Path& path) {
    const char* const backslash = at_;
    ++at_;
    const char c = at_ < end_ ? *at_ : '\0';
    char plain = '\0';
    switch (c) {
      case '"':
      case '\\':
      case '/': plain = c; break;
      case 'b': plain = '\b'; break;
      case 'f': plain = '\f'; break;
      case 'n': plain = '\n'; break;
      case 'r': plain = '\r'; break;
      case 't': plain = '\t'; break;
      case 'u': {
        char32_t code_point = 0;
        ++at_;
        if (hex4(code_point) && unite_surrogates(code_point)) {
          append_utf8(scratch_, code_point);
          return true;
        }
        at_ = backslash;
        return syntax(path, "expected \\u and four hexadecimal digits, surrogates only in pairs");
      }
      default: at_ = backslash; return syntax(path, "no such escape in a string");
    }
    scratch_ += plain;
    ++at_;
    return true;
  }

  bool hex4(char32_t& out) {
    if (end_ - at_ < 4) return false;
    out = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = *at_;
      const char lowered = static_cast<char>(c | 0x20);
      if (is_digit(c)) {
        out = out * 16 + static_cast<char32_t>(c - '0');
      } else if (lowered >= 'a' && lowered <= 'f') {
        out = out * 16 + static_cast<char32_t>(lowered - 'a' + 10);
      } else {
        return false;
      }
    }
    return true;
  }

  bool unite_surrogates(char32_t& code_point) {
    if (code_point < 0xD800 || code_point > 0xDFFF) return true;
    if (code_point > 0xDBFF || end_ - at_ < 6 || at_[0] != '\\' || at_[1] != 'u') return false;
    at_ += 2;
    char32_t low = 0;
    if (!hex4(low) || low < 0xDC00 || low > 0xDFFF) return false;
    code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
    return true;
  }

  // A number by the grammar of RFC 8259, section 6.
  bool number(Number& out, const Path& path) {
    const char* const start = at_;
    out.negative = *at_ == '-';
    if (out.negative) ++at_;
    if (at_ == end_ || !is_digit(*at_)) {
      if (!out.negative) return syntax(path, "expected a value");
      at_ = start;
      return syntax(path, "expected digits behind the minus sign");
    }
    if (*at_ == '0' && at_ + 1 < end_ && is_digit(at_[1]))
      return syntax(path, "a number must not begin with 0");
    while (at_ < end_ && is_digit(*at_)) ++at_;
    out.whole = true;
    if (at_ < end_ && *at_ == '.') {
      out.whole = false;
      if (!digits_behind(path)) return false;
    }
    if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
      out.whole = false;
      if (at_ + 1 < end_ && (at_[1] == '+' || at_[1] == '-')) ++at_;
      if (!digits_behind(path)) return false;
    }
    out.text = {start, static_cast<std::size_t>(at_ - start)};
    return true;
  }

  bool digits_behind(const Path& path) {
    ++at_;
    if (at_ == end_ || !is_digit(*at_)) return syntax(path, "expected a digit in a number");
    while (at_ < end_ && is_digit(*at_)) ++at_;
    return true;
  }

  // Behind an element: true when another follows, and then at it; false at the end (`closed` set) or at an
  // error.
  bool more(char closing, bool& closed, const Path& path) {
    skip_space();
    if (at_ < end_ && *at_ == ',') {
      ++at_;
      if (!next(path)) return false;
      return *at_ != closing || syntax(path, "expected another element behind the comma");
    }
    if (at_ < end_ && *at_ == closing) {
      ++at_;
      closed = true;
      return false;
    }
    return syntax(path, closing == '}' ? "expected \",\" or \"}\"" : "expected \",\" or \"]\"");
  }

  bool key(std::string_view& out, const Path& path) {
    if (*at_ != '"') return syntax(path, "expected the name of a member in double quotes");
    if (!string(out, path)) return false;
    return colon(path);
  }

  bool colon(const Path& path) {
    skip_space();
    if (at_ == end_ || *at_ != ':') return syntax(path, "expected \":\" behind the name of a member");
    ++at_;
    return next(path);
  }

  bool enter(const Path& path) {
    if (++depth_ <= options_.max_depth) return true;
    note(path, "depth", "arrays and objects may be nested " + std::to_string(options_.max_depth) + " deep");
    return false;
  }

  // Reads over a value and checks that it is JSON.
  bool skip(const Path& path) {
    switch (*at_) {
      case '"': {
        std::string_view ignored;
        return string(ignored, path);
      }
      case 't': return word("true", path);
      case 'f': return word("false", path);
      case 'n': return word("null", path);
      case '[':
      case '{': return skip_nested(path);
      default: {
        Number ignored{};
        return number(ignored, path);
      }
    }
  }

  bool skip_nested(const Path& path) {
    const bool object = *at_ == '{';
    const char closing = object ? '}' : ']';
    if (!enter(path)) return false;
    ++at_;
    if (!next(path)) return false;
    bool closed = *at_ == closing;
    if (closed) ++at_;
    std::string_view ignored;
    while (!closed) {
      if (object && !key(ignored, path)) return false;
      if (!skip(path)) return false;
      if (!more(closing, closed, path) && !closed) return false;
    }
    --depth_;
    return true;
  }

  // --- values; at_ stands at the first byte

  bool value(const Type& type, void* out, const Path& path) {
    switch (type.kind()) {
      case Kind::boolean: return boolean(type, out, path);
      case Kind::integer: return integer(type, out, path);
      case Kind::floating: return floating(type, out, path);
      case Kind::string: return text(type, out, path);
      case Kind::string_view:
        throw Error(Code::internal, "a std::string_view cannot be read into, at " + quoted(path.pointer()) +
                                        "; use std::string");
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
    return note(path, "range", "expected " + describe(type) + ", found " + short_number(token.text));
  }

  static std::string short_number(std::string_view text) {
    return text.size() <= 40 ? std::string(text) : std::string(text.substr(0, 37)) + "...";
  }

  bool floating(const Type& type, void* out, const Path& path) {
    if (*at_ != '-' && !is_digit(*at_)) return wrong(type, path);
    Number token{};
    if (!number(token, path)) return false;
    if (store_floating_text(type, out, token.text)) return true;
    return note(path, "range", "expected " + describe(type) + ", found " + short_number(token.text));
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
    if (!enter(path)) return false;
    ++at_;
    const SequenceOps& ops = type.sequence();
    const Type& element = type.element();
    if (ops.clear != nullptr) ops.clear(out);
    if (!next(path)) return false;
    bool closed = *at_ == ']';
    if (closed) ++at_;
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
    --depth_;
    if (ops.append == nullptr && index != ops.fixed_size) {
      return note(path, "length",
                  "expected " + std::to_string(ops.fixed_size) + " elements, found " + std::to_string(index));
    }
    return true;
  }

  bool map(const Type& type, void* out, const Path& path) {
    if (*at_ != '{') return wrong(type, path);
    if (!enter(path)) return false;
    ++at_;
    const MapOps& ops = type.map();
    ops.clear(out);
    if (!next(path)) return false;
    bool closed = *at_ == '}';
    if (closed) ++at_;
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
    --depth_;
    return true;
  }

  // `tag` names a member that belongs to the variant around the object and is passed over.
  bool object(const Type& type, void* out, const Path& path, std::string_view tag) {
    if (*at_ != '{') return wrong(type, path);
    if (!enter(path)) return false;
    ++at_;
    const std::size_t problems_before = problems_.size();
    const std::span<const Member> members = type.members();
    std::uint64_t seen = 0;
    std::size_t expected = 0;  // writers keep the order of members; then the name need only be compared once
    if (!next(path)) return false;
    bool closed = *at_ == '}';
    if (closed) ++at_;
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
        if (!one_member(type, *member, out, here, seen)) return false;
        expected = static_cast<std::size_t>(member - members.data()) + 1;
      } else if (!(name == tag && !tag.empty()) && !options_.ignore_unknown) {
        if (!unknown(type, name, path)) return false;
      } else {
        here.at(std::string_view());
        if (!skip(path)) return false;
      }
      if (!more('}', closed, path) && !closed) return false;
    }
    --depth_;
    return finish(type, out, path, seen, problems_before);
  }

  bool one_member(const Type& type, const Member& member, void* out, const Path& here, std::uint64_t& seen) {
    const std::uint64_t bit = std::uint64_t{1} << (&member - type.members().data());
    if ((seen & bit) != 0) return note(here, "duplicate", "the member is there twice") && skip(here);
    seen |= bit;
    const std::size_t before = problems_.size();
    if (!value(*member.type, member.in(out), here)) return false;
    if (member.rules != nullptr && problems_.size() == before) {
      check_rules(member, member.in(out), here, problems_);
      return problems_.size() < options_.max_problems;
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
    for (const Member& member : members) {
      if ((seen & bit) == 0 && (member.required || member.rules != nullptr)) {
        here.at(member.name);
        check_absent(member, member.in(out), here, problems_);
      }
      bit <<= 1;
    }
    if (problems_.size() == problems_before) check_struct(type, out, path, problems_);
    return problems_.size() < options_.max_problems;
  }

  // Whether the text goes on with exactly this member's name and colon; takes them if so.
  bool takes_key(const Member& member) {
    const std::size_t length = member.json_key.size() - 1;
    if (static_cast<std::size_t>(end_ - at_) < length ||
        std::memcmp(at_, member.json_key.data() + 1, length) != 0)
      return false;
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
    Number token{};
    const char* const start = at_;
    const bool is_number = *at_ == '-' || is_digit(*at_);
    if (is_number && !number(token, path)) return false;
    at_ = start;
    for (std::size_t pass = 0; pass < 2; ++pass) {  // a whole number goes to an integer if there is one
      for (std::size_t i = 0; i < ops.alternatives.size(); ++i) {
        const Kind kind = ops.alternatives[i]->kind();
        const bool suits =
            is_number ? (pass == 0 ? kind == Kind::integer && token.whole : kind == Kind::floating)
                      : (*at_ == '[' && kind == Kind::sequence) || (*at_ == 'n' && kind == Kind::optional) ||
                            ((*at_ == 't' || *at_ == 'f') && kind == Kind::boolean);
        if (suits || (pass == 1 && kind == Kind::json))
          return value(*ops.alternatives[i], ops.emplace(out, i), path);
      }
    }
    return wrong(type, path);
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
      names.append(names.empty() ? "" : ", ").append(quoted(alternative.name()));
    }
    const Path here(path, kVariantTag);
    const bool missing = name.empty();
    return note(here, missing ? "required" : "type",
                (missing ? "missing; expected one of " : quoted(name) + " is none of ") + names) &&
           skip(path);
  }

  // The value of the member "type", wherever it stands in the object at hand; empty when there is none.
  bool look_for_tag(std::string& out, const Path& path) {
    const char* const start = at_;
    if (!enter(path)) return false;
    ++at_;
    if (!next(path)) return false;
    bool closed = *at_ == '}';
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
    --depth_;
    at_ = start;
    return true;
  }

  // --- JsonValue

  bool dynamic(JsonValue& out, const Path& path) {
    switch (*at_) {
      case '{': return dynamic_object(out, path);
      case '[': return dynamic_array(out, path);
      case '"': {
        std::string_view found;
        if (!string(found, path)) return false;
        out = JsonValue(found);
        return true;
      }
      case 't': out = JsonValue(true); return word("true", path);
      case 'f': out = JsonValue(false); return word("false", path);
      case 'n': out = JsonValue(); return word("null", path);
      default: break;
    }
    Number token{};
    if (!number(token, path)) return false;
    const char* const last = token.text.data() + token.text.size();
    if (token.whole && token.text != "-0") {
      if (std::int64_t integer = 0; std::from_chars(token.text.data(), last, integer).ec == std::errc()) {
        out = JsonValue(integer);
        return true;
      }
      if (std::uint64_t natural = 0;
          !token.negative && std::from_chars(token.text.data(), last, natural).ec == std::errc()) {
        out = JsonValue(natural);
        return true;
      }
    }
    double real = 0;
    if (!store_floating_text(type_of<double>(), &real, token.text)) {
      return note(path, "range", "the number is beyond what a double holds: " + short_number(token.text));
    }
    out = JsonValue(real);
    return true;
  }

  bool dynamic_array(JsonValue& out, const Path& path) {
    out = JsonValue::array();
    JsonValue::Array& elements = out.as_array();
    if (!enter(path)) return false;
    ++at_;
    if (!next(path)) return false;
    bool closed = *at_ == ']';
    if (closed) ++at_;
    Path here(path);
    while (!closed) {
      here.at(elements.size());
      if (!dynamic(elements.emplace_back(), here)) return false;
      if (!more(']', closed, path) && !closed) return false;
    }
    --depth_;
    return true;
  }

  bool dynamic_object(JsonValue& out, const Path& path) {
    out = JsonValue::object();
    JsonValue::Object& members = out.as_object();
    if (!enter(path)) return false;
    ++at_;
    if (!next(path)) return false;
    bool closed = *at_ == '}';
    if (closed) ++at_;
    Path here(path);
    while (!closed) {
      std::string_view found;
      if (!key(found, path)) return false;
      JsonMember& member = members.emplace_back(JsonMember{std::string(found), JsonValue()});
      here.at(std::string_view(member.name));
      if (!dynamic(member.value, here)) return false;
      if (!more('}', closed, path) && !closed) return false;
    }
    --depth_;
    return no_duplicates(members, path);
  }

  // By sorting, so that many members cost no square of their number.
  bool no_duplicates(const JsonValue::Object& members, const Path& path) {
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const JsonMember& member : members) names.emplace_back(member.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    return twice == names.end() || note(Path(path, *twice), "duplicate", "the member is there twice");
  }

  static constexpr std::string_view kVariantTag = "type";

  const char* begin_;
  const char* at_;
  const char* end_;
  const ReadOptions& options_;
  Problems& problems_;
  unsigned depth_ = 0;
  std::string scratch_;
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
