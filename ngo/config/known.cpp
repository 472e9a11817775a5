#include "ngo/base/secret.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/config/known_impl.hpp"
#include "ngo/config/report.hpp"
#include "ngo/config/secret.hpp"

namespace ngo::config {
namespace {

constexpr int kDeepest = 10;

void collect(const Type& type, const JsonValue* defaults, const std::string& key, bool secret, bool live,
             int depth, const Member* member, std::vector<KnownKey>& out) {
  const Type* inner = &type;
  while (inner->kind() == Kind::optional) inner = &inner->element();
  if (inner->kind() == Kind::object && depth < kDeepest) {
    for (const Member& each : inner->members()) {
      const JsonValue* const value =
          defaults != nullptr && defaults->is_object() ? defaults->find(each.name) : nullptr;
      collect(*each.type, value, join_path(key, to_camel_case(each.name)),
              secret || each.secret || is_secret(*each.type) || is_secret_name(each.name), live || each.live,
              depth + 1, &each, out);
    }
    return;
  }
  out.push_back(
      {key, plain_key(key), member, &type, defaults == nullptr ? JsonValue() : *defaults, secret, live});
}

// Of plain keys.
bool stands_below(std::string_view key, std::string_view above) {
  return key.starts_with(above) && (key.size() == above.size() || key[above.size()] == '.');
}

}  // namespace

std::string plain_key(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c != '-' && c != '_') out.push_back(ascii_lower(c));
  }
  return out;
}

std::vector<KnownKey> known_keys(std::span<const Section> sections) {
  std::vector<KnownKey> out;
  for (const Section& section : sections)
    collect(*section.type, &section.defaults, section.name, false, section.live, 0, nullptr, out);
  return out;
}

const KnownKey* reader_of(std::span<const KnownKey> known, std::string_view key) {
  const std::string plain = plain_key(without_numbers(key));
  const KnownKey* reader = nullptr;
  for (const KnownKey& candidate : known) {
    if (stands_below(plain, candidate.plain)) reader = &candidate;
  }
  return reader;
}

bool is_live(std::span<const KnownKey> known, std::string_view key) {
  if (const KnownKey* const reader = reader_of(known, key)) return reader->live;
  const std::string plain = plain_key(without_numbers(key));
  bool any = false;
  for (const KnownKey& candidate : known) {
    if (!stands_below(candidate.plain, plain)) continue;
    if (!candidate.live) return false;
    any = true;
  }
  return any;
}

bool same_key(std::string_view a, std::string_view b) {
  while (true) {
    const std::size_t a_end = a.find('.');
    const std::size_t b_end = b.find('.');
    if (!same_name(a.substr(0, a_end), b.substr(0, b_end))) return false;
    if (a_end == std::string_view::npos || b_end == std::string_view::npos) return a_end == b_end;
    a.remove_prefix(a_end + 1);
    b.remove_prefix(b_end + 1);
  }
}

bool is_below(std::string_view key, std::string_view above) {
  for (std::size_t dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.', dot + 1)) {
    if (same_key(key.substr(0, dot), above)) return true;
  }
  return same_key(key, above);
}

std::string without_numbers(std::string_view key) {
  std::string out;
  while (!key.empty()) {
    const std::size_t dot = key.find('.');
    const std::string_view step = key.substr(0, dot);
    if (step.find_first_not_of("0123456789") != std::string_view::npos) out = join_path(out, step);
    if (dot == std::string_view::npos) break;
    key.remove_prefix(dot + 1);
  }
  return out;
}

std::string default_of(const KnownKey& known) {
  if (known.standard.is_null()) return "none";
  if (known.secret) return std::string(kMask);
  if (known.standard.is_string()) {
    const std::string& text = known.standard.as_string();
    return text.empty() ? "empty" : text;
  }
  std::string out;
  json::write(out, known.standard);
  return out;
}

}  // namespace ngo::config
