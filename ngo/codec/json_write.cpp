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

class Writer {
 public:
  explicit Writer(Output& out) : out_(out), at_(out.cursor) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  void finish() { out_.cursor = at_; }

  void value(const Type& type, const void* value) {
    switch (type.kind()) {
      case Kind::boolean: *static_cast<const bool*>(value) ? literal("true") : literal("false"); return;
      case Kind::integer: integer(type, value); return;
      case Kind::floating: floating(type, value); return;
      case Kind::string: string(*static_cast<const std::string*>(value)); return;
      case Kind::string_view: string(*static_cast<const std::string_view*>(value)); return;
      case Kind::enumeration:
      case Kind::duration:
      case Kind::byte_size:
      case Kind::text: scalar(type, value); return;
      case Kind::object: object(type, value, {}); return;
      case Kind::sequence: sequence(type, value); return;
      case Kind::map: map(type, value); return;
      case Kind::optional:
        if (const void* inner = type.optional().get(value)) {
          this->value(type.element(), inner);
        } else {
          literal("null");
        }
        return;
      case Kind::variant: variant(type, value); return;
      case Kind::json: dynamic(*static_cast<const JsonValue*>(value)); return;
    }
  }

  void dynamic(const JsonValue& value) {
    switch (value.kind()) {
      case JsonValue::Kind::null: literal("null"); return;
      case JsonValue::Kind::boolean: value.as_bool() ? literal("true") : literal("false"); return;
      case JsonValue::Kind::integer: number(value.as_int64()); return;
      case JsonValue::Kind::natural: number(value.as_uint64()); return;
      case JsonValue::Kind::real: real(value.as_double()); return;
      case JsonValue::Kind::string: string(value.as_string()); return;
      case JsonValue::Kind::array: {
        char before = '[';
        for (const JsonValue& element : value.as_array()) {
          put(before);
          before = ',';
          dynamic(element);
        }
        close(before, '[', ']');
        return;
      }
      case JsonValue::Kind::object: {
        char before = '{';
        for (const JsonMember& member : value.as_object()) {
          put(before);
          before = ',';
          string(member.name);
          put(':');
          dynamic(member.value);
        }
        close(before, '{', '}');
        return;
      }
    }
  }

  // In quotes, escaped; bytes that are not UTF-8 become U+FFFD.
  void string(std::string_view text) {
    room(text.size() + 2);
    *at_++ = '"';
    if (detail::copy_plain(at_, text.data(), text.size())) {
      at_ += text.size();
      *at_++ = '"';
      return;
    }
    const char* from = text.data();
    const char* const end = from + text.size();
    while (true) {
      std::uint64_t high = 0;
      const char* const special = detail::find_special(from, end, high);
      const auto length = static_cast<std::size_t>(special - from);
      if (high != 0 && !is_utf8({from, length})) {
        repaired({from, length});
      } else {
        std::memcpy(at_, from, length);
        at_ += length;
      }
      if (special == end) break;
      escape(*special);
      from = special + 1;
      room(static_cast<std::size_t>(end - from) + 1);
    }
    *at_++ = '"';
  }

 private:
  void room(std::size_t bytes) {
    if (static_cast<std::size_t>(out_.limit - at_) >= bytes + kSlack) return;
    out_.cursor = at_;
    out_.grow(out_, bytes + kSlack);
    at_ = out_.cursor;
  }

  void put(char c) {
    room(1);
    *at_++ = c;
  }

  void close(char before, char opening, char closing) {
    room(2);
    if (before == opening) *at_++ = opening;
    *at_++ = closing;
  }

  void literal(std::string_view text) {
    room(text.size());
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }

  template <class T>
  void number(T value) {
    room(codec::kNumberRoom);
    at_ = std::to_chars(at_, at_ + codec::kNumberRoom, value).ptr;
  }

  void integer(const Type& type, const void* value) {
    const std::int64_t loaded = load_integer(type, value);
    type.is_signed() ? number(loaded) : number(static_cast<std::uint64_t>(loaded));
  }

