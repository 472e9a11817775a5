#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>

#include "ngo/base/utf8.hpp"
#include "ngo/codec/detail/json_scan.hpp"
#include "ngo/codec/detail/number_text.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/codec/scalar.hpp"

namespace ngo::json {
namespace {

// Every function makes room before it writes; kSlack more bytes are always there, so that keys can be copied
// in blocks and one punctuation mark follows without another check.
constexpr std::size_t kSlack = 32;

// Each function is given the place to write at and returns the place after what it wrote: kept in a register,
// where a member would be stored and loaded again around every byte.
class Writer {
 public:
  explicit Writer(Output& out) : out_(out) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  char* value(char* at, const Type& type, const void* value) {
    switch (type.kind()) {
      case Kind::boolean:
        return *static_cast<const bool*>(value) ? literal(at, "true") : literal(at, "false");
      case Kind::integer: return integer(at, type, value);
      case Kind::floating: return floating(at, type, value);
      case Kind::string: return string(at, *static_cast<const std::string*>(value));
      case Kind::string_view: return string(at, *static_cast<const std::string_view*>(value));
      case Kind::enumeration:
      case Kind::duration:
      case Kind::byte_size:
      case Kind::text: return scalar(at, type, value);
      case Kind::object: return object(at, type, value, {});
      case Kind::sequence: return sequence(at, type, value);
      case Kind::map: return map(at, type, value);
      case Kind::optional:
        if (const void* inner = type.optional().get(value)) return this->value(at, type.element(), inner);
        return literal(at, "null");
      case Kind::variant: return variant(at, type, value);
      case Kind::json: return dynamic(at, *static_cast<const JsonValue*>(value));
    }
    return at;
  }

 private:
  char* dynamic(char* at, const JsonValue& value) {
    switch (value.kind()) {
      case JsonValue::Kind::null: return literal(at, "null");
      case JsonValue::Kind::boolean: return value.as_bool() ? literal(at, "true") : literal(at, "false");
      case JsonValue::Kind::integer: return number(at, value.as_int64());
      case JsonValue::Kind::natural: return number(at, value.as_uint64());
      case JsonValue::Kind::real: return real(at, value.as_double());
      case JsonValue::Kind::string: return string(at, value.as_string());
      case JsonValue::Kind::array: {
        at = put(at, '[');
        for (const JsonValue& element : value.as_array()) at = put(dynamic(at, element), ',');
        return close(at, ']');
      }
      case JsonValue::Kind::object: {
        at = put(at, '{');
        for (const JsonMember& member : value.as_object()) {
          at = put(string(at, member.name), ':');
          at = put(dynamic(at, member.value), ',');
        }
        return close(at, '}');
      }
    }
    return at;
  }

  // In quotes, escaped; bytes that are not UTF-8 become U+FFFD.
  char* string(char* at, std::string_view text) {
    at = room(at, text.size() + 2);
    *at = '"';
    if (detail::copy_plain(at + 1, text.data(), text.size())) {
      at += text.size() + 1;
      *at = '"';
      return at + 1;
    }
    return unusual_string(at + 1, text);
  }

  char* unusual_string(char* at, std::string_view text) {
    const char* from = text.data();
    const char* const end = from + text.size();
    while (true) {
      std::uint64_t high = 0;
      const char* const special = detail::find_special(from, end, high);
      const auto length = static_cast<std::size_t>(special - from);
      if (high != 0 && !is_utf8({from, length})) {
        at = repaired(at, {from, length});
      } else {
        std::memcpy(at, from, length);
        at += length;
      }
      if (special == end) break;
      at = escape(at, *special);
      from = special + 1;
      at = room(at, static_cast<std::size_t>(end - from) + 1);
    }
    return put(at, '"');
  }

  [[nodiscard]] char* room(char* at, std::size_t bytes) {
    if (static_cast<std::size_t>(out_.limit - at) >= bytes + kSlack) [[likely]]
      return at;
    out_.cursor = at;
    out_.grow(out_, bytes + kSlack);
    return out_.cursor;
  }

  char* put(char* at, char c) {
    at = room(at, 1);
    *at = c;
    return at + 1;
  }

  // Ends a list: what closes it takes the place of the last comma.
  char* close(char* at, char closing) {
    if (at[-1] == ',') {
      at[-1] = closing;
      return at;
    }
    return put(at, closing);
  }

  char* literal(char* at, std::string_view text) {
    at = room(at, text.size());
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
  }

  template <class T>
  char* number(char* at, T value) {
    at = room(at, codec::kNumberRoom);
    return std::to_chars(at, at + codec::kNumberRoom, value).ptr;
  }

  char* integer(char* at, const Type& type, const void* value) {
    const std::int64_t loaded = load_integer(type, value);
    return type.is_signed() ? number(at, loaded) : number(at, static_cast<std::uint64_t>(loaded));
  }

  template <class T>
  char* real(char* at, T value) {
    if (!std::isfinite(value)) return literal(at, "null");
    return codec::floating_to_text(room(at, codec::kNumberRoom), value);
  }

  char* floating(char* at, const Type& type, const void* value) {
    return type.size() == sizeof(float) ? real(at, *static_cast<const float*>(value))
                                        : real(at, *static_cast<const double*>(value));
  }

