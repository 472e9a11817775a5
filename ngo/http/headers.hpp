// Header fields as they lie in the bytes of a message (RFC 9110 section 5).
//
// HeaderTable stores offsets, never copies: it is filled by the parser and is worth as much as the bytes it
// points into. Names compare without regard to case, and the order of arrival is kept. Not for building a
// message: a response has its own list (response.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace ngo::http {

// The names that are recognised while parsing, so that asking for one later compares a byte and not a text.
enum class KnownHeader : std::uint8_t {
  other,
  accept,
  accept_encoding,
  accept_language,
  authorization,
  baggage,
  cache_control,
  connection,
  content_encoding,
  content_length,
  content_range,
  content_type,
  cookie,
  date,
  expect,
  forwarded,
  host,
  if_match,
  if_modified_since,
  if_none_match,
  if_range,
  if_unmodified_since,
  keep_alive,
  max_forwards,
  origin,
  proxy_authorization,
  range,
  referer,
  te,
  traceparent,
  tracestate,
  trailer,
  transfer_encoding,
  upgrade,
  user_agent,
  via,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_proto,
  x_real_ip,
  x_request_id,
  x_request_timeout,
};
inline constexpr std::size_t kKnownHeaderCount = 42;  // with `other`

// The name in lower case ("content-length"); empty for `other`.
[[nodiscard]] std::string_view to_string(KnownHeader header) noexcept;
// The header of that name in any case of letters; `other` when it is none of the above.
[[nodiscard]] KnownHeader known_header(std::string_view name) noexcept;

// 1*tchar (RFC 9110 section 5.6.2): what a field name and a method are made of.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
// VCHAR, obs-text, SP and HTAB only (section 5.5): no CR, LF, NUL or other control. The empty value is one.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;
// Without the spaces and tabs at both ends.
[[nodiscard]] std::string_view trim_whitespace(std::string_view text) noexcept;

// Takes the next member off a comma-separated list (section 5.6.1), trimmed; empty members are skipped.
// Returns false at the end. Commas inside "quoted strings" do not separate.
//   for (std::string_view member; next_list_member(rest, member);) ...
bool next_list_member(std::string_view& rest, std::string_view& member) noexcept;

// Whether a field must not stand in a trailer section, because it frames, routes, authenticates or describes
// what came before (RFC 9110 section 6.5.1).
[[nodiscard]] bool is_forbidden_in_trailers(KnownHeader header) noexcept;

struct HeaderField {
  std::string_view name;  // as it was sent
  std::string_view value;
};

// The fields of one message head. The first 32 need no allocation; clearing touches none of them. The views
// that it gives out point into the bytes set by rebase(), and are valid as long as those stay where they are.
class HeaderTable {
 public:
  HeaderTable() noexcept {}  // NOLINT(modernize-use-equals-default): `= default` would let {} zero the array

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  // The field at `index` < size(), in order of arrival.
  [[nodiscard]] HeaderField operator[](std::size_t index) const noexcept {
    const Entry& found = entry(index);
    return {{base_ + found.name, found.name_length}, {base_ + found.value, found.value_length}};
  }

  // Whether a field of that name came, be it empty.
  [[nodiscard]] bool contains(KnownHeader header) const noexcept {
    return (present_ >> static_cast<unsigned>(header) & 1U) != 0;
  }
  // Whether one of several came; a set has the bit 1 << n for the n-th KnownHeader.
  [[nodiscard]] bool contains_any(std::uint64_t set) const noexcept { return (present_ & set) != 0; }
  [[nodiscard]] bool contains(std::string_view name) const noexcept { return find(name, 0) != kNone; }
  // The first value of that name; empty when there is none (ask contains() where that differs).
  [[nodiscard]] std::string_view get(KnownHeader header) const noexcept {
    return contains(header) ? (*this)[find(header, 0)].value : std::string_view();
  }
  [[nodiscard]] std::string_view get(std::string_view name) const noexcept;
  // The index of the first field of that name at `from` or later; kNone when there is none. For fields that
  // may be repeated:  for (auto i = t.find(n, 0); i != HeaderTable::kNone; i = t.find(n, i + 1)) ...
  [[nodiscard]] std::size_t find(KnownHeader header, std::size_t from) const noexcept;
  [[nodiscard]] std::size_t find(std::string_view name, std::size_t from) const noexcept;
  // What the parser recognised the name at `index` as.
  [[nodiscard]] KnownHeader known(std::size_t index) const noexcept { return entry(index).known; }

  // For the parser: adds a field by its offsets from the base. The name is shorter than 16 MiB.
  void add(KnownHeader known, std::uint32_t name, std::uint32_t name_length, std::uint32_t value,
           std::uint32_t value_length) {
    if (size_ >= kInlineFields) [[unlikely]]
      grow();
    Entry& added = size_ < kInlineFields ? inline_[size_] : more_[size_ - kInlineFields];
    added = {name, value, value_length, name_length & 0xffffffU, known};
    ++size_;
    present_ |= std::uint64_t{1} << static_cast<unsigned>(known);
  }
  // States where the bytes are now. To be called when the buffer has moved.
  void rebase(const char* base) noexcept { base_ = base; }
  [[nodiscard]] const char* base() const noexcept { return base_; }
  void clear() noexcept {
    size_ = 0;
    present_ = 0;
  }

  class Iterator {
   public:
    Iterator(const HeaderTable* table, std::size_t index) noexcept : table_(table), index_(index) {}
    HeaderField operator*() const noexcept { return (*table_)[index_]; }
    Iterator& operator++() noexcept {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return index_ == other.index_; }

   private:
    const HeaderTable* table_;
    std::size_t index_;
  };
  [[nodiscard]] Iterator begin() const noexcept { return {this, 0}; }
  [[nodiscard]] Iterator end() const noexcept { return {this, size_}; }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  static constexpr std::size_t kInlineFields = 32;

 private:
  struct Entry {
    std::uint32_t name;  // offsets from base_
    std::uint32_t value;
    std::uint32_t value_length;
    std::uint32_t name_length : 24;
    KnownHeader known : 8;
  };

  [[nodiscard]] const Entry& entry(std::size_t index) const noexcept {
    return index < kInlineFields ? inline_[index] : more_[index - kInlineFields];
  }
  void grow();

  const char* base_ = nullptr;
  std::uint64_t present_ = 0;  // a bit for each KnownHeader seen
  std::uint32_t size_ = 0;
  std::uint32_t more_capacity_ = 0;
  std::unique_ptr<Entry[]> more_;
  std::array<Entry, kInlineFields> inline_;  // not initialised: only size_ of them are ever read
};

}  // namespace ngo::http