  template <class T>
  void real(T value) {
    if (!std::isfinite(value)) return literal("null");
    room(codec::kNumberRoom);
    at_ = codec::floating_to_text(at_, value);
  }

  void floating(const Type& type, const void* value) {
    type.size() == sizeof(float) ? real(*static_cast<const float*>(value))
                                 : real(*static_cast<const double*>(value));
  }

  void escape(char c) {
    constexpr char kHex[] = "0123456789abcdef";
    room(6);
    *at_++ = '\\';
    switch (c) {
      case '"':
      case '\\': *at_++ = c; return;
      case '\b': *at_++ = 'b'; return;
      case '\f': *at_++ = 'f'; return;
      case '\n': *at_++ = 'n'; return;
      case '\r': *at_++ = 'r'; return;
      case '\t': *at_++ = 't'; return;
      default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    for (const char each : {'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]}) *at_++ = each;
  }

  void repaired(std::string_view text) {
    room(text.size() * 3);
    while (!text.empty()) {
      const char* const start = text.data();
      if (take_code_point(text) == kNoCodePoint) {
        std::memcpy(at_, "\xEF\xBF\xBD", 3);
        at_ += 3;
      } else {
        const auto length = static_cast<std::size_t>(text.data() - start);
        std::memcpy(at_, start, length);
        at_ += length;
      }
    }
    room(0);
  }

  void scalar(const Type& type, const void* value) {
    if (type.kind() == Kind::enumeration) {
      if (const std::string_view name = enum_name(type, value); !name.empty()) return string(name);
    }
    scratch_.clear();
    scalar_to_text(type, value, scratch_);
    string(scratch_);
  }

  // Member::json_key with its comma, or without it for the first member.
  void key(const Member& member, bool first) {
    room(member.json_key.size());
    const char* from = member.json_key.data() + (first ? 1 : 0);
    std::size_t length = member.json_key.size() - (first ? 1 : 0);
    std::memcpy(at_, from, 16);  // both sides have the room
    if (length > 16) std::memcpy(at_ + 16, from + 16, length - 16);
    at_ += length;
  }

  void object(const Type& type, const void* object, std::string_view tag) {
    put('{');
    bool first = true;
    if (!tag.empty()) {
      literal("\"type\":");
      string(tag);
      first = false;
    }
    for (const Member& member : type.members()) {
      const void* const field = member.in(object);
      if (member.omit_if_empty && is_empty(*member.type, field)) continue;
      key(member, first);
      first = false;
      value(*member.type, field);
    }
    put('}');
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

  void sequence(const Type& type, const void* sequence) {
    const SequenceOps& ops = type.sequence();
    const Type& element = type.element();
    if (ops.data != nullptr) {
      const auto* at = static_cast<const char*>(ops.data(sequence));
      return array(element, at, at + ops.size(sequence) * element.size());
    }
    char before = '[';
    const auto one = [&](const void* each) {
      put(before);
      before = ',';
      value(element, each);
    };
    ops.each(sequence, one);
    close(before, '[', ']');
  }

  void array(const Type& element, const char* at, const char* end) {
    put('[');
    for (; at != end; at += element.size()) {
      value(element, at);
      put(',');
    }
    if (at_[-1] == ',') --at_;
    put(']');
  }

  void map(const Type& type, const void* map) {
    char before = '{';
    type.map().each(map, [&](std::string_view name, const void* each) {
      put(before);
      before = ',';
      string(name);
      put(':');
      value(type.element(), each);
    });
    close(before, '{', '}');
  }

  void variant(const Type& type, const void* variant) {
    const VariantOps& ops = type.variant();
    const std::size_t index = ops.index(variant);
    if (index >= ops.alternatives.size()) return literal("null");  // valueless after an exception
    const Type& alternative = *ops.alternatives[index];
    std::size_t objects = 0;
    for (const Type* each : ops.alternatives) objects += each->kind() == Kind::object ? 1 : 0;
    if (alternative.kind() == Kind::object && objects > 1)
      return object(alternative, ops.get(variant), alternative.name());
    value(alternative, ops.get(variant));
  }

  Output& out_;
  char* at_;
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
  writer.value(type, value);
  writer.finish();
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
