#include "ngo/trace/baggage.hpp"

#include <algorithm>

#include "ngo/base/text.hpp"
#include "ngo/base/utf8.hpp"

namespace ngo::trace {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr char32_t kReplacement = 0xfffd;

bool is_token_character(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_key(std::string_view key) noexcept {
  return !key.empty() && std::all_of(key.begin(), key.end(), is_token_character);
}

// baggage-octet: printable without blank, quote, comma, semicolon and backslash.
bool is_octet(char c) noexcept {
  return c > ' ' && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const int low = high >= 0 ? digit(text[i + 2]) : -1;
    if (low >= 0) {
      bytes.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      bytes.push_back(text[i]);
    }
  }
  if (is_utf8(bytes)) return bytes;
  std::string out;
  for (std::string_view rest = bytes; !rest.empty();) {
    const char32_t point = take_code_point(rest);
    append_utf8(out, point == kNoCodePoint ? kReplacement : point);
  }
  return out;
}

void encode(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (is_octet(c) && c != '%') {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kHex[byte >> 4U]);
    out.push_back(kHex[byte & 15U]);
  }
}

bool are_properties(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_octet(c) || c == ';' || c == ' ' || c == '\t'; });
}

}  // namespace

void Baggage::parse(std::string_view field) {
  while (!field.empty() && members_.size() < kMostMembers) {
    const std::size_t comma = field.find(',');
    const std::string_view all = field.substr(0, comma);
    field = comma == std::string_view::npos ? std::string_view() : field.substr(comma + 1);
    const std::size_t semicolon = all.find(';');
    const std::string_view pair = all.substr(0, semicolon);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = trim(pair.substr(0, equals));
    const std::string_view value = trim(pair.substr(equals + 1));
    if (!is_key(key) || !std::all_of(value.begin(), value.end(), is_octet)) continue;
    if (!set(key, decode(value))) continue;
    if (semicolon == std::string_view::npos) continue;
    const std::string_view properties = trim(all.substr(semicolon + 1));
    if (!are_properties(properties)) continue;
    for (Member& member : members_) {
      if (member.key == key) member.properties = properties;
    }
  }
}

std::string Baggage::to_string() const {
  std::string out;
  std::size_t count = 0;
  for (const Member& member : members_) {
    if (count == kSentMembers) break;
    std::string text = member.key + "=";
    encode(member.value, text);
    if (!member.properties.empty()) text.append(";").append(member.properties);
    if (out.size() + text.size() + 1 > kSentBytes) continue;
    if (!out.empty()) out.push_back(',');
    out += text;
    ++count;
  }
  return out;
}

std::optional<std::string_view> Baggage::get(std::string_view key) const noexcept {
  for (const Member& member : members_) {
    if (member.key == key) return member.value;
  }
  return std::nullopt;
}

bool Baggage::set(std::string_view key, std::string_view value) {
  if (!is_key(key)) return false;
  for (Member& member : members_) {
    if (member.key != key) continue;
    member.value = value;
    member.properties.clear();
    return true;
  }
  if (members_.size() >= kMostMembers) return false;
  members_.push_back({std::string(key), std::string(value), {}});
  return true;
}

}  // namespace ngo::trace
