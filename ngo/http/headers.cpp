#include "ngo/http/headers.hpp"

#include <algorithm>
#include <cstring>

#include "ngo/base/text.hpp"
#include "ngo/http/characters_impl.hpp"
#include "ngo/http/known_header_impl.hpp"

namespace ngo::http {

std::string_view to_string(KnownHeader header) noexcept {
  return detail::kHeaderNames[static_cast<std::size_t>(header)];
}

KnownHeader known_header(std::string_view name) noexcept {
  if (name.empty() || name.size() >= detail::kPaddedName) return KnownHeader::other;
  char padded[detail::kPaddedName] = {};
  std::memcpy(padded, name.data(), name.size());
  return detail::recognise_header(padded, name.size());
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char byte) { return detail::has(byte, detail::kToken); });
}

bool is_field_value(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char byte) { return detail::has(byte, detail::kFieldValue); });
}

std::string_view trim_whitespace(std::string_view text) noexcept {
  while (!text.empty() && detail::is_whitespace(text.front())) text.remove_prefix(1);
  while (!text.empty() && detail::is_whitespace(text.back())) text.remove_suffix(1);
  return text;
}

bool next_list_member(std::string_view& rest, std::string_view& member) noexcept {
  while (!rest.empty()) {
    bool quoted = false;
    std::size_t at = 0;
    for (; at < rest.size() && (quoted || rest[at] != ','); ++at) {
      if (rest[at] == '"') quoted = !quoted;
      if (quoted && rest[at] == '\\' && at + 1 < rest.size()) ++at;  // quoted-pair
    }
    member = trim_whitespace(rest.substr(0, at));
    rest.remove_prefix(std::min(at + 1, rest.size()));
    if (!member.empty()) return true;
  }
  return false;
}

bool is_forbidden_in_trailers(KnownHeader header) noexcept {
  switch (header) {
    case KnownHeader::authorization:
    case KnownHeader::cache_control:
    case KnownHeader::connection:
    case KnownHeader::content_encoding:
    case KnownHeader::content_length:
    case KnownHeader::content_range:
    case KnownHeader::content_type:
    case KnownHeader::cookie:
    case KnownHeader::expect:
    case KnownHeader::forwarded:
    case KnownHeader::host:
    case KnownHeader::if_match:
    case KnownHeader::if_modified_since:
    case KnownHeader::if_none_match:
    case KnownHeader::if_range:
    case KnownHeader::if_unmodified_since:
    case KnownHeader::keep_alive:
    case KnownHeader::max_forwards:
    case KnownHeader::proxy_authorization:
    case KnownHeader::range:
    case KnownHeader::te:
    case KnownHeader::trailer:
    case KnownHeader::transfer_encoding:
    case KnownHeader::upgrade:
    case KnownHeader::x_forwarded_for:
    case KnownHeader::x_forwarded_host:
    case KnownHeader::x_forwarded_proto:
    case KnownHeader::x_real_ip: return true;
    default: return false;
  }
}

std::string_view HeaderTable::get(std::string_view name) const noexcept {
  const std::size_t index = find(name, 0);
  return index == kNone ? std::string_view() : (*this)[index].value;
}

std::size_t HeaderTable::find(KnownHeader header, std::size_t from) const noexcept {
  for (std::size_t index = from; index < size_; ++index) {
    if (entry(index).known == header) return index;
  }
  return kNone;
}

std::size_t HeaderTable::find(std::string_view name, std::size_t from) const noexcept {
  const KnownHeader known = known_header(name);
  if (known != KnownHeader::other) return contains(known) ? find(known, from) : kNone;
  for (std::size_t index = from; index < size_; ++index) {
    const Entry& candidate = entry(index);
    if (candidate.known == KnownHeader::other && candidate.name_length == name.size() &&
        equals_ignoring_case({base_ + candidate.name, candidate.name_length}, name)) {
      return index;
    }
  }
  return kNone;
}

void HeaderTable::grow() {
  const std::size_t used = size_ - kInlineFields;
  if (used < more_capacity_) return;
  const std::uint32_t capacity = more_capacity_ == 0 ? 96 : more_capacity_ * 2;
  std::unique_ptr<Entry[]> larger(new Entry[capacity]);
  std::copy_n(more_.get(), used, larger.get());
  more_ = std::move(larger);
  more_capacity_ = capacity;
}

}  // namespace ngo::http
