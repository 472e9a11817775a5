#include <algorithm>
#include <charconv>
#include <vector>

#include "ngo/codec/detail/json_scanner.hpp"
#include "ngo/codec/detail/number_text.hpp"
#include "ngo/codec/json_value.hpp"

namespace ngo::json::detail {
namespace {

// The kind that holds the number exactly, else a double; "-0" is a double. False: too large for one.
bool to_number(const Number& token, JsonValue& out) {
  const char* const first = token.text.data();
  const char* const last = first + token.text.size();
  if (token.whole && token.text != "-0") {
    if (std::int64_t integer = 0; std::from_chars(first, last, integer).ec == std::errc()) {
      out = JsonValue(integer);
      return true;
    }
    if (std::uint64_t natural = 0;
        !token.negative && std::from_chars(first, last, natural).ec == std::errc()) {
      out = JsonValue(natural);
      return true;
    }
  }
  double real = 0;
  if (!codec::floating_from_text(token.text, real)) return false;
  out = JsonValue(real);
  return true;
}

}  // namespace

bool Scanner::dynamic(JsonValue& out, const Path& path) {
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
  if (to_number(token, out)) return true;
  return note(path, "range", "the number is beyond what a double holds: " + short_number(token.text));
}

bool Scanner::dynamic_array(JsonValue& out, const Path& path) {
  out = JsonValue::array();
  JsonValue::Array& elements = out.as_array();
  bool closed = false;
  if (!open(']', closed, path)) return false;
  Path here(path);
  while (!closed) {
    here.at(elements.size());
    if (!dynamic(elements.emplace_back(), here)) return false;
    if (!more(']', closed, path) && !closed) return false;
  }
  leave();
  return true;
}

bool Scanner::dynamic_object(JsonValue& out, const Path& path) {
  out = JsonValue::object();
  JsonValue::Object& members = out.as_object();
  bool closed = false;
  if (!open('}', closed, path)) return false;
  Path here(path);
  while (!closed) {
    std::string_view found;
    if (!key(found, path)) return false;
    JsonMember& member = members.emplace_back(JsonMember{std::string(found), JsonValue()});
    here.at(std::string_view(member.name));
    if (!dynamic(member.value, here)) return false;
    if (!more('}', closed, path) && !closed) return false;
  }
  leave();
  return no_duplicates(out, path);
}

// Few names are compared each with each, many are sorted: their number must not cost its square.
bool Scanner::no_duplicates(const JsonValue& object, const Path& path) {
  const JsonValue::Object& members = object.as_object();
  const auto twice = [&](std::string_view name) {
    return note(Path(path, name), "duplicate", "the member is there twice");
  };
  constexpr std::size_t kFew = 8;
  if (members.size() <= kFew) {
    for (std::size_t i = 1; i < members.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (members[i].name == members[j].name) return twice(members[i].name);
      }
    }
    return true;
  }
  std::vector<std::string_view> names;
  names.reserve(members.size());
  for (const JsonMember& member : members) names.emplace_back(member.name);
  std::sort(names.begin(), names.end());
  const auto found = std::adjacent_find(names.begin(), names.end());
  return found == names.end() || twice(*found);
}

}  // namespace ngo::json::detail
