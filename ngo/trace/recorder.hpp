// The spans of one request (job run, message) while it runs. Everything lies in a few arrays that are used
// again for the next one, so that recording allocates nothing once they have grown; a Fragment is made of it
// only when it is kept. Used by one thread. User code meets Span (span.hpp) instead.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/runtime/context.hpp"
#include "ngo/trace/baggage.hpp"
#include "ngo/trace/span_data.hpp"
#include "ngo/trace/value.hpp"

namespace ngo::trace {

class Tracer;

// How much is recorded. What is beyond is counted.
struct Limits {
  std::uint32_t spans = 512;  // of one local root
  std::uint32_t attributes = 128;
  std::uint32_t events = 128;
  std::uint32_t links = 128;
  std::uint32_t value_length = 8192;  // bytes of one text
  std::uint32_t text = 256 * 1024;    // bytes of all text of one local root
  std::uint32_t lines = 64;           // of the log
};

// What the local root has from elsewhere.
struct Origin {
  SpanId parent;
  bool remote = false;
  bool debug = false;    // B3's and Jaeger's: keep, whatever it costs
  std::string state;     // tracestate
  std::string debug_id;  // Jaeger's
  std::string foreign;   // what sw8 or Pinpoint say beyond the ids, for their exporters
  enum class Foreign : std::uint8_t { none, skywalking, pinpoint } foreign_kind = Foreign::none;
  std::string caller;  // Pinpoint's, see PinpointCaller
  Baggage baggage;

  void clear() noexcept;
};

class Recorder {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  Recorder() = default;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // One that is free, of this thread; none is freed before the thread ends.
  [[nodiscard]] static Recorder& take();
  // Forgets everything; spans that still refer to it do nothing from now on.
  void give_back() noexcept;

  // Begins the local root. `identity.span` is its own. `measured`: how long it took is told in the end, and
  // the name lasts so long.
  void begin(Tracer& tracer, const TraceIdentity& identity, SpanKind kind, std::string_view name,
             bool measured);
  // Begins a span under that number; kNone when there are too many.
  [[nodiscard]] std::uint32_t open(std::uint32_t parent, SpanKind kind, std::string_view name);
  void close(std::uint32_t span) noexcept;

  void attribute(std::uint32_t span, AttributeKey key, Value value) { add(span, key.text(), false, value); }
  void tag(std::uint32_t span, std::string_view key, Value value) { add(span, key, true, value); }
  // The event that attributes are added to from now on is this one: begin_event(), event_attribute() ...
  bool begin_event(std::uint32_t span, std::string_view name);
  void event_attribute(AttributeKey key, Value value);
  void link(std::uint32_t span, const TraceIdentity& to);
  void rename(std::uint32_t span, std::string_view name);
  void status(std::uint32_t span, SpanStatus status, std::string_view message);
  void line(std::uint32_t span, std::uint8_t severity, std::string_view text);

  [[nodiscard]] Tracer* tracer() const noexcept { return tracer_; }
  [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
  [[nodiscard]] const TraceIdentity& identity() const noexcept { return identity_; }
  [[nodiscard]] SpanId id_of(std::uint32_t span) const noexcept { return {spans_[span].id}; }
  [[nodiscard]] SpanId parent_of(std::uint32_t span) const noexcept {
    const std::uint32_t parent = spans_[span].parent;
    return parent == kNone ? origin_.parent : SpanId{spans_[parent].id};
  }
  [[nodiscard]] std::size_t spans() const noexcept { return spans_.size(); }
  [[nodiscard]] bool sampled() const noexcept { return identity_.sampled(); }
  [[nodiscard]] bool failed() const noexcept { return spans_[0].status == SpanStatus::error; }
  // Not of one that is measured.
  [[nodiscard]] std::uint64_t began() const noexcept { return spans_[0].begin; }
  [[nodiscard]] std::string_view name() const noexcept { return name_of(spans_[0]); }
  [[nodiscard]] Origin& origin() noexcept { return origin_; }
  [[nodiscard]] const Origin& origin() const noexcept { return origin_; }

  // All that was recorded. `took`: the root ends now and was so long by somebody else's clock; negative: as
  // it was recorded.
  [[nodiscard]] std::shared_ptr<Fragment> make_fragment(Duration took = Duration(-1)) const;

 private:
  struct Text {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
  };
  struct Record {
    std::uint64_t id = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;  // 0: it has not ended
    Text name;
    Text message;
    std::uint32_t parent = kNone;
    std::uint32_t first = kNone;  // of its attributes
    std::uint32_t last = kNone;
    std::uint16_t attributes = 0;
    std::uint16_t events = 0;
    std::uint16_t links = 0;
    std::uint16_t dropped_attributes = 0;
    std::uint16_t dropped_events = 0;
    std::uint16_t dropped_links = 0;
    SpanKind kind = SpanKind::internal;
    SpanStatus status = SpanStatus::unset;
  };
  struct Entry {
    const char* key = nullptr;  // null: it lies in the text at `key_at`
    std::uint32_t key_at = 0;
    std::uint32_t key_size = 0;
    Value::Type type = Value::Type::text;
    std::uint32_t next = kNone;
    union {
      Text text;
      std::int64_t integer;
      double number;
    };
    Entry() : text() {}
  };
  struct Event {
    std::uint64_t time = 0;
    std::uint32_t span = 0;
    Text name;
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
  };
  struct Link {
    std::uint32_t span = 0;
    TraceIdentity to;
  };
  struct Line {
    std::uint64_t time = 0;
    std::uint32_t span = 0;
    std::uint8_t severity = 0;
    Text text;
  };

  [[nodiscard]] bool room_for(std::size_t bytes) const noexcept;
  [[nodiscard]] Text copy(std::string_view text);
  [[nodiscard]] std::string_view text_of(Text text) const noexcept {
    return {text_.data() + text.at, text.size};
  }
  [[nodiscard]] std::string_view name_of(const Record& record) const noexcept {
    return record.name.at == kNone ? lasting_name_ : text_of(record.name);
  }
  [[nodiscard]] bool append(std::uint32_t& first, std::uint32_t& last, std::string_view key, bool copied,
                            Value value);
  void add(std::uint32_t span, std::string_view key, bool copied, Value value);
  void read(std::uint32_t first, std::vector<Attribute>& out) const;

  Tracer* tracer_ = nullptr;
  const Limits* limits_ = nullptr;
  std::string_view lasting_name_;  // of the root, whose `name` lies nowhere then
  TraceIdentity identity_;
  std::uint32_t generation_ = 0;
  std::uint32_t dropped_spans_ = 0;
  std::uint32_t dropped_lines_ = 0;
  bool has_origin_ = false;
  std::vector<Record> spans_;
  std::vector<Entry> entries_;
  std::string text_;
  std::vector<Event> events_;
  std::vector<Link> links_;
  std::vector<Line> lines_;
  Origin origin_;

 public:
  // Marks the origin as filled in, so that it is cleared afterwards.
  void use_origin() noexcept { has_origin_ = true; }
};

}  // namespace ngo::trace
