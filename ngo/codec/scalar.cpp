#include "ngo/codec/scalar.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "ngo/base/byte_size.hpp"
#include "ngo/base/duration.hpp"
#include "ngo/base/utf8.hpp"
#include "ngo/codec/detail/number_text.hpp"

namespace ngo {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits with an optional minus sign.
bool is_integer(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty()) return false;
  for (const char c : text) {
    if (!is_digit(c)) return false;
  }
  return true;
}

// A number by JSON's grammar, except that leading zeros do no harm here.
bool is_number(std::string_view text) {
  std::size_t i = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t first = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > first;
  };
  if (!digits()) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

bool fail(Problem& problem, const char* code, std::string message) {
  problem.code = code;
  problem.message = std::move(message);
  return false;
}

bool not_a(const Type& type, std::string_view text, Problem& problem) {
  return fail(problem, "type", "expected " + describe(type) + ", found " + in_quotes(text));
}

bool beyond(const Type& type, std::string_view text, Problem& problem) {
  return fail(problem, "range", "expected " + describe_limits(type) + ", found " + in_quotes(text));
}

bool boolean(const Type& type, void* out, std::string_view text, Problem& problem) {
  const bool is_true = text == "true" || text == "1";
  if (!is_true && text != "false" && text != "0") return not_a(type, text, problem);
  *static_cast<bool*>(out) = is_true;
  return true;
}

bool enumeration(const Type& type, void* out, std::string_view text, Problem& problem) {
  if (const EnumName* found = enum_value(type, text)) {
    store_integer(type, out, found->value);
    return true;
  }
  Nearest nearest(text);
  for (const EnumName& each : type.enum_names()) nearest.offer(each.name);
  std::string message = "expected " + describe(type) + ", found " + in_quotes(text);
  if (!nearest.best().empty())
    message.append("; did you mean ").append(in_quotes(nearest.best())).append("?");
  return fail(problem, "type", std::move(message));
}

bool duration(const Type& type, void* out, std::string_view text, Problem& problem) {
  std::chrono::nanoseconds nanoseconds{};
  problem.code = "type";
  if (!parse_duration(text, nanoseconds, problem.message)) return false;
  if (store_duration(type, out, nanoseconds)) return true;
  const DurationOps& form = type.duration();
  std::string tick = std::to_string(form.numerator) +
                     (form.denominator == 1 ? "" : "/" + std::to_string(form.denominator)) + "s";
  if (form.denominator <= 1'000'000'000) {
    tick = format_duration(std::chrono::nanoseconds(form.numerator * (1'000'000'000 / form.denominator)));
  }
  return fail(problem, "range", in_quotes(text) + " is no whole multiple of " + tick + " that fits");
}

}  // namespace

bool store_integer_text(const Type& type, void* out, std::string_view digits) noexcept {
  const bool negative = digits.front() == '-';
  if (negative) digits.remove_prefix(1);
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  constexpr std::size_t kMostDigits = 20;
  if (digits.size() > kMostDigits) return false;
  std::uint64_t magnitude = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto digit = static_cast<unsigned>(digits[i] - '0');
    if (i == kMostDigits - 1) {  // only the twentieth digit can overflow
      constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
      if (magnitude > kMost / 10 || (magnitude == kMost / 10 && digit > kMost % 10)) return false;
    }
    magnitude = magnitude * 10 + digit;
  }
  const unsigned bits = static_cast<unsigned>(type.size()) * 8;
  if (type.is_signed()) {
    const std::uint64_t limit = (std::uint64_t{1} << (bits - 1)) - (negative ? 0 : 1);
    if (magnitude > limit) return false;
  } else {
    if (magnitude > ~std::uint64_t{0} >> (64 - bits) || (negative && magnitude != 0)) return false;
  }
  store_integer(type, out, static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude));
  return true;
}

bool store_floating_text(const Type& type, void* out, std::string_view number) noexcept {
  if (type.size() == sizeof(float)) return codec::floating_from_text(number, *static_cast<float*>(out));
  return codec::floating_from_text(number, *static_cast<double*>(out));
}

bool scalar_from_text(const Type& type, void* out, std::string_view text, Problem& problem) {
  switch (type.kind()) {
    case Kind::boolean: return boolean(type, out, text, problem);
    case Kind::integer:
      if (!is_integer(text)) return not_a(type, text, problem);
      return store_integer_text(type, out, text) || beyond(type, text, problem);
    case Kind::floating:
      if (!is_number(text)) return not_a(type, text, problem);
      return store_floating_text(type, out, text) || beyond(type, text, problem);
    case Kind::string:
      if (!is_utf8(text)) return fail(problem, "encoding", "the text is not valid UTF-8");
      static_cast<std::string*>(out)->assign(text);
      return true;
    case Kind::duration: return duration(type, out, text, problem);
    case Kind::byte_size:
      problem.code = "type";
      return parse_byte_size(text, *static_cast<ByteSize*>(out), problem.message);
    case Kind::enumeration: return enumeration(type, out, text, problem);
    case Kind::text: problem.code = "type"; return type.text().read(text, out, problem.message);
    case Kind::optional:
      if (scalar_from_text(type.element(), type.optional().emplace(out), text, problem)) return true;
      type.optional().reset(out);
      return false;
    default: break;
  }
  throw Error(Code::internal, "a " + std::string(type.name()) + " cannot be read from a single text");
}

void scalar_to_text(const Type& type, const void* value, std::string& out) {
  std::array<char, codec::kNumberRoom> room{};
  switch (type.kind()) {
    case Kind::boolean: out += *static_cast<const bool*>(value) ? "true" : "false"; return;
    case Kind::integer: {
      const std::int64_t number = load_integer(type, value);
      char* const last = room.data() + room.size();
      const auto end = type.is_signed()
                           ? std::to_chars(room.data(), last, number)
                           : std::to_chars(room.data(), last, static_cast<std::uint64_t>(number));
      out.append(room.data(), end.ptr);
      return;
    }
    case Kind::floating:
      out.append(room.data(), type.size() == sizeof(float)
                                  ? codec::floating_to_text(room.data(), *static_cast<const float*>(value))
                                  : codec::floating_to_text(room.data(), *static_cast<const double*>(value)));
      return;
    case Kind::string: out += *static_cast<const std::string*>(value); return;
    case Kind::string_view: out += *static_cast<const std::string_view*>(value); return;
    case Kind::duration: {
      std::chrono::nanoseconds nanoseconds{};
      if (!load_duration(type, value, nanoseconds)) {
        throw Error(Code::invalid_argument, "a duration of more than 292 years cannot be written");
      }
      out += format_duration(nanoseconds);
      return;
    }
    case Kind::byte_size: out += format_byte_size(*static_cast<const ByteSize*>(value)); return;
    case Kind::enumeration: {
      const std::string_view name = enum_name(type, value);
      if (name.empty()) {
        throw Error(Code::invalid_argument, std::to_string(load_integer(type, value)) + " is no value of " +
                                                std::string(type.name()) + "; expected " + describe(type));
      }
      out += name;
      return;
    }
    case Kind::text: type.text().write(value, out); return;
    case Kind::optional:
      if (const void* inner = type.optional().get(value)) scalar_to_text(type.element(), inner, out);
      return;
    default: break;
  }
  throw Error(Code::internal, "a " + std::string(type.name()) + " cannot be written as a single text");
}

}  // namespace ngo
