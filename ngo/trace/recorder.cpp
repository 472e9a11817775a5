#include "ngo/trace/recorder.hpp"

#include <algorithm>
#include <utility>

#include "ngo/base/utf8.hpp"
#include "ngo/trace/propagation.hpp"
#include "ngo/trace/ticks_impl.hpp"
#include "ngo/trace/tracer.hpp"

namespace ngo::trace {
namespace {

// Recorders that are not in use, of this thread. What has grown large on a rare request is not kept so.
constexpr std::size_t kLargestKept = 64 * 1024;

class Pool {
 public:
  Recorder& take() {
    if (free_.empty()) {
      all_.push_back(std::make_unique<Recorder>());
      free_.reserve(all_.size());  // so that giving back never fails
      return *all_.back();
    }
    Recorder* const recorder = free_.back();
    free_.pop_back();
    return *recorder;
  }
  void give(Recorder& recorder) noexcept { free_.push_back(&recorder); }

 private:
  std::vector<std::unique_ptr<Recorder>> all_;
  std::vector<Recorder*> free_;
};

Pool& pool() {
  static thread_local Pool pool;
  return pool;
}

}  // namespace

void Origin::clear() noexcept {
  parent = {};
  remote = false;
  debug = false;
  state.clear();
  debug_id.clear();
  foreign.clear();
  foreign_kind = Foreign::none;
  caller.clear();
  baggage.clear();
}

Recorder& Recorder::take() { return pool().take(); }

void Recorder::give_back() noexcept {
  ++generation_;
  tracer_ = nullptr;
  spans_.clear();
  entries_.clear();
  events_.clear();
  links_.clear();
  lines_.clear();
  text_.clear();
  dropped_spans_ = dropped_lines_ = 0;
  if (has_origin_) {
    origin_.clear();
    has_origin_ = false;
  }
  if (text_.capacity() + entries_.capacity() * sizeof(Entry) > kLargestKept) [[unlikely]] {
    text_ = std::string();
    entries_ = {};
    spans_ = {};
    events_ = {};
    lines_ = {};
  }
  pool().give(*this);
}

void Recorder::begin(Tracer& tracer, const TraceIdentity& identity, SpanKind kind, std::string_view name,
                     bool measured) {
  tracer_ = &tracer;
  limits_ = &tracer.limits();
  identity_ = identity;
  Record& root = spans_.emplace_back();
  root.id = identity.span.value;
  root.kind = kind;
  if (measured) {
    lasting_name_ = name;
    root.name = {kNone, 0};
  } else {
    root.begin = detail::ticks();
    root.name = copy(name);
  }
}

std::uint32_t Recorder::open(std::uint32_t parent, SpanKind kind, std::string_view name) {
  if (spans_.size() >= limits_->spans || !room_for(name.size())) [[unlikely]] {
    ++dropped_spans_;
    return kNone;
  }
  const auto number = static_cast<std::uint32_t>(spans_.size());
  Record& record = spans_.emplace_back();
  record.id = SpanId::generate().value;
  record.parent = parent;
  record.kind = kind;
  record.name = copy(name);
  record.begin = detail::ticks();
  return number;
}

void Recorder::close(std::uint32_t span) noexcept {
  if (spans_[span].end == 0) spans_[span].end = detail::ticks();
}

bool Recorder::room_for(std::size_t bytes) const noexcept { return text_.size() + bytes <= limits_->text; }

Recorder::Text Recorder::copy(std::string_view text) {
  const auto at = static_cast<std::uint32_t>(text_.size());
  text_.append(text);
  return {at, static_cast<std::uint32_t>(text.size())};
}

bool Recorder::append(std::uint32_t& first, std::uint32_t& last, std::string_view key, bool copied,
                      Value value) {
  std::string_view text;
  if (value.type() == Value::Type::text) text = cut_utf8(value.text(), limits_->value_length);
  if (!room_for(text.size() + (copied ? key.size() : 0))) return false;
  const auto number = static_cast<std::uint32_t>(entries_.size());
  Entry& entry = entries_.emplace_back();
  entry.key_size = static_cast<std::uint32_t>(key.size());
  if (copied) {
    entry.key_at = copy(key).at;
  } else {
    entry.key = key.data();
  }
  entry.type = value.type();
  switch (value.type()) {
    case Value::Type::text: entry.text = copy(text); break;
    case Value::Type::number: entry.number = value.number(); break;
    default: entry.integer = value.integer(); break;
  }
  if (first == kNone) {
    first = number;
  } else {
    entries_[last].next = number;
  }
  last = number;
  return true;
}

void Recorder::add(std::uint32_t span, std::string_view key, bool copied, Value value) {
  Record& record = spans_[span];
  if (record.attributes < limits_->attributes && append(record.first, record.last, key, copied, value)) {
    ++record.attributes;
  } else {
    ++record.dropped_attributes;
  }
}

bool Recorder::begin_event(std::uint32_t span, std::string_view name) {
  Record& record = spans_[span];
  if (record.events >= limits_->events || !room_for(name.size())) {
    ++record.dropped_events;
    return false;
  }
  ++record.events;
  Event& event = events_.emplace_back();
  event.time = detail::ticks();
  event.span = span;
  event.name = copy(name);
  return true;
}

void Recorder::event_attribute(AttributeKey key, Value value) {
  (void)append(events_.back().first, events_.back().last, key.text(), false, value);
}

void Recorder::link(std::uint32_t span, const TraceIdentity& to) {
  Record& record = spans_[span];
  if (record.links >= limits_->links) {
    ++record.dropped_links;
    return;
  }
  ++record.links;
  links_.push_back({span, to});
}

void Recorder::rename(std::uint32_t span, std::string_view name) {
  if (room_for(name.size())) spans_[span].name = copy(name);
}

void Recorder::status(std::uint32_t span, SpanStatus status, std::string_view message) {
  Record& record = spans_[span];
  if (record.status == SpanStatus::ok) return;  // the application's last word
  record.status = status;
  if (status == SpanStatus::error && room_for(message.size())) record.message = copy(message);
}

void Recorder::line(std::uint32_t span, std::uint8_t severity, std::string_view text) {
  if (lines_.size() >= limits_->lines || !room_for(text.size())) {
    ++dropped_lines_;
    return;
  }
  lines_.push_back({detail::ticks(), span, severity, copy(text)});
}

void Recorder::read(std::uint32_t first, std::vector<Attribute>& out) const {
  for (std::uint32_t at = first; at != kNone; at = entries_[at].next) {
    const Entry& entry = entries_[at];
    const std::string_view key = entry.key != nullptr ? std::string_view(entry.key, entry.key_size)
                                                      : text_of(Text{entry.key_at, entry.key_size});
    AttributeValue value;
    switch (entry.type) {
      case Value::Type::text: value = std::string(text_of(entry.text)); break;
      case Value::Type::boolean: value = entry.integer != 0; break;
      case Value::Type::integer: value = entry.integer; break;
      case Value::Type::number: value = entry.number; break;
    }
    const auto known =
        std::find_if(out.begin(), out.end(), [&](const Attribute& each) { return each.key == key; });
    if (known != out.end()) {
      known->value = std::move(value);
    } else {
      out.emplace_back(entry.key != nullptr ? AttributeName::lasting(key) : AttributeName(key),
                       std::move(value));
    }
  }
}

std::shared_ptr<Fragment> Recorder::make_fragment(Duration took) const {
  const detail::Moment now = detail::Moment::now();
  auto out = std::make_shared<Fragment>();
  out->dropped_spans = dropped_spans_;
  out->dropped_lines = dropped_lines_;
  out->spans.reserve(spans_.size());
  for (const Record& record : spans_) {
    SpanData& span = out->spans.emplace_back();
    span.trace = identity_.trace;
    span.span = {record.id};
    span.parent = record.parent == kNone ? origin_.parent : SpanId{spans_[record.parent].id};
    span.flags = identity_.flags;
    span.kind = record.kind;
    span.status = record.status;
    span.status_message = text_of(record.message);
    span.name = name_of(record);
    span.state = origin_.state;
    span.start = now.wall_of(record.begin);
    span.end = record.end == 0 ? now.wall : now.wall_of(record.end);
    read(record.first, span.attributes);
    span.dropped_attributes = record.dropped_attributes;
    span.dropped_events = record.dropped_events;
    span.dropped_links = record.dropped_links;
  }
  SpanData& root = out->spans.front();
  root.parent_is_remote = origin_.remote;
  if (origin_.foreign_kind == Origin::Foreign::skywalking)
    root.attributes.push_back({AttributeName::lasting(kSw8Attribute), origin_.foreign});
  if (origin_.foreign_kind == Origin::Foreign::pinpoint)
    root.attributes.push_back({AttributeName::lasting(kPinpointAttribute), origin_.foreign});
  if (!origin_.caller.empty())
    root.attributes.push_back({AttributeName::lasting(kPinpointCallerAttribute), origin_.caller});
  if (spans_.front().begin != 0) {
    if (took >= Duration::zero()) root.end = root.start + took.count();
  } else {
    // It was measured by somebody else, a moment ago: its children are within it nevertheless.
    root.end = now.wall;
    root.start = now.wall - took.count();
    if (out->spans.size() > 1) root.start = std::min(root.start, out->spans[1].start);
  }
  for (const Event& event : events_) {
    SpanEvent& added = out->spans[event.span].events.emplace_back();
    added.time = now.wall_of(event.time);
    added.name = text_of(event.name);
    read(event.first, added.attributes);
  }
  for (const Link& link : links_) {
    SpanLink& added = out->spans[link.span].links.emplace_back();
    added.trace = link.to.trace;
    added.span = link.to.span;
  }
  out->lines.reserve(lines_.size());
  for (const Line& line : lines_) {
    out->lines.push_back({now.wall_of(line.time), line.span, line.severity, std::string(text_of(line.text))});
  }
  return out;
}

}  // namespace ngo::trace