  char* escape(char* at, char c) {
    constexpr char kHex[] = "0123456789abcdef";
    at = room(at, 6);
    *at++ = '\\';
    switch (c) {
      case '"':
      case '\\': *at++ = c; return at;
      case '\b': *at++ = 'b'; return at;
      case '\f': *at++ = 'f'; return at;
      case '\n': *at++ = 'n'; return at;
      case '\r': *at++ = 'r'; return at;
      case '\t': *at++ = 't'; return at;
      default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    for (const char each : {'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]}) *at++ = each;
    return at;
  }

  char* repaired(char* at, std::string_view text) {
    at = room(at, text.size() * 3);
    while (!text.empty()) {
      const char* const start = text.data();
      if (take_code_point(text) == kNoCodePoint) {
        for (const char each : {'\xEF', '\xBF', '\xBD'}) *at++ = each;
      } else {
        const auto length = static_cast<std::size_t>(text.data() - start);
        std::memcpy(at, start, length);
        at += length;
      }
    }
    return room(at, 0);
  }

  char* scalar(char* at, const Type& type, const void* value) {
    if (type.kind() == Kind::enumeration) {
      if (const std::string_view name = enum_name(type, value); !name.empty()) return string(at, name);
    }
    scratch_.clear();
    scalar_to_text(type, value, scratch_);
    return string(at, scratch_);
  }

  // Member::json_key with its comma, or without it for the first member.
  char* key(char* at, const Member& member, bool first) {
    at = room(at, member.json_key.size());
    const char* from = member.json_key.data() + (first ? 1 : 0);
    std::size_t length = member.json_key.size() - (first ? 1 : 0);
    std::memcpy(at, from, 16);  // both sides have the room
    if (length > 16) std::memcpy(at + 16, from + 16, length - 16);
    return at + length;
  }

  char* object(char* at, const Type& type, const void* object, std::string_view tag) {
    at = put(at, '{');
    bool first = true;
    if (!tag.empty()) {
      at = string(literal(at, "\"type\":"), tag);
      first = false;
    }
    for (const Member& member : type.members()) {
      const void* const field = member.in(object);
      if (member.omit_if_empty && is_empty(*member.type, field)) continue;
      at = value(key(at, member, first), *member.type, field);
      first = false;
    }
    return put(at, '}');
  }

  static bool is_empty(const Type& type, const void* value) {
    switch (type.kind()) {
      case Kind::optional: return type.optional().get(value) == nullptr;
      case Kind::string: return static_cast<const std::string*>(value)->empty();
      case Kind::string_view: return static_cast<const std::string_view*>(value)->empty();
      case Kind::sequence: return type.sequence().size(value) == 0;
      case Kind::map: return type.map().size(value) == 0;
      case Kind::json: return static_cast<const JsonValue*>(value)->is_null();
      default: return false;
    }
  }

  char* sequence(char* at, const Type& type, const void* sequence) {
    const SequenceOps& ops = type.sequence();
    const Type& element = type.element();
    at = put(at, '[');
    if (ops.data != nullptr) {
      const auto* each = static_cast<const char*>(ops.data(sequence));
      for (std::size_t left = ops.size(sequence); left > 0; --left, each += element.size()) {
        at = put(value(at, element, each), ',');
      }
    } else {
      const auto one = [&](const void* each) { at = put(value(at, element, each), ','); };
      ops.each(sequence, one);
    }
    return close(at, ']');
  }

  char* map(char* at, const Type& type, const void* map) {
    at = put(at, '{');
    type.map().each(map, [&](std::string_view name, const void* each) {
      at = put(string(at, name), ':');
      at = put(value(at, type.element(), each), ',');
    });
    return close(at, '}');
  }

  char* variant(char* at, const Type& type, const void* variant) {
    const VariantOps& ops = type.variant();
    const std::size_t index = ops.index(variant);
    if (index >= ops.alternatives.size()) return literal(at, "null");  // valueless after an exception
    const Type& alternative = *ops.alternatives[index];
    std::size_t objects = 0;
    for (const Type* each : ops.alternatives) objects += each->kind() == Kind::object ? 1 : 0;
    const void* const held = ops.get(variant);
    if (alternative.kind() == Kind::object && objects > 1)
      return object(at, alternative, held, alternative.name());
    return value(at, alternative, held);
  }

  Output& out_;
  std::string scratch_;
};

// What is written for a string is gathered here first, so that the string grows by one append.
struct Buffer : Output {
  static constexpr std::size_t kFirst = 4096;

  std::unique_ptr<char[]> bytes;
  std::size_t size;

  explicit Buffer(std::unique_ptr<char[]> first)
      : Output{nullptr, nullptr, &enlarge}, bytes(std::move(first)), size(kFirst) {
    if (bytes == nullptr) bytes.reset(new char[kFirst]);
    cursor = bytes.get();
    limit = cursor + size;
  }

  static void enlarge(Output& output, std::size_t more) {
    auto& self = static_cast<Buffer&>(output);
    const auto used = static_cast<std::size_t>(self.cursor - self.bytes.get());
    const std::size_t size = std::max(self.size * 2, used + more);
    std::unique_ptr<char[]> larger(new char[size]);
    std::memcpy(larger.get(), self.bytes.get(), used);
    self.bytes = std::move(larger);
    self.size = size;
    self.cursor = self.bytes.get() + used;
    self.limit = self.bytes.get() + size;
  }
};

}  // namespace

void write(Output& out, const Type& type, const void* value) {
  Writer writer(out);
  out.cursor = writer.value(out.cursor, type, value);
}

void write(std::string& out, const Type& type, const void* value) {
  // One buffer is kept for each thread. Whoever writes takes it: a TextFormat may write JSON of its own
  // meanwhile.
  thread_local std::unique_ptr<char[]> spare;
  Buffer buffer(std::move(spare));
  write(buffer, type, value);
  out.append(buffer.bytes.get(), buffer.cursor);
  if (buffer.size == Buffer::kFirst) spare = std::move(buffer.bytes);
}

}  // namespace ngo::json
