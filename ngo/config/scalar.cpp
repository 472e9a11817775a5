#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>

#include "ngo/base/duration.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/scalar.hpp"
#include "ngo/config/scalar_impl.hpp"

namespace ngo::config {
namespace {

std::optional<bool> to_bool(std::string_view text) {
  for (const std::string_view word : {"true", "yes", "on", "1"}) {
    if (equals_ignoring_case(text, word)) return true;
  }
  for (const std::string_view word : {"false", "no", "off", "0"}) {
    if (equals_ignoring_case(text, word)) return false;
  }
  return std::nullopt;
}

// An integer as decimal digits: without "_" and "+", from another base, without a fraction of zeros. Empty
// when the text is none of these; whoever reads it then says what is wrong.
std::string to_decimal(std::string_view text) {
  std::string digits;
  if (text.starts_with('-')) digits = "-";
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.starts_with('_') || text.ends_with('_')) return {};
  std::string bare;
  for (const char c : text) {
    if (c != '_') bare += ascii_lower(c);
  }
  const int base = bare.starts_with("0x") ? 16 : bare.starts_with("0o") ? 8 : bare.starts_with("0b") ? 2 : 10;
  if (base == 10) {
    if (const std::size_t point = bare.find('.'); point != std::string::npos) {
      if (bare.find_first_not_of('0', point + 1) != std::string::npos) return {};
      bare.resize(point);
    }
    return digits + bare;
  }
  std::uint64_t number = 0;
  const char* const end = bare.data() + bare.size();
  const auto [stop, failed] = std::from_chars(bare.data() + 2, end, number, base);
  if (failed != std::errc() || stop != end) return {};
  return digits + std::to_string(number);
}

// 0755 is 493 to some and 755 to others.
bool has_leading_zero(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && is_ascii_digit(text[1]);
}

// The name that enum_value() finds, when the text is another spelling of it.
std::string_view enumerator(const Type& type, std::string_view text) {
  for (const EnumName& each : type.enum_names()) {
    if (same_name(each.name, text)) return each.name;
  }
  return text;
}

std::string explain_bare_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failed != std::errc() || end != text.data() + text.size()) return {};
  return "; the original read a bare number as nanoseconds, that is " +
         format_duration(std::chrono::nanoseconds(count));
}

}  // namespace

bool scalar_from_config(const Type& type, void* out, std::string_view text, bool plain, bool secret,
                        std::string& message) {
  Problem problem;
  std::string changed;
  bool good = false;
  switch (type.kind()) {
    case Kind::boolean:
      if (const std::optional<bool> value = to_bool(text)) {
        *static_cast<bool*>(out) = *value;
        return true;
      }
      good = scalar_from_text(type, out, text, problem);
      break;
    case Kind::integer:
      if (has_leading_zero(text)) {
        problem.message = secret ? std::string() : in_quotes(text) + " is ambiguous";
        problem.message += "; write a number without leading zeros, or 0o for octal";
        break;
      }
      changed = to_decimal(text);
      good = scalar_from_text(type, out, changed.empty() ? text : changed, problem);
      break;
    case Kind::enumeration: good = scalar_from_text(type, out, enumerator(type, text), problem); break;
    case Kind::duration:
      good = scalar_from_text(type, out, text, problem);
      if (!good) problem.message += explain_bare_duration(text);
      break;
    default: good = scalar_from_text(type, out, plain ? trim(text) : text, problem); break;
  }
  if (good) return true;
  message = secret ? "expected " + describe(type) + "; the value is a secret and not shown"
                   : std::move(problem.message);
  return false;
}

JsonValue json_from_plain(std::string_view text) {
  if (text.empty() || text == "~" || text == "null") return {};
  if (text == "true" || text == "True" || text == "TRUE") return JsonValue(true);
  if (text == "false" || text == "False" || text == "FALSE") return JsonValue(false);
  Problem ignored;
  std::int64_t integer = 0;
  if (!has_leading_zero(text) && scalar_from_text(integer, text, ignored)) return JsonValue(integer);
  double number = 0;
  if (!has_leading_zero(text) && scalar_from_text(number, text, ignored)) return JsonValue(number);
  return JsonValue(text);
}

}  // namespace ngo::config
