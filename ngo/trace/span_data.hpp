// Spans that have ended, as exporters and the store of traces see them. Names and meaning are those of
// OpenTelemetry's data model; what is measured while a request runs is recorded in a cheaper form and becomes
// this only when it is kept.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "ngo/base/id.hpp"
#include "ngo/trace/value.hpp"

namespace ngo::trace {

// The numbers are OTLP's.
enum class SpanKind : std::uint8_t { internal = 1, server, client, producer, consumer };
enum class SpanStatus : std::uint8_t { unset, ok, error };

using AttributeValue = std::variant<std::string, bool, std::int64_t, double, std::vector<std::string>>;

// The name of an attribute as it is kept: one that was written in the code is referred to, any other copied.
class AttributeName {
 public:
  AttributeName(AttributeKey key) noexcept  // NOLINT(google-explicit-constructor): as if it were a text
      : data_(key.text().data()), size_(static_cast<std::uint32_t>(key.text().size())) {}
  template <std::size_t N>
  consteval AttributeName(const char (&text)[N])  // NOLINT(google-explicit-constructor): the same
      : data_(text), size_(N - 1) {}
  explicit AttributeName(std::string_view text);
  // Of a text that stays where it is as long as the process.
  [[nodiscard]] static AttributeName lasting(std::string_view text) noexcept {
    AttributeName out("");
    out.data_ = text.data();
    out.size_ = static_cast<std::uint32_t>(text.size());
    return out;
  }
  AttributeName(const AttributeName& other);
  constexpr AttributeName(AttributeName&& other) noexcept
      : data_(other.data_), size_(other.size_), owned_(std::exchange(other.owned_, false)) {}
  AttributeName& operator=(const AttributeName& other) { return *this = AttributeName(other); }
  constexpr AttributeName& operator=(AttributeName&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(owned_, other.owned_);
    return *this;
  }
  constexpr ~AttributeName() {
    if (owned_) delete[] data_;
  }

  [[nodiscard]] constexpr std::string_view text() const noexcept { return {data_, size_}; }
  constexpr operator std::string_view() const noexcept {  // NOLINT(google-explicit-constructor): it is one
    return text();
  }
  // What it takes in memory besides itself.
  [[nodiscard]] std::size_t bytes() const noexcept { return owned_ ? size_ : 0; }
  template <class T>
    requires std::is_convertible_v<const T&, std::string_view>
  friend constexpr bool operator==(const AttributeName& a, const T& b) noexcept {
    return a.text() == std::string_view(b);
  }

 private:
  const char* data_;
  std::uint32_t size_;
  bool owned_ = false;
};

struct Attribute {
  AttributeName key;
  AttributeValue value;
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// The value of an attribute that is text; empty when it is missing or something else.
[[nodiscard]] std::string_view text_of(std::span<const Attribute> attributes, std::string_view key) noexcept;
// The value of an attribute; null when it is missing.
[[nodiscard]] const AttributeValue* find(std::span<const Attribute> attributes,
                                         std::string_view key) noexcept;

struct SpanEvent {
  std::int64_t time = 0;  // nanoseconds since 1970
  std::string name;
  std::vector<Attribute> attributes;
};

struct SpanLink {
  TraceId trace;
  SpanId span;
  std::string state;  // tracestate
  std::vector<Attribute> attributes;
};

struct SpanData {
  // Bits of `flags` (W3C Trace Context, level 2).
  static constexpr std::uint8_t kSampled = 0x01;
  static constexpr std::uint8_t kRandom = 0x02;

  TraceId trace;
  SpanId span;
  SpanId parent;  // not valid: the first span of its trace
  bool parent_is_remote = false;
  std::uint8_t flags = 0;
  SpanKind kind = SpanKind::internal;
  SpanStatus status = SpanStatus::unset;
  std::string status_message;
  std::string name;
  std::string state;       // tracestate
  std::int64_t start = 0;  // nanoseconds since 1970
  std::int64_t end = 0;
  std::vector<Attribute> attributes;
  std::vector<SpanEvent> events;
  std::vector<SpanLink> links;
  std::uint32_t dropped_attributes = 0;
  std::uint32_t dropped_events = 0;
  std::uint32_t dropped_links = 0;
};

// A line of the log that was written while a span ran.
struct LogLine {
  std::int64_t time = 0;      // nanoseconds since 1970
  std::uint32_t span = 0;     // number of the span in its fragment
  std::uint8_t severity = 0;  // OTLP's number of it: 9 is INFO
  std::string text;           // as it stands in the log
};

// Why the spans of a request were kept.
enum class Kept : std::uint8_t {
  sampled,  // by the sampler, or because the caller's trace is
  error,    // whatever the sampler said
  slow,     // one of the slowest of its route in its interval
};

// All that one process recorded of one request (job run, message): the spans with the same local root, which
// is the first; the others in the order in which they began.
struct Fragment {
  std::vector<SpanData> spans;
  std::vector<LogLine> lines;
  Kept kept = Kept::sampled;
  std::uint32_t dropped_spans = 0;  // beyond what is recorded of one request
  std::uint32_t dropped_lines = 0;
  std::size_t bytes = 0;  // that it takes in memory, about
};
using FragmentPtr = std::shared_ptr<const Fragment>;

// Who speaks: attributes of the process (service.name, service.instance.id, host.name, ...).
struct Resource {
  std::vector<Attribute> attributes;
  [[nodiscard]] std::string_view service_name() const noexcept { return text_of(attributes, "service.name"); }
};

}  // namespace ngo::trace
